package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.local;
import static io.skald.saga.Fixtures.saga;
import static io.skald.saga.PartFixtures.DAY;
import static io.skald.saga.PartFixtures.approval;
import static io.skald.saga.PartFixtures.b;
import static io.skald.saga.PartFixtures.choice;
import static io.skald.saga.PartFixtures.eachBody;
import static io.skald.saga.PartFixtures.half;
import static io.skald.saga.PartFixtures.limited;
import static io.skald.saga.PartFixtures.maybeText;
import static io.skald.saga.PartFixtures.pause;
import static io.skald.saga.PartFixtures.refusal;
import static io.skald.saga.PartFixtures.sequence;
import static io.skald.saga.PartFixtures.text;
import static io.skald.saga.PartFixtures.waiting;
import static io.skald.saga.RefusalTest.absent;
import static io.skald.saga.RefusalTest.argument;
import static io.skald.saga.RefusalTest.definition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.RefusalTest.Refusal;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.NeutralStep;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Definitions that compile and make no sense as a whole, with the very words they are refused in.
 */
class SenselessDefinitionTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @ParameterizedTest(name = "{0}")
  @MethodSource({"ends", "signals", "deadlines", "shares", "results"})
  void refuses(Refusal refusal) {
    assertThatThrownBy(refusal.code())
        .isExactlyInstanceOf(refusal.type())
        .hasMessage(refusal.message());
  }

  static Stream<Refusal> ends() {
    CompensatablePart<String, Done> no = refusal("no");
    var always = choice(no).otherwise(refusal("neither"));
    var early = sequence(no).step(b()).end();
    var late = sequence(compensated("a")).step(no).end();
    return Stream.concat(
        Stream.of(
                saga().step(no).step(b()),
                saga().step(compensated("a")).step(no).step(b()),
                saga().step(late).step(b()),
                saga().step(Step.parallel("g", compensated("a"), no)).step(b()),
                saga().step(choice(early).otherwiseNothing()),
                saga().step(eachBody(early)),
                saga().step(Step.parallel("g", compensated("a"), early)))
            .map(body -> definition(body::build, deadEnd("no", "b"))),
        Stream.of(
            definition(() -> saga().step(no).pivot(local("p")).build(), deadEnd("no", "p")),
            definition(() -> saga().step(always).step(b()).build(), deadEnd("choice", "b"))));
  }

  private static String deadEnd(String step, String next) {
    return ("saga s: step %s always refuses, and step %s after it is never reached; make it a case"
            + " of a choice, at the end of its branch")
        .formatted(step, next);
  }

  @Test
  void acceptsARefusalThatIsNotAlwaysReachedOrThatNothingFollows() {
    CompensatablePart<String, Done> no = refusal("no");
    var branch = sequence(b()).step(no).end();
    var maybe = choice(branch).otherwiseNothing();

    assertThat(saga().step(maybe).step(compensated("a")).build().allSteps()).hasSize(5);
    assertThat(saga().step(eachBody(no)).step(b()).build().allSteps()).hasSize(3);
    assertThat(saga().step(b()).step(no).build().allSteps()).hasSize(2);
  }

  static Stream<Refusal> signals() {
    var other = Step.await("b", Signal.named("approval", Integer.class)).within(DAY);
    var list = Step.await("b", Signal.named("approval", TypeRef.listOf(String.class))).within(DAY);
    String second =
        "saga s: step b awaits signal approval as %s, and step a awaits it as"
            + " java.lang.String; give one of the signals another name";
    return Stream.of(
        definition(
            () -> saga().step(waiting("a").orCompensate()).step(other.orElse(1)).build(),
            second.formatted("java.lang.Integer")),
        definition(
            () ->
                saga()
                    .step(Step.parallel("g", waiting("a").orCompensate(), list.orCompensate()))
                    .build(),
            second.formatted("java.util.List<java.lang.String>")),
        definition(
            () ->
                saga()
                    .step(waiting("a").orElse(""))
                    .pivot(local("p"))
                    .step(other.orElse(1))
                    .build(),
            second.formatted("java.lang.Integer")));
  }

  @Test
  void acceptsOneSignalTwiceHoweverItsTypeIsWritten() {
    var compiled = Signal.named("lines", new TypeRef<List<String>>() {});
    var listed = Signal.named("lines", TypeRef.listOf(String.class));
    var saga =
        saga()
            .step(Step.await("a", compiled).within(DAY).orCompensate())
            .step(Step.await("b", listed).within(DAY).orCompensate())
            .build();

    assertThat(saga.steps()).hasSize(2);
  }

  static Stream<Refusal> deadlines() {
    var choice = Step.choice("c", String.class, Done.class).on((in, r) -> true, pause());
    String unarmed =
        "saga s: step c is the pivot and the first step, and a deadline holds only until the pivot"
            + " begins; drop deadline(..), or bound the step with timeout(..) and retry(..)";
    var pivot = Step.choice("c", String.class, Done.class).on((in, r) -> true, local("a"));
    return Stream.of(
        definition(() -> limited().pivot(pivot.otherwiseNothing()).build(), unarmed),
        definition(() -> limited().step(pause()).build(), overdue("pause")),
        definition(
            () -> limited().step(b()).step(pause()).pivot(local("p")).build(), overdue("pause")),
        definition(() -> limited().step(half("a")).step(half("b")).build(), overdue("b")),
        definition(
            () -> limited().step(sequence(half("a")).step(half("b")).end()).build(),
            overdue("sequence")),
        definition(() -> limited().step(Step.parallel("g", b(), pause())).build(), overdue("g")),
        definition(
            () -> limited().step(choice.otherwise(pause().as("other"))).build(), overdue("c")),
        definition(
            () -> limited().step(waiting("a").orElse("none")).build(),
            "saga s: step a waits for PT24H before it goes on without a signal, and the deadline of"
                + " PT24H compensates the saga first; shorten within(..), or lengthen"
                + " deadline(..)"));
  }

  private static String overdue(String step) {
    return overdue(step, "");
  }

  private static String overdue(String step, String less) {
    return "saga s: step "
        + step
        + " ends when the deadline of PT24H"
        + less
        + " has passed, so that every saga is compensated; shorten the delays up to there, or"
        + " lengthen deadline(..)";
  }

  static Stream<Refusal> shares() {
    String less = " less the PT1H kept for compensation";
    String whole =
        "saga s keeps PT24H of its deadline of PT24H for compensation, and every saga is"
            + " compensated; shorten keptForCompensation(..), or lengthen deadline(..)";
    return Stream.of(
        definition(
            () -> saga().keptForCompensation(HOUR).step(b()).build(),
            "saga s keeps PT1H for compensation, of no deadline; add deadline(..), or drop"
                + " keptForCompensation(..)"),
        definition(
            () -> saga().pivotOnlyInTime().step(b()).build(),
            "saga s begins its pivot only in time, of no deadline; add deadline(..), or drop"
                + " pivotOnlyInTime()"),
        definition(
            () -> limited().pivotOnlyInTime().step(b()).build(),
            "saga s begins its pivot only in time, and has none; add pivot(..), or drop"
                + " pivotOnlyInTime()"),
        definition(() -> limited().keptForCompensation(DAY).step(b()).build(), whole),
        definition(() -> saga().keptForCompensation(DAY).deadline(DAY).step(b()).build(), whole),
        definition(
            () -> limited().keptForCompensation(HOUR).step(lasting(DAY.minus(HOUR))).build(),
            overdue("lasting", less)),
        definition(
            () ->
                limited()
                    .keptForCompensation(HOUR)
                    .step(Step.await("a", approval()).within(DAY.minus(HOUR)).orElse("none"))
                    .build(),
            "saga s: step a waits for PT23H before it goes on without a signal, and the deadline of"
                + " PT24H less the PT1H kept for compensation compensates the saga first; shorten"
                + " within(..), or lengthen deadline(..)"));
  }

  @Test
  void acceptsWaitsThatEndBeforeWhatIsKeptForCompensation() {
    Duration shorter = DAY.minus(HOUR).minusNanos(1);
    var saga =
        limited()
            .keptForCompensation(HOUR)
            .step(Step.await("a", approval()).within(shorter).orElse("none"))
            .step(lasting(shorter))
            .build();

    assertThat(saga.deadline()).contains(DAY);
    assertThat(saga.keptForCompensation()).isEqualTo(HOUR);
    assertThat(limited().step(b()).build().keptForCompensation()).isZero();
  }

  private static NeutralStep<Object, Done> lasting(Duration duration) {
    return Step.delay("lasting", duration);
  }

  @Test
  void acceptsWaitsThatEndBeforeTheDeadlineOrMayOrThatFollowThePivot() {
    var maybe = Step.choice("c", String.class, Done.class).on((in, r) -> true, pause());
    var saga =
        limited()
            .step(half("a"))
            .step(Step.parallel("g", Step.delay("h", DAY.dividedBy(3)), b()))
            .step(compensated("d"))
            .pivot(local("p"))
            .step(pause().as("later"))
            .build();

    assertThat(saga.deadline()).contains(DAY);
    assertThat(limited().step(maybe.otherwiseNothing()).build().steps()).hasSize(1);
    assertThat(limited().step(eachBody(pause())).build().steps()).hasSize(1);
    assertThat(limited().step(waiting("w").orCompensate()).build().steps()).hasSize(1);
  }

  static Stream<Refusal> results() {
    String gap =
        "saga s: step choice has no result when no case holds, and forEach each has one for each"
            + " element; give the choice an otherwise(..), or Done for a result";
    String done = " (expected: io.skald.saga.Done, for what returns nothing)";
    String raw = " (expected: its type arguments as well: new TypeRef<List<..>>() {})";
    return Stream.of(
        definition(() -> saga().step(eachBody(maybeText())).build(), gap),
        definition(() -> saga().step(eachBody(sequence(b()).step(maybeText()).end())).build(), gap),
        definition(
            () ->
                saga()
                    .step(
                        eachBody(
                            Step.choice("outer", String.class, String.class)
                                .on((in, r) -> true, maybeText())
                                .otherwise(text("x"))))
                    .build(),
            gap),
        argument(
            () -> Step.choice("c", String.class, Void.class),
            "step c: result: java.lang.Void" + done),
        argument(
            () -> Step.named("a", String.class).local(Void.class, (in, tx) -> absent()),
            "step a: result: java.lang.Void" + done),
        argument(
            () -> Step.named("a", String.class).remote(void.class, (in, call) -> absent()),
            "step a: result: void" + done),
        argument(
            () -> Step.named("a", String.class).remote(List.class, (in, call) -> List.of()),
            "step a: result: java.util.List" + raw),
        argument(
            () -> Step.choice("c", String.class, List.class),
            "step c: result: java.util.List" + raw),
        argument(() -> Signal.named("g", List.class), "signal g: type: java.util.List" + raw),
        argument(() -> Signal.named("g", Void.class), "signal g: type: java.lang.Void" + done),
        argument(
            () -> saga().step(b()).returning(List.class, (in, r) -> List.of()),
            "saga s: result: java.util.List" + raw));
  }

  @Test
  void acceptsAChoiceWithoutAResultWhereNoneIsMissed() {
    assertThat(saga().step(maybeText()).build().steps()).hasSize(1);
    assertThat(saga().step(eachBody(choice(b()).otherwiseNothing())).build().steps()).hasSize(1);
  }
}

package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.local;
import static io.skald.saga.Fixtures.saga;
import static io.skald.saga.RefusalTest.absent;
import static io.skald.saga.RefusalTest.argument;
import static io.skald.saga.RefusalTest.definition;
import static io.skald.saga.RefusalTest.missing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.RefusalTest.Refusal;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.ChildSaga;
import io.skald.saga.step.TccDraft;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes with sub-sagas, TCC steps and asynchronous ones: refused, or not compiled. */
class ChildTccAsyncMistakesTest {
  private static final Duration DAY = Duration.ofDays(1);

  @ParameterizedTest(name = "{0}")
  @MethodSource({"children", "pivots", "options"})
  void refuses(Refusal refusal) {
    assertThatThrownBy(refusal.code())
        .isExactlyInstanceOf(refusal.type())
        .hasMessage(refusal.message());
  }

  static Stream<Refusal> children() {
    String late =
        "saga s: step c stands before the pivot, and saga other has a pivot or a TCC step of its"
            + " own, after which it cannot be taken back; put the step after the pivot with"
            + " afterPivot()";
    var pivot = other().pivot(local("p")).build();
    var tcc = other().step(confirmed().cancel((in, done, call) -> {})).build();
    var slow = other().step(Step.delay("a", DAY.dividedBy(2))).step(Step.delay("b", DAY)).build();
    return Stream.of(
        definition(() -> saga().step(child(pivot)).build(), late),
        definition(() -> saga().step(child(tcc)).build(), late),
        definition(() -> saga().step(Step.parallel("g", child(pivot))).build(), late),
        definition(
            () -> saga().deadline(DAY).step(child(slow)).build(),
            "saga s: step c ends when the deadline of PT24H has passed, so that every saga is"
                + " compensated; shorten the delays up to there, or lengthen deadline(..)"));
  }

  @Test
  void acceptsASagaThatCannotBeTakenBackAfterThePivot() {
    var pivot = other().pivot(local("x")).build();

    assertThat(saga().pivot(local("p")).step(child(pivot).afterPivot()).build().steps()).hasSize(2);
  }

  static Stream<Refusal> pivots() {
    String cannot =
        " and cannot be the pivot, which is the one action of no return; put it before or after the"
            + " pivot, and make one local or remote step the pivot";
    var small = other().step(compensated("x")).build();
    return Stream.of(
        definition(
            () -> saga().pivot(child(small).afterPivot()).build(),
            "saga s: step c is a sub-saga" + cannot),
        definition(() -> saga().pivot(async()).build(), "saga s: step a is asynchronous" + cannot));
  }

  static Stream<Refusal> options() {
    String bounds = ": PT0S (expected: > 0 and <= PT87600H)";
    String day = ": PT0S (expected: > 0 and <= PT24H)";
    var small = other().step(compensated("x")).build();
    return Stream.of(
        argument(() -> async().within(Duration.ZERO), "step a: within" + bounds),
        argument(() -> async().heartbeatWithin(Duration.ZERO), "step a: heartbeatWithin" + bounds),
        argument(() -> async().timeout(Duration.ZERO), "step a: timeout" + day),
        argument(() -> tcc().timeout(Duration.ZERO), "step t: timeout" + day),
        argument(() -> confirmed().confirmTimeout(Duration.ZERO), "step t: confirmTimeout" + day),
        argument(() -> async().guard("a b"), RefusalTest.named("step a: guard", "a b")),
        argument(() -> async().qualifier("a b"), RefusalTest.named("step a: qualifier", "a b")),
        argument(
            () -> async().permanent(IOException.class),
            "step a: permanent: java.io.IOException (expected: what proves that nothing happened; a"
                + " time limit that passed is one of these, too)"),
        argument(
            () -> Step.named("a", String.class).async(Void.class, (in, call) -> {}),
            "step a: result: java.lang.Void (expected: io.skald.saga.Done, for what returns"
                + " nothing)"),
        missing(() -> async().within(absent()), "step a: within"),
        missing(() -> async().retry(absent()), "policy"),
        missing(() -> confirmed().confirmRetry(absent()), "policy"),
        missing(() -> Step.saga("c", absent(), small, (in, r) -> "x"), "input"),
        missing(() -> Step.saga("c", String.class, small, absent()), "input"),
        missing(() -> Step.saga("c", String.class, noDefinition(), (in, r) -> in), "child"));
  }

  static Stream<Mistake> mistakes() {
    String async = "Step.named(\"a\", Order.class).async(Ticket.class, (order, call) -> {})";
    String tcc =
        "Step.named(\"t\", Order.class).tryRemote(Ticket.class, (o, call) -> new Ticket(\"1\"))";
    String confirmed = tcc + ".confirm((order, ticket, call) -> {})";
    String whole = confirmed + ".cancel((order, ticket, call) -> {})";
    String child = "Step.saga(\"c\", Order.class, saga().step(compensated()).build(), (o, r) -> o)";
    return Stream.of(
        new Mistake(
            "an asynchronous step without a word on compensation",
            "saga().step(" + async + ")",
            "saga().step(" + async + ".needsNoCompensation())"),
        new Mistake(
            "a verification of what is completed by token",
            async + ".verify((order, call) -> Outcome.unknown())",
            "remote().verify((order, call) -> Outcome.unknown())"),
        new Mistake(
            "a handing out that is never repeated", async + ".atMostOnce()", async + ".as(\"b\")"),
        new Mistake(
            "a try without its cancel",
            "saga().step(" + confirmed + ")",
            "saga().step(" + whole + ")"),
        new Mistake(
            "a try without its confirmation", tcc + ".cancel((order, ticket, call) -> {})", whole),
        new Mistake(
            "a try as the pivot", "saga().pivot(" + whole + ")", "saga().step(" + whole + ")"),
        new Mistake(
            "a try after the pivot",
            "saga().pivot(local()).step(" + whole + ")",
            "saga().step(" + whole + ").pivot(local())"),
        new Mistake(
            "an option of the confirmation after the cancel",
            whole + ".confirmTimeout(Duration.ofSeconds(1))",
            confirmed + ".confirmTimeout(Duration.ofSeconds(1))"),
        new Mistake(
            "a saga as the pivot", "saga().pivot(" + child + ")", "saga().step(" + child + ")"),
        new Mistake(
            "a saga after the pivot without a word",
            "saga().pivot(local().as(\"p\")).step(" + child + ")",
            "saga().pivot(local().as(\"p\")).step(" + child + ".afterPivot())"),
        new Mistake(
            "a compensation of a saga",
            child + ".compensation((order, done, call) -> {})",
            child + ".as(\"d\")"),
        new Mistake(
            "a saga of another input",
            "Step.saga(\"c\", Row.class, saga().step(compensated()).build(), (row, r) -> row)",
            "Step.saga(\"c\", Row.class, saga().step(compensated()).build(),"
                + " (row, r) -> new Order(row.id()))"));
  }

  private static final Map<String, List<String>> ERRORS = Mistake.errorsIn(mistakes());

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void doesNotCompileAndItsNeighbourDoes(Mistake mistake) {
    mistake.isTheOneThatIsRefused(ERRORS);
  }

  private static SagaHead<String> other() {
    return Saga.define("other", String.class);
  }

  private static ChildSaga<String, Done> child(SagaDefinition<String, Done> definition) {
    return Step.saga("c", String.class, definition, (in, results) -> in);
  }

  private static SagaDefinition<String, Done> noDefinition() {
    return absent();
  }

  private static AsyncStep<String, Done> async() {
    return Step.named("a", String.class).async(Done.class, (in, call) -> {});
  }

  private static TccDraft<String, Done> tcc() {
    return Step.named("t", String.class).tryRemote(Done.class, (in, call) -> Done.DONE);
  }

  private static TccDraft.Confirmed<String, Done> confirmed() {
    return tcc().confirm((in, done, call) -> {});
  }
}

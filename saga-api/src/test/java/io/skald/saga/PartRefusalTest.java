package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.local;
import static io.skald.saga.Fixtures.remote;
import static io.skald.saga.Fixtures.saga;
import static io.skald.saga.PartFixtures.DAY;
import static io.skald.saga.PartFixtures.approval;
import static io.skald.saga.PartFixtures.b;
import static io.skald.saga.PartFixtures.choice;
import static io.skald.saga.PartFixtures.each;
import static io.skald.saga.PartFixtures.eachBody;
import static io.skald.saga.PartFixtures.emptyChoice;
import static io.skald.saga.PartFixtures.group;
import static io.skald.saga.PartFixtures.list;
import static io.skald.saga.PartFixtures.manyInAGroup;
import static io.skald.saga.PartFixtures.noBodies;
import static io.skald.saga.PartFixtures.noTails;
import static io.skald.saga.PartFixtures.pause;
import static io.skald.saga.PartFixtures.refusal;
import static io.skald.saga.PartFixtures.sequence;
import static io.skald.saga.PartFixtures.tailChoice;
import static io.skald.saga.PartFixtures.tailGroup;
import static io.skald.saga.PartFixtures.tailSequence;
import static io.skald.saga.PartFixtures.waiting;
import static io.skald.saga.RefusalTest.absent;
import static io.skald.saga.RefusalTest.argument;
import static io.skald.saga.RefusalTest.definition;
import static io.skald.saga.RefusalTest.ifUnknown;
import static io.skald.saga.RefusalTest.missing;
import static io.skald.saga.RefusalTest.named;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.RefusalTest.Refusal;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.step.ChoiceDraft;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.ForEachDraft;
import io.skald.saga.step.RetriablePart;
import io.skald.saga.step.SequenceDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused of steps that hold other steps, wait or decide, with the very words. */
class PartRefusalTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource({"names", "durations", "numbers", "twice", "pivots", "tails", "nulls"})
  void refuses(Refusal refusal) {
    assertThatThrownBy(refusal.code())
        .isExactlyInstanceOf(refusal.type())
        .hasMessage(refusal.message());
  }

  static Stream<Refusal> names() {
    return Stream.of(
        argument(() -> Step.sequence("a b", String.class), named("step", "a b")),
        argument(() -> Step.parallel("a/b", compensated("a")), named("step", "a/b")),
        argument(() -> Step.parallel("", local("a")), named("step", "")),
        argument(() -> Step.choice("a:b", String.class, Done.class), named("step", "a:b")),
        argument(() -> Step.forEach("ä", String.class, String.class, list()), named("step", "ä")),
        argument(() -> Step.await("%s", approval()), named("step", "%s")),
        argument(() -> Step.delay("a\nb", DAY), named("step", "a?b")),
        argument(
            () -> Step.delayUntil("", String.class, (in, r) -> Instant.EPOCH), named("step", "")),
        argument(() -> Step.refuse("'", String.class, (in, r) -> "no"), named("step", "'")),
        argument(() -> Signal.named("a b", String.class), named("signal", "a b")),
        argument(() -> Signal.named("", TypeRef.listOf(String.class)), named("signal", "")),
        argument(() -> group().as("a b"), named("step", "a b")),
        argument(() -> pause().as(""), named("step", "")),
        argument(() -> refusal("r").as("a/b"), named("step", "a/b")),
        argument(() -> tailGroup(local("a")).as("a b"), named("step", "a b")));
  }

  static Stream<Refusal> durations() {
    String bounds = " (expected: > 0 and <= PT87600H)";
    return Stream.of(
            Duration.ZERO,
            Duration.ofNanos(-1),
            Duration.ofDays(3650).plusNanos(1),
            Duration.ofSeconds(Long.MAX_VALUE),
            Duration.ofSeconds(Long.MIN_VALUE))
        .flatMap(
            wrong ->
                Stream.of(
                    argument(() -> Step.delay("a", wrong), "step a: delay: " + wrong + bounds),
                    argument(
                        () -> Step.await("a", approval()).within(wrong),
                        "step a: within: " + wrong + bounds)));
  }

  static Stream<Refusal> numbers() {
    return Stream.of(
        argument(
            () -> each().concurrency(0), "step each: concurrency: 0 (expected: >= 1 and <= 100)"),
        argument(
            () -> each().concurrency(101),
            "step each: concurrency: 101 (expected: >= 1 and <= 100)"),
        argument(
            () -> each().concurrency(-1), "step each: concurrency: -1 (expected: >= 1 and <= 100)"),
        argument(
            () -> new ForEachPlan("f", String.class, list(), 0, local("a").plan()),
            "step f: concurrency: 0 (expected: >= 1 and <= 100)"),
        argument(() -> Step.parallel("g", noTails()), "step g: branches: 0 (expected: >= 1)"),
        argument(() -> Step.parallel("g", noBodies()), "step g: branches: 0 (expected: >= 1)"),
        argument(() -> new SequencePlan("q", List.of()), "step q: steps: 0 (expected: >= 1)"),
        argument(
            () -> new ChoicePlan("c", Done.class, List.of(), null),
            "step c: cases: 0 (expected: >= 1)"),
        definition(
            () -> manyInAGroup(200).build(),
            "saga s: step s200 is one too many: there are 201 steps, those that others hold"
                + " included (expected: <= 200); make a forEach of what is repeated, or two sagas"
                + " of this one"));
  }

  static Stream<Refusal> twice() {
    String twice = "saga s: step a stands there twice; give one another name with as(..)";
    return Stream.of(
            saga().step(Step.parallel("g", compensated("a"), compensated("a"))),
            saga().step(Step.parallel("a", compensated("a"))),
            saga().step(compensated("a")).step(Step.parallel("g", compensated("a"))),
            saga().step(sequence(compensated("a")).step(compensated("a")).end()),
            saga().step(Step.sequence("a", String.class).step(compensated("a")).end()),
            saga().step(choice(compensated("a")).otherwise(compensated("a"))),
            saga()
                .step(
                    choice(compensated("a")).on((in, r) -> true, compensated("a")).otherwise(b())),
            saga().step(eachBody(compensated("a"))).step(compensated("a")),
            saga().step(Step.parallel("g", sequence(compensated("a")).end(), compensated("a"))),
            saga().step(group()).step(group().as("h")).step(compensated("b")),
            saga().step(pause()).step(pause().as("a")).step(compensated("a")))
        .map(body -> definition(body::build, twice));
  }

  static Stream<Refusal> pivots() {
    return Stream.of(
        noPivot(() -> tailGroup(local("a")), "g", "a parallel group"),
        noPivot(() -> tailSequence(local("a")), "sequence", "a sequence"),
        noPivot(() -> each().step(local("a")), "each", "a forEach"),
        noPivot(() -> pause().afterPivot(), "pause", "a delay"),
        noPivot(() -> waiting("a").orElse("none").afterPivot(), "a", "a wait for a signal"),
        noPivot(() -> tailChoice(tailGroup(local("a"))), "g", "a parallel group"),
        noPivot(() -> tailChoice(tailSequence(local("a"))), "sequence", "a sequence"),
        noPivot(() -> tailChoice(pause().afterPivot()), "pause", "a delay"),
        noPivot(() -> new RetriablePart<>(refusal("a").plan()), "a", "a refusal"),
        definition(
            () -> saga().pivot(tailChoice(remote("a"))).build(),
            "saga s: step a is a remote pivot, and a call that times out would leave nobody the"
                + " wiser; add verify(..) or compensationIfUnknown(..)"));
  }

  private static Refusal noPivot(
      Supplier<Retriable<? super String, ?>> step, String name, String kind) {
    return definition(
        () -> saga().pivot(step.get()).build(),
        "saga s: step %s is %s and cannot be the pivot, which is the one action of no return; put"
                .formatted(name, kind)
            + " it before or after the pivot, and make one local or remote step the pivot");
  }

  static Stream<Refusal> tails() {
    String follows =
        "saga s: step a follows the pivot and is never compensated; drop its compensation";
    return Stream.<Supplier<Retriable<? super String, ?>>>of(
            () -> tailGroup(ifUnknown()),
            () -> tailSequence(ifUnknown()),
            () -> tailChoice(ifUnknown()),
            () -> each().step(ifUnknown()),
            () -> tailGroup(tailChoice(tailSequence(ifUnknown()))))
        .map(step -> definition(() -> saga().pivot(local("p")).step(step.get()).build(), follows));
  }

  static Stream<Refusal> nulls() {
    return Stream.of(
        missing(() -> Step.sequence(absent(), String.class), "step"),
        missing(() -> Step.sequence("q", absent()), "input"),
        missing(
            () ->
                new SequenceDraft<>("q", String.class)
                    .step((RefusalTest.<CompensatableStep<String, Done>>absent())),
            "step"),
        missing(
            () -> sequence(b()).step(RefusalTest.<CompensatableStep<String, Done>>absent()),
            "step"),
        missing(() -> Step.parallel("g", b(), null), "branch"),
        missing(() -> Step.parallel("g", local("a"), null), "branch"),
        missing(() -> Step.parallel(absent(), b()), "step"),
        missing(() -> Step.choice("c", absent(), Done.class), "input"),
        missing(() -> new ChoiceDraft<>("c", String.class, absent()), "step c: result"),
        missing(() -> emptyChoice().on(absent(), b()), "condition"),
        missing(
            () ->
                emptyChoice()
                    .on((in, r) -> true, RefusalTest.<CompensatableStep<String, Done>>absent()),
            "step"),
        missing(() -> choice(b()).otherwise(absent()), "otherwise"),
        missing(() -> Step.forEach("f", absent(), String.class, list()), "input"),
        missing(() -> Step.forEach("f", String.class, absent(), list()), "element"),
        missing(() -> Step.forEach("f", String.class, String.class, absent()), "elements"),
        missing(
            () ->
                new ForEachDraft<>("f", String.class, list())
                    .step(RefusalTest.<CompensatableStep<String, Done>>absent()),
            "step"),
        missing(() -> Step.await("a", absent()), "signal"),
        missing(() -> Step.await("a", approval()).within(absent()), "step a: within"),
        missing(() -> waiting("a").orElse(absent()), "fallback"),
        missing(() -> new AwaitPlan("a", approval(), DAY, absent()), "silence"),
        missing(() -> Step.delay("a", absent()), "step a: delay"),
        missing(() -> Step.delayUntil("a", String.class, absent()), "time"),
        missing(() -> Step.delayUntil("a", absent(), (in, r) -> Instant.EPOCH), "input"),
        missing(() -> new DelayPlan("a", absent()), "end"),
        missing(() -> Step.refuse("a", String.class, absent()), "reason"),
        missing(() -> Step.refuse("a", absent(), (in, r) -> "no"), "input"),
        missing(() -> Signal.named(absent(), String.class), "signal"),
        missing(() -> group().from(absent(), (in, r) -> "x"), "input"),
        missing(() -> group().from(String.class, absent()), "derivation"),
        missing(() -> pause().from(String.class, absent()), "derivation"),
        missing(() -> saga().step(RefusalTest.<CompensatableStep<String, Done>>absent()), "step"),
        missing(
            () -> saga().step(b()).step(RefusalTest.<CompensatableStep<String, Done>>absent()),
            "step"),
        missing(() -> saga().pivot(absent()), "step"));
  }
}

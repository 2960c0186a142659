package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.local;
import static io.skald.saga.Fixtures.remote;
import static io.skald.saga.Fixtures.saga;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.step.AwaitDraft;
import io.skald.saga.step.ChoiceDraft;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.ForEachDraft;
import io.skald.saga.step.SequenceDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The structure of steps that hold others, wait or decide changes the fingerprint; tuning no. */
class PartFingerprintTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final CompensatableStep<String, Done> A = compensated("a");
  private static final CompensatableStep<String, Done> B = compensated("b");

  /** All different from each other. */
  private static Stream<Compensatable<? super String, ?>> shapes() {
    return Stream.of(
        A,
        sequence("x", A).end(),
        sequence("y", A).end(),
        sequence("x", A).step(B).end(),
        sequence("x", B).step(A).end(),
        sequence("x", sequence("y", A).end()).step(B).end(),
        sequence("x", sequence("y", A).step(B).end()).end(),
        Step.parallel("x", A),
        Step.parallel("x", A, B),
        Step.parallel("x", B, A),
        Step.parallel("x", A, remote("b").needsNoCompensation()),
        Step.parallel("x", sequence("y", A).step(B).end()),
        choice(A).otherwiseNothing(),
        choice(A).otherwise(B),
        choice(B).otherwise(A),
        choice(A).on((in, results) -> true, B).otherwiseNothing(),
        choice(B).on((in, results) -> true, A).otherwiseNothing(),
        each().step(A),
        each().step(B),
        each().step(Step.parallel("y", A)),
        Step.refuse("x", String.class, (in, results) -> "no"),
        Step.delay("x", DAY),
        Step.delay("y", DAY),
        await("x", "signal").orCompensate(),
        await("x", "signal").orElse("none"),
        await("x", "another").orElse("none"));
  }

  @Test
  void changesWithNameKindOrderAndNesting() {
    assertThat(shapes().map(PartFingerprintTest::fingerprint)).doesNotHaveDuplicates();
  }

  @Test
  void changesWithTheSideOfThePivot() {
    var before = saga().step(Step.delay("x", DAY)).pivot(local("p")).build();
    var after = saga().pivot(local("p")).step(Step.delay("x", DAY)).build();

    assertThat(before.fingerprint()).isNotEqualTo(after.fingerprint());
  }

  static Stream<Arguments> sameStructure() {
    var slow = local("a").timeout(DAY).compensation((in, done, tx) -> {});
    return Stream.of(
        same(sequence("x", A).end(), sequence("x", slow).end()),
        same(sequence("y", A).end(), sequence("x", A).end().as("y")),
        same(Step.parallel("x", A), Step.parallel("x", slow)),
        same(Step.parallel("x", A, B), Step.parallel("x", A, B).compensatedTogether()),
        same(
            Step.parallel("x", A),
            Step.parallel("x", A).from(String.class, (in, results) -> in + "!")),
        same(
            choice(A).otherwise(B),
            Step.choice("x", String.class, Object.class)
                .on((in, results) -> in.length() > 7, slow)
                .otherwise(B)),
        same(each().step(A), each().concurrency(9).step(slow)),
        same(
            each().step(A),
            Step.forEach("x", String.class, String.class, (in, results) -> List.of()).step(A)),
        same(
            Step.refuse("x", String.class, (in, results) -> "no"),
            Step.refuse("x", String.class, (in, results) -> "never")),
        same(Step.delay("x", DAY), Step.delay("x", DAY.plusNanos(1))),
        same(
            Step.delay("x", DAY),
            Step.delayUntil("x", String.class, (in, results) -> Instant.EPOCH)),
        same(
            await("x", "signal").orCompensate(),
            Step.await("x", Signal.named("signal", String.class))
                .within(DAY.plusDays(1))
                .orCompensate()),
        same(await("x", "signal").orElse("none"), await("x", "signal").orElse("nothing")));
  }

  @ParameterizedTest
  @MethodSource("sameStructure")
  void ignoresTuningAndCode(
      Compensatable<? super String, ?> one, Compensatable<? super String, ?> other) {
    assertThat(fingerprint(one)).isEqualTo(fingerprint(other));
  }

  /** Stored beside every saga: were it to change, no node would know its sagas any more. */
  @Test
  void staysWhatItIs() {
    var branch = sequence("branch", A).step(Step.delay("pause", DAY)).end();
    var ask = await("ask", "approval").orCompensate();
    var saga =
        saga()
            .step(Step.parallel("group", branch, B))
            .step(
                Step.choice("choice", String.class, String.class)
                    .on((in, results) -> true, ask)
                    .otherwise(Step.refuse("no", String.class, (in, results) -> "no")))
            .pivot(local("pivot"))
            .step(
                Step.forEach("each", String.class, String.class, (in, r) -> List.of(in))
                    .step(remote("ship")))
            .step(await("late", "late").orElse("none"))
            .build();

    assertThat(saga.fingerprint()).isEqualTo("190da667806b45a5ee3fff8cc4e54f11");
  }

  private static Arguments same(
      Compensatable<? super String, ?> one, Compensatable<? super String, ?> other) {
    return Arguments.of(one, other);
  }

  private static String fingerprint(Compensatable<? super String, ?> step) {
    return saga().step(step).build().fingerprint();
  }

  private static <R> SequenceDraft.Before<String, R> sequence(
      String name, Compensatable<String, R> step) {
    return Step.sequence(name, String.class).step(step);
  }

  private static ChoiceDraft.Before<String, Done> choice(Compensatable<String, Done> step) {
    return Step.choice("x", String.class, Done.class).on((in, results) -> in.isEmpty(), step);
  }

  private static ForEachDraft<String, String> each() {
    return Step.forEach("x", String.class, String.class, (in, results) -> List.of(in));
  }

  private static AwaitDraft.Within<String> await(String name, String signal) {
    return Step.await(name, Signal.named(signal, String.class)).within(DAY);
  }
}

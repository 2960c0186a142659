package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.local;
import static io.skald.saga.Fixtures.remote;
import static io.skald.saga.Fixtures.saga;
import static io.skald.saga.RefusalTest.argument;
import static io.skald.saga.RefusalTest.definition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.RefusalTest.Refusal;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Policies and limits that contradict their place, or could never take effect. */
class PolicyMistakesTest {
  private static final Retry TWICE = Retry.defaults().attemptsMax(2);
  private static final Duration HOUR = Duration.ofHours(1);

  @ParameterizedTest(name = "{0}")
  @MethodSource({"pivots", "neverSpent", "limits", "inputs"})
  void refuses(Refusal refusal) {
    assertThatThrownBy(refusal.code())
        .isExactlyInstanceOf(refusal.type())
        .hasMessage(refusal.message());
  }

  static Stream<Refusal> pivots() {
    String goOn =
        "saga s: step p is the pivot, which has to have taken effect before the saga goes on; drop"
            + " ifSpent(Spent.goOnWith(..)), or put the step before or after the pivot";
    var gone = local("p").ifSpent(Spent.goOnWith(Done.DONE));
    var choice = Step.choice("c", String.class, Done.class).on((in, r) -> true, gone);
    return Stream.of(
        definition(() -> saga().pivot(gone).build(), goOn),
        definition(() -> saga().pivot(choice.otherwise(local("q"))).build(), goOn),
        definition(() -> saga().pivot(verified().ifSpent(Spent.goOnWith(Done.DONE))).build(), goOn),
        definition(
            () -> saga().pivot(verified().ifSpent(Spent.compensate())).build(),
            "saga s: step p is a pivot that may have taken effect when its attempts are spent, and"
                + " has nothing to compensate it by; add compensationIfUnknown(..), or use"
                + " ifSpent(Spent.askOperator())"));
  }

  private static RemoteStep<String, Done> verified() {
    return remote("p").verify((in, call) -> Outcome.unknown());
  }

  static Stream<Refusal> neverSpent() {
    String action =
        "saga s: step a says what it means that its attempts are spent, and they never are; add"
            + " retry(..) with attemptsMax(..), or drop ifSpent(..)";
    var endless = local("a").retry(Retry.defaults().attemptsUnlimited());
    return Stream.of(
        definition(() -> saga().pivot(local("p")).step(goesOn(local("a"))).build(), action),
        definition(
            () -> saga().pivot(local("p")).step(local("a").ifSpent(Spent.askOperator())).build(),
            action),
        definition(() -> saga().step(goesOn(endless).needsNoCompensation()).build(), action),
        definition(
            () -> saga().step(compensated("a").compensationSkippedIfSpent()).build(),
            "saga s: step a skips its compensation once its attempts are spent, and they never"
                + " are; add compensationRetry(..) with attemptsMax(..), or drop"
                + " compensationSkippedIfSpent()"));
  }

  private static LocalStep<String, Done> goesOn(LocalStep<String, Done> step) {
    return step.ifSpent(Spent.goOnWith(Done.DONE));
  }

  static Stream<Refusal> limits() {
    var async = Step.named("a", String.class).async(String.class, (in, call) -> {});
    return Stream.of(
        definition(
            () ->
                saga()
                    .step(
                        async
                            .heartbeatWithin(HOUR.multipliedBy(2))
                            .within(HOUR)
                            .needsNoCompensation())
                    .build(),
            "saga s: step a waits for a sign of life for PT2H and for its completion for PT1H, so"
                + " that none is ever missed; shorten heartbeatWithin(..), or lengthen"
                + " within(..)"));
  }

  /** What is recorded as a raw type would be read as something else. */
  static Stream<Refusal> inputs() {
    return Stream.of(
        argument(
            () -> Saga.define("s", Map.class),
            "saga s: input: java.util.Map (expected: its type arguments as well: new"
                + " TypeRef<Map<.., ..>>() {})"),
        argument(
            () -> Saga.define("s", Void.class),
            "saga s: input: java.lang.Void (expected: io.skald.saga.Done, for what returns"
                + " nothing)"),
        argument(
            () -> Step.forEach("f", String.class, List.class, (in, r) -> List.of()),
            "step f: element: java.util.List (expected: its type arguments as well: new"
                + " TypeRef<List<..>>() {})"));
  }

  @Test
  void acceptsPoliciesThatCanTakeEffect() {
    var skipped = compensated("a").compensationRetry(TWICE).compensationSkippedIfSpent();
    var saga =
        saga()
            .step(skipped)
            .step(goesOn(local("b")).needsNoCompensation())
            .pivot(verified().ifSpent(Spent.askOperator()))
            .step(goesOn(local("c").retry(TWICE)))
            .build();
    var undone =
        verified().ifSpent(Spent.compensate()).compensationIfUnknown((in, done, call) -> {});

    assertThat(saga.steps()).hasSize(4);
    assertThat(saga().pivot(undone).build().steps()).hasSize(1);
    assertThat(saga().pivot(local("p").ifSpent(Spent.compensate())).build().steps()).hasSize(1);
  }
}

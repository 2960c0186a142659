package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.step.Call;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.Results;
import io.skald.saga.step.Tx;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A step with an input of its own, placed in a saga with another one. */
class FromTest {
  private static final Results NONE = Fixtures.results(Map.of());
  private static final LocalStep<Integer, String> PLUS = plus();
  private static final RemoteStep<Integer, String> CALL =
      Step.named("call", Integer.class)
          .remote(String.class, (number, call) -> "called " + number)
          .verify((number, call) -> Outcome.unknown());

  private static LocalStep<Integer, String> plus() {
    return Step.named("plus", Integer.class).local(String.class, (number, tx) -> "n" + number);
  }

  @Test
  void passesTheSagasInputOnWhereNothingIsSaid() throws Exception {
    assertThat(PLUS.plan().action().work().input()).isNull();
    assertThat(inputOf(PLUS.plan().action().work(), 7)).isEqualTo(7);
  }

  @Test
  void derivesTheInputFromTheSagasInputAndTheResults() throws Exception {
    var first = Step.named("first", String.class).local(Integer.class, (in, tx) -> 40);
    var step = PLUS.from(String.class, (in, r) -> r.resultOf(first) + in.length());

    Object input = step.plan().action().work().inputOf("ab", Fixtures.results(Map.of("first", 40)));

    assertThat(input).isEqualTo(42);
  }

  @Test
  void composesInTheOrderTheDataFlows() throws Exception {
    RemoteStep<String, String> step =
        CALL.from(Long.class, (number, r) -> number.intValue() * 2)
            .from(String.class, (text, r) -> Long.parseLong(text) + 1);

    assertThat(inputOf(step.plan().action().work(), "20")).isEqualTo(42);
    assertThat(inputOf(verification(step.plan()), "20")).isEqualTo(42);
  }

  @Test
  void givesACompensationDeclaredBeforeItTheDerivedInput() throws Exception {
    var step =
        PLUS.compensation((number, text, tx) -> {}).from(String.class, (in, r) -> in.length());

    assertThat(inputOf(step.plan().action().work(), "abc")).isEqualTo(3);
    assertThat(inputOf(compensation(step.plan()), "abc")).isEqualTo(3);
  }

  @Test
  void givesACompensationDeclaredAfterItTheSagasInput() throws Exception {
    var step =
        PLUS.from(String.class, (in, r) -> in.length())
            .compensation((String in, String text, Tx tx) -> {});

    assertThat(inputOf(step.plan().action().work(), "abc")).isEqualTo(3);
    assertThat(inputOf(compensation(step.plan()), "abc")).isEqualTo("abc");
  }

  @Test
  void derivesTheInputOfEveryPartDeclaredSoFarAndOfNoneDeclaredLater() throws Exception {
    var before =
        CALL.compensationIfUnknown((number, result, call) -> {})
            .from(String.class, (in, r) -> in.length());
    var after =
        CALL.from(String.class, (in, r) -> in.length())
            .verify((String in, Call call) -> Outcome.unknown())
            .compensationIfUnknown((in, result, call) -> Objects.requireNonNull(in.strip()));

    assertThat(inputOf(verification(before.plan()), "abc")).isEqualTo(3);
    assertThat(inputOf(compensation(before.plan()), "abc")).isEqualTo(3);
    assertThat(inputOf(after.plan().action().work(), "abc")).isEqualTo(3);
    assertThat(inputOf(verification(after.plan()), "abc")).isEqualTo("abc");
    assertThat(inputOf(compensation(after.plan()), "abc")).isEqualTo("abc");
  }

  @Test
  void keepsTheOptionsTheNameAndTheResult() {
    var step =
        CALL.permanent(IllegalStateException.class)
            .guard("payments")
            .compensation((number, result, call) -> {})
            .compensationRetry(Retry.never())
            .from(String.class, (in, r) -> 1);

    assertThat(step.name()).isEqualTo("call");
    assertThat(step.plan().resultType()).isEqualTo(String.class);
    assertThat(step.plan().action().attempts().permanent())
        .containsExactly(IllegalStateException.class);
    assertThat(step.plan().action())
        .isInstanceOfSatisfying(
            ActionPlan.Remote.class, a -> assertThat(a.guard()).isEqualTo("payments"));
    assertThat(step.plan().compensation())
        .isInstanceOfSatisfying(
            CompensationPlan.Remote.class,
            c -> assertThat(c.attempts().retry()).isEqualTo(Retry.never()));
  }

  @Test
  void renamesAStepAndNothingElse() {
    var renamed = CALL.as("call-again");

    assertThat(renamed.name()).isEqualTo("call-again");
    assertThat(renamed.plan().withName("call")).isEqualTo(CALL.plan());
    assertThat(PLUS.as("x").plan().withName("plus")).isEqualTo(PLUS.plan());
    assertThat(PLUS.needsNoCompensation().as("x").name()).isEqualTo("x");
    assertThat(CALL.name()).as("the original").isEqualTo("call");
  }

  @Test
  void findsAResultByTheNameOfTheStepItWasPlacedAs() {
    Results results = Fixtures.results(Map.of("second", "b", "plus", "a"));

    assertThat(results.resultOf(plus())).isEqualTo("a");
    assertThat(results.resultOf(PLUS.as("second"))).isEqualTo("b");
    assertThat(results.resultOf(PLUS.as("second").from(String.class, (in, r) -> 1))).isEqualTo("b");
  }

  @Test
  void placesOneStepTwiceUnderTwoNames() {
    var saga =
        Saga.define("s", Integer.class)
            .step(PLUS.needsNoCompensation())
            .step(PLUS.as("plus-more").needsNoCompensation())
            .build();

    assertThat(saga.steps()).extracting("name").containsExactly("plus", "plus-more");
    assertThat(saga.step("plus-more")).isPresent();
    assertThat(saga.step("minus")).isEmpty();
    assertThat(saga.pivot()).isEmpty();
  }

  @Test
  void refusesADerivedNull() {
    var step = PLUS.from(String.class, (in, r) -> nothing());

    assertThatThrownBy(() -> inputOf(step.plan().action().work(), "a"))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("from: null");
  }

  @Test
  void letsADerivationThrow() {
    var step =
        PLUS.from(
            String.class,
            (in, r) -> {
              throw new IOException("no");
            });

    assertThatThrownBy(() -> inputOf(step.plan().action().work(), "a"))
        .isInstanceOf(IOException.class);
  }

  private static Object inputOf(Work work, Object input) throws Exception {
    return work.inputOf(input, NONE);
  }

  private static Work verification(TaskPlan plan) {
    var action = (ActionPlan.Remote) plan.action();
    return Objects.requireNonNull(action.verification());
  }

  private static Work compensation(TaskPlan plan) {
    return switch (plan.compensation()) {
      case CompensationPlan.Local local -> local.work();
      case CompensationPlan.Remote remote -> remote.work();
      case CompensationPlan.None none -> throw new AssertionError("no compensation");
    };
  }

  @SuppressWarnings("NullAway") // what a careless derivation answers
  private static Integer nothing() {
    return null;
  }
}

package io.skald.saga.step;

import io.skald.saga.Compensatable;
import io.skald.saga.Retry;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.SpentPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A step with a compensation, or with the word that it needs none. Its options are those of the
 * compensation; the action's stand before it. Immutable.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@CheckReturnValue
public final class CompensatableStep<I, R> implements Compensatable<I, R> {
  private final TaskPlan plan;

  CompensatableStep(TaskPlan plan) {
    this.plan = plan;
  }

  @Override
  public TaskPlan plan() {
    return plan;
  }

  /**
   * Sets when a failed attempt of the compensation is made again; replaces an earlier policy.
   * Default: without end, see {@link Retry}. When a bounded policy is spent the saga is stuck.
   *
   * @throws IllegalStateException if the step needs no compensation
   */
  public CompensatableStep<I, R> compensationRetry(Retry policy) {
    Objects.requireNonNull(policy, "policy");
    return with(attempts -> attempts.withRetry(policy));
  }

  /**
   * Sets the time limit of one attempt of the compensation; replaces an earlier one. Default 10 s.
   *
   * @param limit more than zero, at most 24 h
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   * @throws IllegalStateException if the step needs no compensation
   */
  public CompensatableStep<I, R> compensationTimeout(Duration limit) {
    Check.between(Check.ofStep(name(), "compensationTimeout"), limit, Attempts.TIMEOUT_LIMIT);
    return with(attempts -> attempts.withTimeout(limit));
  }

  /**
   * Sets the exceptions after which another attempt of the compensation is useless, as if they were
   * a {@link io.skald.saga.error.PermanentFailure}: the saga is stuck at once. Replaces earlier
   * ones. Default: none.
   *
   * @throws IllegalStateException if the step needs no compensation
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  public final CompensatableStep<I, R> compensationPermanent(Class<? extends Throwable>... types) {
    return with(attempts -> attempts.withPermanent(Set.copyOf(List.of(types))));
  }

  /**
   * Sets which bean compensates where there are several of its type; replaces an earlier one.
   * Default: the only one.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds, or the compensation is no
   *     bean
   * @throws IllegalStateException if the step needs no compensation
   */
  public CompensatableStep<I, R> compensationQualifier(String name) {
    String option = Check.ofStep(name(), "compensationQualifier");
    return with(work -> Works.qualified(work, option, name), UnaryOperator.identity());
  }

  /**
   * Has the saga go on with the next compensation when the attempts of this one are spent without
   * success, as if an operator had skipped it. Default: the saga is stuck. Without {@link
   * #compensationRetry} they are never spent. Not for a permanent failure, which leaves the saga
   * stuck.
   *
   * @throws IllegalStateException if the step needs no compensation
   */
  public CompensatableStep<I, R> compensationSkippedIfSpent() {
    if (plan.compensation() instanceof CompensationPlan.None) {
      throw new IllegalStateException(
          "step "
              + name()
              + ": needs no compensation (expected: options only after compensation(..))");
    }
    return new CompensatableStep<>(plan.withCompensationSpent(SpentPlan.Compensation.SKIP));
  }

  /**
   * This step under another name.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public CompensatableStep<I, R> as(String name) {
    return new CompensatableStep<>(plan.withName(name));
  }

  /**
   * This step with an input that is derived from another one, for its action and its compensation.
   *
   * @param input the type of the other input, as a rule the saga's
   * @param derivation makes this step's input; pure
   */
  public <J> CompensatableStep<J, R> from(
      Class<J> input, Derivation<? super J, ? extends I> derivation) {
    Objects.requireNonNull(input, "input");
    return new CompensatableStep<>(plan.from(derivation));
  }

  private CompensatableStep<I, R> with(UnaryOperator<Attempts> attempts) {
    return with(UnaryOperator.identity(), attempts);
  }

  private CompensatableStep<I, R> with(UnaryOperator<Work> work, UnaryOperator<Attempts> attempts) {
    CompensationPlan changed =
        switch (plan.compensation()) {
          case CompensationPlan.None none ->
              throw new IllegalStateException(
                  "step "
                      + name()
                      + ": needs no compensation (expected: options only after compensation(..))");
          case CompensationPlan.Local local ->
              new CompensationPlan.Local(
                  work.apply(local.work()), attempts.apply(local.attempts()));
          case CompensationPlan.Remote remote ->
              new CompensationPlan.Remote(
                  work.apply(remote.work()), attempts.apply(remote.attempts()), remote.when());
        };
    return new CompensatableStep<>(plan.withCompensation(changed));
  }
}

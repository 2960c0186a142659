package io.skald.saga.step;

import io.skald.saga.Retriable;
import io.skald.saga.Retry;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A remote step that is compensated only if its outcome is unknown: a pivot, and nothing else. Its
 * options are those of that compensation; the action's stand before it. Immutable.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@CheckReturnValue
public final class PivotStep<I, R> implements Retriable<I, R> {
  private final TaskPlan plan;
  private final CompensationPlan.Remote compensation;

  PivotStep(TaskPlan plan) {
    this.plan = plan;
    this.compensation = (CompensationPlan.Remote) plan.compensation();
  }

  @Override
  public TaskPlan plan() {
    return plan;
  }

  /**
   * Sets when a failed attempt of the compensation is made again; replaces an earlier policy.
   * Default: without end, see {@link Retry}. When a bounded policy is spent the saga is stuck.
   */
  public PivotStep<I, R> compensationRetry(Retry policy) {
    return with(compensation.attempts().withRetry(Objects.requireNonNull(policy, "policy")));
  }

  /**
   * Sets the time limit of one attempt of the compensation; replaces an earlier one. Default 10 s.
   *
   * @param limit more than zero, at most 24 h
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   */
  public PivotStep<I, R> compensationTimeout(Duration limit) {
    Check.between(Check.ofStep(name(), "compensationTimeout"), limit, Attempts.TIMEOUT_LIMIT);
    return with(compensation.attempts().withTimeout(limit));
  }

  /**
   * Sets the exceptions after which another attempt of the compensation is useless, as if they were
   * a {@link io.skald.saga.error.PermanentFailure}: the saga is stuck at once. Replaces earlier
   * ones. Default: none.
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  public final PivotStep<I, R> compensationPermanent(Class<? extends Throwable>... types) {
    return with(compensation.attempts().withPermanent(Set.copyOf(List.of(types))));
  }

  /**
   * Sets which bean compensates where there are several of its type; replaces an earlier one.
   * Default: the only one.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds, or the compensation is no
   *     bean
   */
  public PivotStep<I, R> compensationQualifier(String name) {
    String option = Check.ofStep(name(), "compensationQualifier");
    return with(Works.qualified(compensation.work(), option, name), compensation.attempts());
  }

  /**
   * This step under another name.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public PivotStep<I, R> as(String name) {
    return new PivotStep<>(plan.withName(name));
  }

  /**
   * This step with an input that is derived from another one, for its action, its verification and
   * its compensation.
   *
   * @param input the type of the other input, as a rule the saga's
   * @param derivation makes this step's input; pure
   */
  public <J> PivotStep<J, R> from(Class<J> input, Derivation<? super J, ? extends I> derivation) {
    Objects.requireNonNull(input, "input");
    return new PivotStep<>(plan.from(derivation));
  }

  private PivotStep<I, R> with(Attempts attempts) {
    return with(compensation.work(), attempts);
  }

  private PivotStep<I, R> with(Work work, Attempts attempts) {
    return new PivotStep<>(
        plan.withCompensation(new CompensationPlan.Remote(work, attempts, compensation.when())));
  }
}

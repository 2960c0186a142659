package io.skald.saga.step;

import io.skald.saga.Retriable;
import io.skald.saga.Retry;
import io.skald.saga.Spent;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A step whose action runs inside one database transaction, together with its log row: it happens
 * exactly once. As it is, it may be the pivot or follow it; with a compensation, or with the word
 * that it needs none, it may stand before the pivot. Immutable.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@CheckReturnValue
public final class LocalStep<I, R> implements Retriable<I, R> {
  private final TaskPlan plan;
  private final ActionPlan.Local action;

  LocalStep(TaskPlan plan) {
    this.plan = plan;
    this.action = (ActionPlan.Local) plan.action();
  }

  @Override
  public TaskPlan plan() {
    return plan;
  }

  /**
   * Sets the time limit of one attempt; replaces an earlier one. Default 10 s. When it passes, the
   * query is cancelled and the transaction rolled back.
   *
   * @param limit more than zero, at most 24 h
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   */
  public LocalStep<I, R> timeout(Duration limit) {
    Check.between(Check.ofStep(name(), "timeout"), limit, Attempts.TIMEOUT_LIMIT);
    return with(action.attempts().withTimeout(limit));
  }

  /**
   * Sets when a failed attempt is made again; replaces an earlier policy. Default: 5 attempts up to
   * and including the pivot, without end after it, see {@link Retry}.
   */
  public LocalStep<I, R> retry(Retry policy) {
    return with(action.attempts().withRetry(Objects.requireNonNull(policy, "policy")));
  }

  /**
   * Sets the exceptions that are never retried, as if they were a {@link
   * io.skald.saga.error.PermanentFailure}; replaces earlier ones. Default: none.
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  public final LocalStep<I, R> permanent(Class<? extends Throwable>... types) {
    return with(action.attempts().withPermanent(Set.copyOf(List.of(types))));
  }

  /**
   * Sets which bean is meant where there are several of its type; replaces an earlier one. Default:
   * the only one.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds, or the action is no bean
   */
  public LocalStep<I, R> qualifier(String name) {
    Work work = Works.qualified(action.work(), Check.ofStep(name(), "qualifier"), name);
    return new LocalStep<>(plan.withAction(new ActionPlan.Local(work, action.attempts())));
  }

  /**
   * Sets what it means that the attempts are spent without success; replaces an earlier one.
   * Default: the saga compensates, or after the pivot is stuck. A permanent failure is an answer,
   * and has its meaning without this.
   */
  public LocalStep<I, R> ifSpent(Spent<R> meaning) {
    return new LocalStep<>(plan.withSpent(meaning));
  }

  /**
   * This step under another name.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public LocalStep<I, R> as(String name) {
    return new LocalStep<>(plan.withName(name));
  }

  /**
   * This step with an input that is derived from another one, for what is declared so far.
   *
   * @param input the type of the other input, as a rule the saga's
   * @param derivation makes this step's input; pure
   */
  public <J> LocalStep<J, R> from(Class<J> input, Derivation<? super J, ? extends I> derivation) {
    Objects.requireNonNull(input, "input");
    return new LocalStep<>(plan.from(derivation));
  }

  /** Adds the compensation: it runs after success, in a transaction of its own. */
  public CompensatableStep<I, R> compensation(
      LocalCompensation<? super I, ? super R> compensation) {
    return compensated(new Handler.Inline(compensation));
  }

  /** Adds the compensation, by a bean: it runs after success, in a transaction of its own. */
  public CompensatableStep<I, R> compensation(
      Class<? extends LocalCompensation<? super I, ? super R>> bean) {
    return compensated(new Handler.Bean(bean, null));
  }

  /** Says that nothing is to be done when the saga cannot go on: the step changes nothing. */
  public CompensatableStep<I, R> needsNoCompensation() {
    return new CompensatableStep<>(plan);
  }

  private CompensatableStep<I, R> compensated(Handler handler) {
    var compensation = new CompensationPlan.Local(new Work(handler, null), Attempts.defaults());
    return new CompensatableStep<>(plan.withCompensation(compensation));
  }

  private LocalStep<I, R> with(Attempts attempts) {
    return new LocalStep<>(plan.withAction(new ActionPlan.Local(action.work(), attempts)));
  }
}

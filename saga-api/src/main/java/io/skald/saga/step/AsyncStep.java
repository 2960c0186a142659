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
import org.jspecify.annotations.Nullable;

/**
 * A step whose action hands the work out; the step ends when it is completed by token, or when its
 * time is up: then its outcome is unknown. It cannot be the pivot. Immutable.
 *
 * @param <I> the input of the step
 * @param <R> the result it is completed with
 */
@CheckReturnValue
public final class AsyncStep<I, R> implements Retriable<I, R> {
  /** How long a step waits for its completion unless {@link #within} says otherwise: 1 day. */
  public static final Duration WITHIN = Duration.ofDays(1);

  private final TaskPlan plan;
  private final ActionPlan.Async action;

  AsyncStep(TaskPlan plan) {
    this.plan = plan;
    this.action = (ActionPlan.Async) plan.action();
  }

  @Override
  public TaskPlan plan() {
    return plan;
  }

  /**
   * Sets how long the step waits to be completed, from when the work was handed out, or may have
   * been, by the database's clock; replaces an earlier one. Default {@link #WITHIN}. After it the
   * outcome is unknown.
   *
   * @param limit more than zero, at most {@link ActionPlan.Async#WITHIN_MAX}
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   */
  public AsyncStep<I, R> within(Duration limit) {
    Check.between(Check.ofStep(name(), "within"), limit, ActionPlan.Async.WITHIN_MAX);
    return with(action.attempts(), action.guard(), limit, action.heartbeatWithin());
  }

  /**
   * Sets how long the step waits for a sign of life, from when the work was handed out or the last
   * one came; replaces an earlier one. Default: none is needed. After it the outcome is unknown.
   *
   * @param limit more than zero, at most {@link ActionPlan.Async#WITHIN_MAX}
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   */
  public AsyncStep<I, R> heartbeatWithin(Duration limit) {
    Check.between(Check.ofStep(name(), "heartbeatWithin"), limit, ActionPlan.Async.WITHIN_MAX);
    return with(action.attempts(), action.guard(), action.within(), limit);
  }

  /**
   * Sets the time limit of one attempt to hand the work out; replaces an earlier one. Default 10 s.
   *
   * @param limit more than zero, at most 24 h
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   */
  public AsyncStep<I, R> timeout(Duration limit) {
    Check.between(Check.ofStep(name(), "timeout"), limit, Attempts.TIMEOUT_LIMIT);
    return with(action.attempts().withTimeout(limit));
  }

  /**
   * Sets when a failed attempt to hand the work out is made again; replaces an earlier policy.
   * Default: 5 attempts before the pivot, without end after it, see {@link Retry}. If the last one
   * is not answered, the work may be in somebody's hands, and the step waits to be completed.
   */
  public AsyncStep<I, R> retry(Retry policy) {
    return with(action.attempts().withRetry(Objects.requireNonNull(policy, "policy")));
  }

  /**
   * Sets the exceptions that say that nothing was handed out and nothing can be, as if they were a
   * {@link io.skald.saga.error.PermanentFailure}; replaces earlier ones. Default: none.
   *
   * @throws IllegalArgumentException if one of them may also mean that a time limit has passed
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  public final AsyncStep<I, R> permanent(Class<? extends Throwable>... types) {
    for (Class<? extends Throwable> type : types) {
      Works.requireNoTimeLimit(name(), type);
    }
    return with(action.attempts().withPermanent(Set.copyOf(List.of(types))));
  }

  /**
   * Sets the guard around each attempt of the action and of the compensation; replaces an earlier
   * one. Default: none.
   *
   * @param name a guard the engine knows
   * @throws IllegalArgumentException if {@code name} is no name
   */
  public AsyncStep<I, R> guard(String name) {
    Check.name(Check.ofStep(name(), "guard"), name);
    return with(action.attempts(), name, action.within(), action.heartbeatWithin());
  }

  /**
   * Chooses among beans of the action's type; replaces an earlier qualifier.
   *
   * @throws IllegalArgumentException if the action is no bean, or {@code name} is no name
   */
  public AsyncStep<I, R> qualifier(String name) {
    Work work = Works.qualified(action.work(), Check.ofStep(name(), "qualifier"), name);
    return new AsyncStep<>(
        plan.withAction(
            new ActionPlan.Async(
                work,
                action.attempts(),
                action.guard(),
                action.within(),
                action.heartbeatWithin())));
  }

  /**
   * Sets what it means that the attempts are spent without success, or the work is not completed in
   * time; replaces an earlier one. Default: the saga compensates, or after the pivot is stuck. A
   * permanent failure is an answer, and has its meaning without this.
   */
  public AsyncStep<I, R> ifSpent(Spent<R> meaning) {
    return new AsyncStep<>(plan.withSpent(meaning));
  }

  /**
   * This step under another name.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public AsyncStep<I, R> as(String name) {
    return new AsyncStep<>(plan.withName(name));
  }

  /**
   * This step in a saga whose input is another one.
   *
   * @param input the type of that saga's input
   * @param derivation makes this step's input; what it throws is a permanent failure of the step
   */
  public <J> AsyncStep<J, R> from(Class<J> input, Derivation<? super J, ? extends I> derivation) {
    Objects.requireNonNull(input, "input");
    return new AsyncStep<>(plan.from(derivation));
  }

  /** Sets the compensation: it runs after success and when the outcome is unknown. */
  public CompensatableStep<I, R> compensation(RemoteCompensation<? super I, R> compensation) {
    return compensated(new Handler.Inline(compensation));
  }

  /** Sets the compensation, a bean: it runs after success and when the outcome is unknown. */
  public CompensatableStep<I, R> compensation(
      Class<? extends RemoteCompensation<? super I, R>> bean) {
    return compensated(new Handler.Bean(bean, null));
  }

  /** Says that the step may stand before the pivot without a compensation. */
  public CompensatableStep<I, R> needsNoCompensation() {
    return new CompensatableStep<>(plan);
  }

  private CompensatableStep<I, R> compensated(Handler handler) {
    return new CompensatableStep<>(
        plan.withCompensation(
            new CompensationPlan.Remote(
                new Work(handler, null),
                Attempts.defaults(),
                CompensationPlan.When.SUCCEEDED_OR_UNKNOWN)));
  }

  private AsyncStep<I, R> with(Attempts attempts) {
    return with(attempts, action.guard(), action.within(), action.heartbeatWithin());
  }

  private AsyncStep<I, R> with(
      Attempts attempts,
      @Nullable String guard,
      Duration within,
      @Nullable Duration heartbeatWithin) {
    return new AsyncStep<>(
        plan.withAction(
            new ActionPlan.Async(action.work(), attempts, guard, within, heartbeatWithin)));
  }
}

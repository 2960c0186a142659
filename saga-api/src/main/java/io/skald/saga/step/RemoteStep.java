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
 * A step whose action calls a participant, outside any transaction, at least once. As it is, it may
 * be the pivot (with {@link #verify(Verification)} or {@link
 * #compensationIfUnknown(RemoteCompensation)}) or follow it; with a compensation, or with the word
 * that it needs none, it may stand before the pivot. Immutable.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
@CheckReturnValue
public final class RemoteStep<I, R> implements Retriable<I, R> {
  private final TaskPlan plan;
  private final ActionPlan.Remote action;

  RemoteStep(TaskPlan plan) {
    this.plan = plan;
    this.action = (ActionPlan.Remote) plan.action();
  }

  @Override
  public TaskPlan plan() {
    return plan;
  }

  /**
   * Sets the time limit of one attempt; replaces an earlier one. Default 10 s. When it passes, the
   * attempt's thread is interrupted and the outcome is unknown.
   *
   * @param limit more than zero, at most 24 h
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   */
  public RemoteStep<I, R> timeout(Duration limit) {
    Check.between(Check.ofStep(name(), "timeout"), limit, Attempts.TIMEOUT_LIMIT);
    return with(action.attempts().withTimeout(limit));
  }

  /**
   * Sets when a failed attempt is made again; replaces an earlier policy. Default: 5 attempts up to
   * and including the pivot, without end after it, see {@link Retry}.
   *
   * @throws IllegalStateException if the step is {@link #atMostOnce()}
   */
  public RemoteStep<I, R> retry(Retry policy) {
    Objects.requireNonNull(policy, "policy");
    if (action.frequency() == ActionPlan.Frequency.AT_MOST_ONCE) {
      throw retriedAtMostOnce();
    }
    return with(action.attempts().withRetry(policy));
  }

  /**
   * Sets the exceptions by which the participant says that nothing happened and nothing can, as if
   * they were a {@link io.skald.saga.error.PermanentFailure}; replaces earlier ones. Default: none.
   *
   * @throws IllegalArgumentException if one of them may also mean that a time limit has passed,
   *     {@code Exception} or {@code IOException} for instance: then nobody knows what happened
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  public final RemoteStep<I, R> permanent(Class<? extends Throwable>... types) {
    for (Class<? extends Throwable> type : types) {
      Works.requireNoTimeLimit(name(), type);
    }
    return with(action.attempts().withPermanent(Set.copyOf(List.of(types))));
  }

  /**
   * Sets the guard around each attempt of the action and of the compensation: a circuit breaker,
   * bulkhead or rate limiter the engine knows by this name; replaces an earlier one. Default: none.
   * An attempt the guard does not admit is postponed and not counted.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   * @throws IllegalStateException if the step is {@link #atMostOnce()}: its attempt is recorded
   *     before the guard is asked
   */
  public RemoteStep<I, R> guard(String name) {
    if (action.frequency() == ActionPlan.Frequency.AT_MOST_ONCE) {
      throw guardedAtMostOnce();
    }
    return with(
        action.verification(), Check.name(Check.ofStep(name(), "guard"), name), action.frequency());
  }

  /**
   * Makes the action never be called twice: its attempt is recorded before it is made. If it ends
   * unanswered, the outcome is unknown for good.
   *
   * @throws IllegalStateException if a retry policy or a guard was set
   */
  public RemoteStep<I, R> atMostOnce() {
    if (action.guard() != null) {
      throw guardedAtMostOnce();
    }
    if (!action.attempts().retry().equals(Retry.defaults())) {
      throw retriedAtMostOnce();
    }
    Attempts once = action.attempts().withRetry(Retry.never());
    var atMostOnce = ActionPlan.Frequency.AT_MOST_ONCE;
    return with(
        new ActionPlan.Remote(
            action.work(), once, action.verification(), action.guard(), atMostOnce));
  }

  /**
   * Sets how to find out whether an unanswered attempt took effect, asked before each attempt that
   * follows one; replaces an earlier way. Default: none. It has the step's time limit.
   */
  public RemoteStep<I, R> verify(Verification<? super I, R> verification) {
    return verified(new Handler.Inline(verification));
  }

  /** Sets how to find out whether an unanswered attempt took effect, by a bean. */
  public RemoteStep<I, R> verify(Class<? extends Verification<? super I, R>> bean) {
    return verified(new Handler.Bean(bean, null));
  }

  /**
   * Sets which bean verifies where there are several of its type; replaces an earlier one. Default:
   * the only one.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds, or the verification is no
   *     bean
   * @throws IllegalStateException if the step has no verification
   */
  public RemoteStep<I, R> verifyQualifier(String name) {
    Work verification = action.verification();
    if (verification == null) {
      throw new IllegalStateException(
          "step " + name() + ": has no verification (expected: verifyQualifier after verify(..))");
    }
    return with(
        Works.qualified(verification, Check.ofStep(name(), "verifyQualifier"), name),
        action.guard(),
        action.frequency());
  }

  /**
   * Adds what compensates this step, as a pivot, when its outcome is unknown; it never runs after
   * success.
   */
  public PivotStep<I, R> compensationIfUnknown(RemoteCompensation<? super I, R> compensation) {
    return compensatedIfUnknown(new Handler.Inline(compensation));
  }

  /** Adds what compensates this step, as a pivot, when its outcome is unknown, by a bean. */
  public PivotStep<I, R> compensationIfUnknown(
      Class<? extends RemoteCompensation<? super I, R>> bean) {
    return compensatedIfUnknown(new Handler.Bean(bean, null));
  }

  /**
   * Sets which bean is meant where there are several of its type; replaces an earlier one. Default:
   * the only one.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds, or the action is no bean
   */
  public RemoteStep<I, R> qualifier(String name) {
    return with(
        new ActionPlan.Remote(
            Works.qualified(action.work(), Check.ofStep(name(), "qualifier"), name),
            action.attempts(),
            action.verification(),
            action.guard(),
            action.frequency()));
  }

  /**
   * Sets what it means that the attempts are spent without success; replaces an earlier one.
   * Default: the saga compensates, or after the pivot is stuck. A permanent failure is an answer,
   * and has its meaning without this.
   */
  public RemoteStep<I, R> ifSpent(Spent<R> meaning) {
    return new RemoteStep<>(plan.withSpent(meaning));
  }

  /**
   * This step under another name.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public RemoteStep<I, R> as(String name) {
    return new RemoteStep<>(plan.withName(name));
  }

  /**
   * This step with an input that is derived from another one, for what is declared so far.
   *
   * @param input the type of the other input, as a rule the saga's
   * @param derivation makes this step's input; pure
   */
  public <J> RemoteStep<J, R> from(Class<J> input, Derivation<? super J, ? extends I> derivation) {
    Objects.requireNonNull(input, "input");
    return new RemoteStep<>(plan.from(derivation));
  }

  /** Adds the compensation: it runs after success, and when the outcome is unknown. */
  public CompensatableStep<I, R> compensation(RemoteCompensation<? super I, R> compensation) {
    return compensated(new Handler.Inline(compensation));
  }

  /** Adds the compensation, by a bean: it runs after success, and when the outcome is unknown. */
  public CompensatableStep<I, R> compensation(
      Class<? extends RemoteCompensation<? super I, R>> bean) {
    return compensated(new Handler.Bean(bean, null));
  }

  /**
   * Says that nothing is to be done when the saga cannot go on: the action changes nothing that
   * matters.
   */
  public CompensatableStep<I, R> needsNoCompensation() {
    return new CompensatableStep<>(plan);
  }

  private CompensatableStep<I, R> compensated(Handler handler) {
    return new CompensatableStep<>(
        plan.withCompensation(compensation(handler, CompensationPlan.When.SUCCEEDED_OR_UNKNOWN)));
  }

  private PivotStep<I, R> compensatedIfUnknown(Handler handler) {
    return new PivotStep<>(
        plan.withCompensation(compensation(handler, CompensationPlan.When.UNKNOWN_ONLY)));
  }

  private static CompensationPlan compensation(Handler handler, CompensationPlan.When when) {
    return new CompensationPlan.Remote(new Work(handler, null), Attempts.defaults(), when);
  }

  private IllegalStateException retriedAtMostOnce() {
    return new IllegalStateException(
        "step " + name() + ": atMostOnce and retry contradict each other (expected: one of them)");
  }

  private IllegalStateException guardedAtMostOnce() {
    return new IllegalStateException(
        "step %s: atMostOnce and guard contradict each other (expected: the guard inside the action)"
            .formatted(name()));
  }

  private RemoteStep<I, R> verified(Handler handler) {
    return with(new Work(handler, null), action.guard(), action.frequency());
  }

  private RemoteStep<I, R> with(
      @Nullable Work verification, @Nullable String guard, ActionPlan.Frequency frequency) {
    return with(
        new ActionPlan.Remote(action.work(), action.attempts(), verification, guard, frequency));
  }

  private RemoteStep<I, R> with(Attempts attempts) {
    return with(
        new ActionPlan.Remote(
            action.work(), attempts, action.verification(), action.guard(), action.frequency()));
  }

  private RemoteStep<I, R> with(ActionPlan.Remote other) {
    return new RemoteStep<>(plan.withAction(other));
  }
}

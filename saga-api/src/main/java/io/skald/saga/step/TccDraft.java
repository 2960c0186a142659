package io.skald.saga.step;

import io.skald.saga.Retry;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.ConfirmationPlan;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.time.Duration;
import java.util.Objects;

/**
 * A TCC step that has its try, and neither confirmation nor cancel. Immutable.
 *
 * @param <I> the input of the step
 * @param <R> the result of the try
 */
@CheckReturnValue
public final class TccDraft<I, R> {
  private final RemoteStep<I, R> attempt;

  TccDraft(TaskPlan plan) {
    this(new RemoteStep<>(plan));
  }

  private TccDraft(RemoteStep<I, R> attempt) {
    this.attempt = attempt;
  }

  /** Sets the time limit of one attempt of the try; see {@link RemoteStep#timeout}. */
  public TccDraft<I, R> timeout(Duration limit) {
    return new TccDraft<>(attempt.timeout(limit));
  }

  /** Sets when a failed try is made again; see {@link RemoteStep#retry}. */
  public TccDraft<I, R> retry(Retry policy) {
    return new TccDraft<>(attempt.retry(policy));
  }

  /**
   * Sets the exceptions that are a permanent failure of the try; see {@link RemoteStep#permanent}.
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  public final TccDraft<I, R> permanent(Class<? extends Throwable>... types) {
    return new TccDraft<>(attempt.permanent(types));
  }

  /** Sets the guard around each attempt of try, confirmation and cancel. */
  public TccDraft<I, R> guard(String name) {
    return new TccDraft<>(attempt.guard(name));
  }

  /** Chooses among beans of the try's type; see {@link RemoteStep#qualifier}. */
  public TccDraft<I, R> qualifier(String name) {
    return new TccDraft<>(attempt.qualifier(name));
  }

  /**
   * Sets the confirmation: it is made once the pivot has succeeded, or without a pivot once every
   * step has, in the order of the tries.
   */
  public Confirmed<I, R> confirm(RemoteConfirmation<? super I, ? super R> confirmation) {
    return confirmed(new Handler.Inline(confirmation));
  }

  /** Sets the confirmation, a bean; see {@link #confirm(RemoteConfirmation)}. */
  public Confirmed<I, R> confirm(Class<? extends RemoteConfirmation<? super I, ? super R>> bean) {
    return confirmed(new Handler.Bean(bean, null));
  }

  private Confirmed<I, R> confirmed(Handler handler) {
    TaskPlan plan = attempt.plan();
    Work work = new Work(handler, null);
    return new Confirmed<>(plan, new ConfirmationPlan(work, Attempts.defaults()));
  }

  /**
   * A TCC step that has its try and its confirmation, and no cancel yet. Immutable.
   *
   * @param <I> the input of the step
   * @param <R> the result of the try
   */
  @CheckReturnValue
  public static final class Confirmed<I, R> {
    private final TaskPlan plan;
    private final ConfirmationPlan confirmation;

    private Confirmed(TaskPlan plan, ConfirmationPlan confirmation) {
      this.plan = plan;
      this.confirmation = confirmation;
    }

    /**
     * Sets the time limit of one attempt of the confirmation; replaces an earlier one. Default 10
     * s.
     *
     * @param limit more than zero, at most 24 h
     * @throws IllegalArgumentException if {@code limit} is out of bounds
     */
    public Confirmed<I, R> confirmTimeout(Duration limit) {
      Check.between(Check.ofStep(plan.name(), "confirmTimeout"), limit, Attempts.TIMEOUT_LIMIT);
      return with(confirmation.attempts().withTimeout(limit));
    }

    /**
     * Sets when a failed confirmation is made again; replaces an earlier policy. Default: without
     * end, doubling to a minute. When it is spent the saga is stuck.
     */
    public Confirmed<I, R> confirmRetry(Retry policy) {
      return with(confirmation.attempts().withRetry(Objects.requireNonNull(policy, "policy")));
    }

    /**
     * Sets the TCC cancel: it is made in the reverse order of completion, like a compensation, when
     * the try succeeded or its outcome is unknown and the saga cannot go on. Its options are those
     * of a compensation.
     */
    public CompensatableStep<I, R> cancel(RemoteCompensation<? super I, R> cancel) {
      return cancelled(new Handler.Inline(cancel));
    }

    /** Sets the TCC cancel, a bean; see {@link #cancel(RemoteCompensation)}. */
    public CompensatableStep<I, R> cancel(Class<? extends RemoteCompensation<? super I, R>> bean) {
      return cancelled(new Handler.Bean(bean, null));
    }

    private CompensatableStep<I, R> cancelled(Handler handler) {
      var compensation =
          new CompensationPlan.Remote(
              new Work(handler, null),
              Attempts.defaults(),
              CompensationPlan.When.SUCCEEDED_OR_UNKNOWN);
      return new CompensatableStep<>(
          plan.withCompensation(compensation).withConfirmation(confirmation));
    }

    private Confirmed<I, R> with(Attempts attempts) {
      return new Confirmed<>(plan, new ConfirmationPlan(confirmation.work(), attempts));
    }
  }
}

package io.skald.saga.step;

import io.skald.saga.Signal;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.time.Duration;
import java.util.Objects;

/**
 * A wait for a signal that does not yet say for how long. Immutable.
 *
 * @param <S> what the signal carries
 */
@CheckReturnValue
public final class AwaitDraft<S> {
  private final String name;
  private final Signal<S> signal;

  /**
   * Begins a wait; see {@link io.skald.saga.Step#await}.
   *
   * @param name the step's name
   * @param signal the signal
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public AwaitDraft(String name, Signal<S> signal) {
    this.name = Check.name("step", name);
    this.signal = Objects.requireNonNull(signal, "signal");
  }

  /**
   * Sets how long the saga waits, by the database's clock, from when it reaches the step.
   *
   * @param limit more than zero, at most {@link AwaitPlan#WITHIN_MAX}
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   */
  public Within<S> within(Duration limit) {
    Check.between(Check.ofStep(name, "within"), limit, AwaitPlan.WITHIN_MAX);
    return new Within<>(name, signal, limit);
  }

  /**
   * A wait that does not yet say what it means that no signal came. Immutable.
   *
   * @param <S> what the signal carries
   */
  @CheckReturnValue
  public static final class Within<S> {
    private final String name;
    private final Signal<S> signal;
    private final Duration limit;

    private Within(String name, Signal<S> signal, Duration limit) {
      this.name = name;
      this.signal = signal;
      this.limit = limit;
    }

    /** A wait after which the saga compensates if no signal came. Only before the pivot. */
    public CompensatablePart<Object, S> orCompensate() {
      return new CompensatablePart<>(
          new AwaitPlan(name, signal, limit, new AwaitPlan.Silence.Fails()));
    }

    /**
     * A wait after which the saga goes on with {@code fallback} if no signal came.
     *
     * @param fallback the step's result then
     */
    public NeutralStep<Object, S> orElse(S fallback) {
      return new NeutralStep<>(
          new AwaitPlan(name, signal, limit, new AwaitPlan.Silence.Yields(fallback)));
    }
  }
}

package io.skald.saga.definition;

import io.skald.saga.Signal;
import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Objects;

/**
 * A wait for a signal.
 *
 * @param name the step's name, unique in its saga
 * @param signal the signal
 * @param within how long it waits, by the database's clock
 * @param silence what it means that none came
 */
public record AwaitPlan(String name, Signal<?> signal, Duration within, Silence silence)
    implements StepPlan {
  /** The longest wait: 3,650 days. */
  public static final Duration WITHIN_MAX = Duration.ofDays(3650);

  /** Checks the name and the bound, and that nothing is missing. */
  public AwaitPlan {
    Check.name("step", name);
    Objects.requireNonNull(signal, "signal");
    Check.between(Check.ofStep(name, "within"), within, WITHIN_MAX);
    Objects.requireNonNull(silence, "silence");
  }

  /** What it means that no signal came in time. */
  public sealed interface Silence {

    /** The step failed: the saga compensates. */
    record Fails() implements Silence {}

    /**
     * The step succeeded with another value.
     *
     * @param fallback the value
     */
    record Yields(Object fallback) implements Silence {
      /** Checks that there is a value. */
      public Yields {
        Objects.requireNonNull(fallback, "fallback");
      }
    }
  }

  @Override
  public Type resultType() {
    return signal.type();
  }

  @Override
  public AwaitPlan withName(String other) {
    return new AwaitPlan(other, signal, within, silence);
  }

  @Override
  public AwaitPlan from(Derivation<?, ?> derivation) {
    return this;
  }
}

package io.skald.saga.definition;

import io.skald.saga.Done;
import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * A wait until a time, by the database's clock.
 *
 * @param name the step's name, unique in its saga
 * @param end when it is over
 */
public record DelayPlan(String name, End end) implements StepPlan {
  /** The longest wait: 3,650 days. */
  public static final Duration MAX = Duration.ofDays(3650);

  /** Checks the name, and that there is an end. */
  public DelayPlan {
    Check.name("step", name);
    Objects.requireNonNull(end, "end");
  }

  /** When a wait is over. */
  public sealed interface End {

    /**
     * A while after it began.
     *
     * @param duration how long, more than zero and at most {@link #MAX}
     */
    record After(Duration duration) implements End {
      /** Checks the bound. */
      public After {
        Check.between("delay", duration, MAX);
      }
    }

    /**
     * At a time; at once if that is past. One further away than {@link #MAX} fails the step.
     *
     * @param time makes the time
     */
    record At(Derivation<?, Instant> time) implements End {
      /** Checks that there is a time. */
      public At {
        Objects.requireNonNull(time, "time");
      }
    }
  }

  @Override
  public Type resultType() {
    return Done.class;
  }

  @Override
  public DelayPlan withName(String other) {
    return new DelayPlan(other, end);
  }

  @Override
  public DelayPlan from(Derivation<?, ?> derivation) {
    return switch (end) {
      case End.After after -> this;
      case End.At at ->
          new DelayPlan(name, new End.At(Derivations.composed(derivation, at.time())));
    };
  }
}

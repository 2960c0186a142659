package io.skald.saga.definition;

import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a step's action is made. */
public sealed interface ActionPlan {

  /** The code. */
  Work work();

  /** How its attempts are made. */
  Attempts attempts();

  /** This action with its input made from {@code derivation}. */
  ActionPlan from(Derivation<?, ?> derivation);

  /**
   * Inside one local transaction, together with its log row.
   *
   * @param work a {@code LocalAction} or {@code LocalTask}
   * @param attempts how its attempts are made
   */
  record Local(Work work, Attempts attempts) implements ActionPlan {
    /** Checks that nothing is missing. */
    public Local {
      Objects.requireNonNull(work, "work");
      Objects.requireNonNull(attempts, "attempts");
    }

    @Override
    public Local from(Derivation<?, ?> derivation) {
      return new Local(work.from(derivation), attempts);
    }
  }

  /**
   * Outside any transaction.
   *
   * @param work a {@code RemoteAction} or {@code RemoteTask}
   * @param attempts how its attempts are made
   * @param verification a {@code Verification}, asked after an attempt that ended unanswered
   * @param guard the name of the guard around each attempt
   * @param frequency whether an attempt that may have been made is made again
   */
  record Remote(
      Work work,
      Attempts attempts,
      @Nullable Work verification,
      @Nullable String guard,
      Frequency frequency)
      implements ActionPlan {
    /** Checks that nothing is missing. */
    public Remote {
      Objects.requireNonNull(work, "work");
      Objects.requireNonNull(attempts, "attempts");
      Objects.requireNonNull(frequency, "frequency");
    }

    @Override
    public Remote from(Derivation<?, ?> derivation) {
      return new Remote(
          work.from(derivation),
          attempts,
          verification == null ? null : verification.from(derivation),
          guard,
          frequency);
    }
  }

  /**
   * Handed out, outside any transaction, and completed by token.
   *
   * @param work an {@code AsyncAction}
   * @param attempts how the attempts to hand it out are made
   * @param guard the name of the guard around each attempt
   * @param within how long it waits to be completed, by the database's clock
   * @param heartbeatWithin how long it waits for a sign of life; null if none is needed
   */
  record Async(
      Work work,
      Attempts attempts,
      @Nullable String guard,
      Duration within,
      @Nullable Duration heartbeatWithin)
      implements ActionPlan {
    /** The longest wait: 3,650 days. */
    public static final Duration WITHIN_MAX = Duration.ofDays(3650);

    /** Checks the bounds, and that nothing is missing. */
    public Async {
      Objects.requireNonNull(work, "work");
      Objects.requireNonNull(attempts, "attempts");
      Check.between("within", within, WITHIN_MAX);
      if (heartbeatWithin != null) {
        Check.between("heartbeatWithin", heartbeatWithin, WITHIN_MAX);
      }
    }

    @Override
    public Async from(Derivation<?, ?> derivation) {
      return new Async(work.from(derivation), attempts, guard, within, heartbeatWithin);
    }
  }

  /** Whether a remote attempt that may have been made is made again. */
  enum Frequency {
    /** Repeated with the same idempotency key until it is answered. */
    AT_LEAST_ONCE,
    /** The attempt is recorded before it is made and never repeated. */
    AT_MOST_ONCE
  }
}

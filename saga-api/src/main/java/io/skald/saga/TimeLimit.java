package io.skald.saga;

import io.skald.saga.internal.Check;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a saga may take. Immutable.
 *
 * @param deadline from its start; null for without limit
 * @param kept the last part of it, in which the saga does nothing but compensate; zero for none
 * @param pivotOnlyInTime whether the pivot is begun only if there is time for the rest
 */
record TimeLimit(@Nullable Duration deadline, Duration kept, boolean pivotOnlyInTime) {
  static final TimeLimit NONE = new TimeLimit(null, Duration.ZERO, false);

  TimeLimit withDeadline(Duration duration) {
    Check.between("deadline", duration, SagaHead.DEADLINE_LIMIT);
    return new TimeLimit(duration, kept, pivotOnlyInTime);
  }

  TimeLimit withKept(Duration share) {
    Check.between("keptForCompensation", share, SagaHead.DEADLINE_LIMIT);
    return new TimeLimit(deadline, share, pivotOnlyInTime);
  }

  TimeLimit withPivotOnlyInTime() {
    return new TimeLimit(deadline, kept, true);
  }
}

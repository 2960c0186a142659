package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** Whether there is time for what follows the pivot, where the definition asks for that. Pure. */
final class PivotTime {
  private PivotTime() {}

  /**
   * Why the pivot is not to be begun, with what was seen and what is left: it is recorded as the
   * saga's reason, and is not asked for again. Empty where nobody asks, or nothing is known.
   */
  static Optional<String> refusal(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    if (!definition.isPivotOnlyInTime()) {
      return Optional.empty();
    }
    Optional<Duration> left = state.deadlineAt().map(at -> Duration.between(now, at));
    return state
        .rest()
        .flatMap(rest -> left.filter(it -> it.compareTo(rest) < 0).map(it -> words(it, rest)));
  }

  private static String words(Duration left, Duration rest) {
    return "too little of the deadline is left for what follows the pivot: %s, and in 99 of 100 sagas it took up to %s"
        .formatted(text(left), text(rest));
  }

  private static String text(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    return String.format(Locale.ROOT, "%d.%03d s", millis / 1000, millis % 1000);
  }
}

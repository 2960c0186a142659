package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The remote attempts of one saga that are being made beside each other. Confined to the thread
 * that runs the saga; the attempts have their own.
 */
final class UnderWay {
  /** Longer than any time limit: an attempt ends by itself. */
  private static final Duration LONG = Duration.ofDays(2);

  private final Crew.Crews crews;
  private final SagaId saga;
  private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
  private @Nullable Crew crew;
  private int count;

  /**
   * An attempt that was made.
   *
   * @param place which one
   * @param answer what became of it
   */
  record Ended(Place place, Answer answer) {}

  UnderWay(Crew.Crews crews, SagaId saga) {
    this.crews = crews;
    this.saga = saga;
  }

  void begin(Place place, Supplier<Answer> attempt) {
    Crew formed = crew == null ? crews.form() : crew;
    crew = formed;
    formed.begin(() -> ended.add(new Ended(place, made(attempt))));
    // one that could not be begun must not be waited for
    count++;
  }

  private Answer made(Supplier<Answer> attempt) {
    MDC.put("sagaId", saga.toString());
    try {
      return attempt.get();
    } catch (Throwable e) {
      // nothing is known of it, and the saga must not wait for it for ever
      String error = ErrorText.of(e);
      return Answer.Made.failed(new AttemptEnd.Unanswered(error), error);
    } finally {
      MDC.remove("sagaId");
    }
  }

  boolean isAny() {
    return count > 0;
  }

  /**
   * Waits for one attempt to end.
   *
   * @param max how long at most; empty for as long as it takes
   * @return empty if none has ended in time
   */
  Optional<Ended> awaitOne(Optional<Duration> max) throws InterruptedException {
    Duration patience = max.filter(left -> left.compareTo(LONG) < 0).orElse(LONG);
    if (crew == null || !crew.awaitOne(patience.isNegative() ? Duration.ZERO : patience)) {
      return Optional.empty();
    }
    count--;
    return Optional.of(ended.remove());
  }

  void awaitAll() throws InterruptedException {
    while (isAny()) {
      var unused = awaitOne(Optional.empty());
    }
  }
}

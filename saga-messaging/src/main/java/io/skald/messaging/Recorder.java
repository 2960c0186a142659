package io.skald.messaging;

import io.skald.engine.runtime.Sources;
import io.skald.engine.spi.OutboxMessage;
import io.skald.engine.spi.OutboxStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what became of messages: all that came while the last write was under way with the
 * next one. What cannot be written is tried again as long as this process lives; if that ends
 * first, the messages are sent again. A row that is locked is left for the next write: whoever
 * locks it holds up no other.
 */
final class Recorder implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
  private static final Duration PAUSE_MIN = Duration.ofMillis(100);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(5);

  private final OutboxStore store;
  private final Sources sources;
  private final Consumer<Outcome> recorded;
  private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  private final AtomicInteger unwritten = new AtomicInteger();
  private volatile @Nullable Long writingSince;

  /** What became of a message. */
  sealed interface Outcome {
    OutboxMessage message();

    /** The broker has it. */
    record Sent(OutboxMessage message) implements Outcome {}

    /** It failed while others did not, and is tried again. */
    record Postponed(OutboxMessage message, Duration retryAfter, String error) implements Outcome {}

    /** No broker will take it. */
    record Failed(OutboxMessage message, String error) implements Outcome {}
  }

  /**
   * A recorder.
   *
   * @param sources where time comes from
   * @param recorded hears of each outcome that is written
   */
  Recorder(OutboxStore store, Sources sources, Consumer<Outcome> recorded) {
    this.store = store;
    this.sources = sources;
    this.recorded = recorded;
  }

  void record(Outcome outcome) {
    unwritten.incrementAndGet();
    outcomes.add(outcome);
  }

  /** Whether there is something it has not written yet. */
  boolean isBusy() {
    return unwritten.get() > 0;
  }

  /** For how long it has been trying to write what it is at; zero if it is at nothing. */
  Duration writingFor() {
    Long since = writingSince;
    return since == null ? Duration.ZERO : Duration.ofNanos(sources.nanoTime() - since);
  }

  /** Writes until it is interrupted. */
  @Override
  public void run() {
    try {
      List<Outcome> batch = new ArrayList<>();
      while (true) {
        @Nullable Outcome next =
            batch.isEmpty()
                ? outcomes.take()
                : outcomes.poll(PAUSE_MIN.toNanos(), TimeUnit.NANOSECONDS);
        if (next != null) {
          batch.add(next);
        }
        outcomes.drainTo(batch);
        batch = writeAll(batch);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Answers what is to be written again, as its rows are locked. */
  private List<Outcome> writeAll(List<Outcome> batch) throws InterruptedException {
    writingSince = sources.nanoTime();
    List<OutboxMessage> sent = new ArrayList<>();
    for (Outcome outcome : batch) {
      switch (outcome) {
        case Outcome.Sent one -> sent.add(one.message());
        case Outcome.Postponed one ->
            insist(() -> store.postpone(one.message(), one.retryAfter(), one.error()));
        case Outcome.Failed one -> insist(() -> store.fail(one.message(), one.error()));
      }
    }
    List<Outcome> left = new ArrayList<>();
    if (!sent.isEmpty()) {
      insist(() -> store.sent(sent).forEach(message -> left.add(new Outcome.Sent(message))));
    }
    batch.removeAll(left);
    batch.forEach(recorded);
    writingSince = null;
    unwritten.addAndGet(-batch.size());
    return left;
  }

  /** Whatever is thrown: without this thread nothing would be recorded for ever. */
  private static void insist(Runnable write) throws InterruptedException {
    Duration pause = PAUSE_MIN;
    while (true) {
      try {
        write.run();
        return;
      } catch (RuntimeException | Error e) {
        if (pause.equals(PAUSE_MIN)) {
          LOG.warn("cannot record what became of messages; tried again until it is written", e);
        }
        Thread.sleep(pause);
        pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
      }
    }
  }
}

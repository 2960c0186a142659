package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Checks what is due, one invariant after the other, and waits until something is. Runs on a thread
 * of its own, and nobody waits for it.
 */
final class CheckLoop {
  /** Clocks may jump, and others may forget an invariant: it is looked at least that often. */
  private static final Duration PAUSE_MAX = Duration.ofSeconds(30);

  /** What is due while somebody else is at it is looked at no more often. */
  private static final Duration PAUSE_MIN = Duration.ofMillis(100);

  /** What a check may take on top of its query: to get connections, and to record the answer. */
  private static final Duration MARGIN = Duration.ofSeconds(30);

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final InvariantRuns runs;
  private final AskInvariant asks;
  private final ReadInvariants reader;
  private final List<Invariant> invariants;
  private final Duration lease;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private boolean isOpened;
  private volatile List<InvariantReport> latest = List.of();
  private volatile @Nullable String trouble;

  CheckLoop(
      InvariantRuns runs, AskInvariant asks, ReadInvariants reader, List<Invariant> invariants) {
    this.runs = runs;
    this.asks = asks;
    this.reader = reader;
    this.invariants = List.copyOf(invariants);
    this.lease =
        invariants.stream()
            .map(Invariant::timeout)
            .max(Duration::compareTo)
            .orElse(Duration.ZERO)
            .plus(MARGIN);
    this.thread = Thread.ofPlatform().daemon().name("skald-reconciliation").unstarted(this::run);
  }

  synchronized void open() {
    if (isOpened || isClosing()) {
      throw new IllegalStateException("the reconciliation was opened before (expected: once)");
    }
    isOpened = true;
    thread.start();
  }

  List<InvariantReport> latest() {
    return latest;
  }

  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void run() {
    try {
      Duration pause = Duration.ZERO;
      while (!closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        pause = attempt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A turn that throws would be the last one. */
  private Duration attempt() {
    try {
      Duration pause = turn();
      trouble = null;
      return pause;
    } catch (SagaStoreException e) {
      if (trouble == null) {
        StoreLog.notReconciled(e);
      }
      trouble = e.getMessage();
    } catch (RuntimeException | Error e) {
      StoreLog.reconciliationFault(e);
      trouble = e.getClass().getName();
    }
    return PAUSE_MAX;
  }

  /** Checks what is due. Answers how long it is until something is due again. */
  Duration turn() {
    runs.declare(invariants);
    Optional<InvariantRuns.Run> run = claim();
    while (run.isPresent()) {
      check(run.get());
      run = isClosing() ? Optional.empty() : claim();
    }
    latest = reader.report();
    return untilDue();
  }

  private Optional<InvariantRuns.Run> claim() {
    return runs.claim(invariants, UUID.randomUUID(), lease);
  }

  private void check(InvariantRuns.Run run) {
    Invariant invariant = run.invariant();
    try {
      if (!runs.record(run, asks.ask(invariant))) {
        StoreLog.answeredTooLate(invariant);
      }
    } catch (AskInvariant.UnansweredException e) {
      StoreLog.notChecked(invariant, e.getMessage());
      boolean unused = runs.fail(run, String.valueOf(e.getMessage()));
      return;
    }
    report(invariant);
  }

  /** Says it once when something is confirmed, and when nothing is any more. */
  private void report(Invariant invariant) {
    int before = confirmed(invariant);
    latest = reader.report();
    int now = confirmed(invariant);
    if (now > before) {
      StoreLog.violated(invariant, now);
    } else if (before > 0 && now == 0) {
      StoreLog.holdsAgain(invariant);
    }
  }

  private int confirmed(Invariant invariant) {
    return latest.stream()
        .filter(report -> report.name().equals(invariant.name()))
        .mapToInt(InvariantReport::confirmed)
        .sum();
  }

  private Duration untilDue() {
    return latest.stream()
        .filter(report -> invariants.stream().anyMatch(one -> one.name().equals(report.name())))
        .map(report -> Duration.between(report.readAt(), report.dueAt()))
        .min(Duration::compareTo)
        .map(CheckLoop::bounded)
        .orElse(PAUSE_MAX);
  }

  private static Duration bounded(Duration pause) {
    if (pause.compareTo(PAUSE_MIN) < 0) {
      return PAUSE_MIN;
    }
    return pause.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause;
  }

  synchronized void close() {
    closing.countDown();
    if (isOpened) {
      try {
        boolean unused = thread.join(PATIENCE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

package io.skald.chaos;

import io.skald.chaos.BenchSagas.Errand;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Callers who start errands one after another, each as soon as its last one has ended, and who ask
 * again, with the same key, when they were not answered.
 */
final class Load implements AutoCloseable {
  private static final int CALLERS = 8;

  private final BenchSagas errands;
  private final List<SagaEngine> engines;
  private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
  private final List<Future<Integer>> working;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private volatile boolean stopping;

  Load(BenchSagas errands, SagaEngine... engines) {
    this.errands = errands;
    this.engines = List.of(engines);
    this.working =
        IntStream.range(0, CALLERS).mapToObj(caller -> callers.submit(() -> work(caller))).toList();
  }

  private int work(int caller) throws InterruptedException {
    SagaEngine engine = engines.get(caller % engines.size());
    int started = 0;
    while (!stopping) {
      SagaHandle<Done> handle = start(engine, new Errand(next.getAndIncrement()));
      started++;
      awaitEnd(handle);
    }
    return started;
  }

  /** A start whose answer is lost is made again: its key keeps it from being there twice. */
  private SagaHandle<Done> start(SagaEngine engine, Errand errand) {
    while (true) {
      try {
        return engine.start(errands.saga, errand);
      } catch (SagaStoreException e) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      }
    }
  }

  /** Patient, but not for ever: the run of the saga may be another node's by now. */
  private void awaitEnd(SagaHandle<Done> handle) throws InterruptedException {
    while (!stopping) {
      try {
        SagaEnd<Done> unused = handle.await(Duration.ofSeconds(1));
        ended.incrementAndGet();
        return;
      } catch (TimeoutException | SagaStoreException e) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      }
    }
  }

  int ended() {
    return ended.get();
  }

  /** Waits until so many more have ended. */
  void awaitEnded(int more) {
    int before = ended.get();
    Bench.await(more + " more errands").until(() -> ended.get() >= before + more);
  }

  /** Waits until none has ended for two seconds. */
  void awaitStandstill() {
    Bench.await("a standstill").during(Duration.ofSeconds(2)).until(isAsBefore());
  }

  private Callable<Boolean> isAsBefore() {
    var before = new AtomicInteger(-1);
    return () -> before.getAndSet(ended.get()) == ended.get();
  }

  /** Starts no more; answers how many were started. */
  int stop() throws InterruptedException, ExecutionException {
    stopping = true;
    int started = 0;
    for (Future<Integer> caller : working) {
      started += caller.get();
    }
    return started;
  }

  @Override
  public void close() {
    stopping = true;
    callers.close();
  }
}

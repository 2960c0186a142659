package io.skald.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Callers that run one saga after another. */
final class Load {
  private static final AtomicLong ORDERS = new AtomicLong();

  private final Side side;
  private final int callers;

  Load(Side side, int callers) {
    this.side = side;
    this.callers = callers;
  }

  /**
   * What one round gave.
   *
   * @param sagas how many sagas ended
   * @param nanos how long that took
   * @param p50Nanos the time from start to end that half of them did not exceed
   * @param p99Nanos the time that all but a hundredth did not exceed
   */
  record Round(long sagas, long nanos, double p50Nanos, double p99Nanos) {
    static Round of(long nanos, long[] sorted) {
      return new Round(sorted.length, nanos, percentile(sorted, 0.5), percentile(sorted, 0.99));
    }

    private static double percentile(long[] sorted, double share) {
      return sorted[(int) (sorted.length * share)];
    }

    double perSecond() {
      return sagas * 1e9 / nanos;
    }
  }

  /** Runs sagas for {@code duration}; those under way then are still waited for, and count. */
  Round during(Duration duration) throws Exception {
    long end = System.nanoTime() + duration.toNanos();
    return run(() -> System.nanoTime() < end);
  }

  /** Runs {@code sagas} sagas. */
  Round exactly(long sagas) throws Exception {
    var left = new AtomicLong(sagas);
    return run(() -> left.decrementAndGet() >= 0);
  }

  private Round run(BooleanSupplier goesOn) throws Exception {
    List<Callable<long[]>> tasks = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      tasks.add(() -> call(goesOn));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
      long begin = System.nanoTime();
      List<Future<long[]>> futures = threads.invokeAll(tasks);
      long nanos = System.nanoTime() - begin;
      return Round.of(nanos, all(futures));
    }
  }

  private static long[] all(List<Future<long[]>> futures)
      throws ExecutionException, InterruptedException {
    long[] latencies = new long[0];
    for (Future<long[]> future : futures) {
      long[] some = future.get();
      int length = latencies.length;
      latencies = Arrays.copyOf(latencies, length + some.length);
      System.arraycopy(some, 0, latencies, length, some.length);
    }
    Arrays.sort(latencies);
    return latencies;
  }

  private long[] call(BooleanSupplier goesOn) throws Exception {
    long[] latencies = new long[1024];
    int count = 0;
    while (goesOn.getAsBoolean()) {
      if (count == latencies.length) {
        latencies = Arrays.copyOf(latencies, count * 2);
      }
      PlaceOrder order = order(ORDERS.incrementAndGet());
      long begin = System.nanoTime();
      side.run(order);
      latencies[count++] = System.nanoTime() - begin;
    }
    return Arrays.copyOf(latencies, count);
  }

  private PlaceOrder order(long number) {
    return new PlaceOrder(
        side.prefix() + number,
        "customer-" + number % 5000,
        "12 Harbour Street, 20457 Hamburg",
        100 + number % 90_000);
  }
}

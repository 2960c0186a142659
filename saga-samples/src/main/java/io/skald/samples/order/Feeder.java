package io.skald.samples.order;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The customers: places the orders of the file, and places each again until it is accepted. */
final class Feeder implements AutoCloseable {
  private static final int AT_ONCE = 16;
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration CHECK = Duration.ofMillis(20);

  private final JsonClient client;
  private final List<PlaceOrder> orders;
  private final Duration interval;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore places = new Semaphore(AT_ONCE);
  private final AtomicInteger placed = new AtomicInteger();
  private final AtomicInteger allowed = new AtomicInteger();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  /**
   * A feeder that has not begun.
   *
   * @param perSecond how many orders to place in a second, at most
   */
  Feeder(String ordersUrl, List<PlaceOrder> orders, int perSecond) {
    this.client = new JsonClient(ordersUrl);
    this.orders = List.copyOf(orders);
    this.interval = Duration.ofSeconds(1).dividedBy(perSecond);
  }

  /** Says how many orders may have been placed by now; at first none. */
  void allow(int count) {
    allowed.set(count);
  }

  /** Begins, and does not wait. */
  void start() {
    threads.execute(this::feed);
  }

  /**
   * How many orders were accepted.
   *
   * @throws IllegalStateException if the orders service has refused one
   */
  int placed() {
    RuntimeException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
    return placed.get();
  }

  boolean isDone() {
    return placed() == orders.size();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private void feed() {
    try {
      long start = System.nanoTime();
      for (int n = 0; n < orders.size(); n++) {
        PlaceOrder order = orders.get(n);
        long due = start + n * interval.toNanos();
        Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
        awaitAllowed(n);
        places.acquire();
        threads.execute(() -> place(order));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RejectedExecutionException e) {
      if (!threads.isShutdown()) {
        failure.compareAndSet(null, e);
      }
    }
  }

  private void awaitAllowed(int number) throws InterruptedException {
    while (number >= allowed.get()) {
      Thread.sleep(CHECK);
    }
  }

  private void place(PlaceOrder order) {
    try {
      while (!isAccepted(order)) {
        Thread.sleep(PAUSE);
      }
      placed.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    } finally {
      places.release();
    }
  }

  private boolean isAccepted(PlaceOrder order) throws InterruptedException {
    try {
      var reply = client.post("/orders", order, Map.of(), LIMIT);
      if (reply.status() / 100 == 4) {
        throw new IllegalStateException(order.orderId() + " was refused: " + reply.problem());
      }
      return reply.status() == 202;
    } catch (IOException e) {
      return false; // the service is down, or died before it answered: the same order again
    }
  }
}

package io.skald.samples.order;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The clerks who approve dear orders: they grant most, refuse some, forget some, and answer some
 * twice. What was asked while the service was down they find when it is back.
 */
final class Desk implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final int KINDS = 8;

  private final JsonClient client;
  private final Thread clerk;

  /** A desk nobody sits at yet. */
  Desk(String ordersUrl) {
    client = new JsonClient(ordersUrl);
    clerk = Thread.ofVirtual().name("desk").unstarted(this::work);
  }

  /** Begins to work, and does not wait. */
  void start() {
    clerk.start();
  }

  /** What the desk says to an order; nothing if it forgets it. */
  static Optional<Messages.Verdict> verdict(String orderId) {
    return switch (kind(orderId)) {
      case 0 -> Optional.of(Messages.Verdict.REFUSED);
      case 1 -> Optional.empty();
      default -> Optional.of(Messages.Verdict.GRANTED);
    };
  }

  /** How often it says so. */
  static int times(String orderId) {
    return kind(orderId) % 3 == 0 ? 2 : 1;
  }

  @Override
  public void close() {
    clerk.interrupt();
  }

  private static int kind(String orderId) {
    return Math.floorMod(orderId.hashCode(), KINDS);
  }

  private void work() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws InterruptedException {
    try {
      var open = client.find("/approvals", Map.of(), LIMIT);
      for (String orderId : open.status() == 200 ? open.body(String[].class) : new String[0]) {
        answer(orderId);
      }
    } catch (IOException e) {
      // the service is down: the desk looks again
    }
  }

  private void answer(String orderId) throws IOException, InterruptedException {
    Optional<Messages.Verdict> verdict = verdict(orderId);
    for (int n = 0; verdict.isPresent() && n < times(orderId); n++) {
      var decision = new Messages.Decision(orderId, verdict.get());
      client.post("/approvals", decision, Map.of(), LIMIT);
    }
  }
}

package io.skald.engine.runtime;

import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NodeId;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The limits of the fleet as one saga meets them. It has one place in a queue, so its branches ask
 * one after another, and none of them asks while another one has been queued: of a thousand
 * branches a thousand would ask in vain each time. Safe for use by several threads.
 */
final class SagaLimits {
  private final FleetLimits fleet;
  private final ReentrantLock asking = new ReentrantLock();
  private final Map<Queue, Duration> queued = new ConcurrentHashMap<>();

  private record Queue(String guard, Lane lane) {}

  SagaLimits(FleetLimits fleet) {
    this.fleet = fleet;
  }

  /** As {@link FleetLimits#admit}. */
  AdmittedAttempt admit(@Nullable String guard, LimitedAttempt attempt, NodeId node)
      throws FleetLimits.QueuedException, GuardRejectedException {
    if (guard == null || !fleet.knows(guard)) {
      return fleet.admit(guard, attempt, node);
    }
    var queue = new Queue(guard, attempt.lane());
    asking.lock();
    try {
      Duration rest = queued.get(queue);
      if (rest != null) {
        throw new FleetLimits.QueuedException("limit " + guard + ": the saga is queued", rest);
      }
      return fleet.admit(guard, attempt, node);
    } catch (FleetLimits.QueuedException e) {
      queued.put(queue, e.retryAfter());
      throw e;
    } finally {
      asking.unlock();
    }
  }

  /** Whether one was queued behind the guard, and none is to ask before it. */
  boolean isQueued(String guard) {
    return queued.keySet().stream().anyMatch(queue -> queue.guard().equals(guard));
  }

  /** Has the next attempt behind the guard ask, though one was queued. */
  void askAgain(String guard) {
    queued.keySet().removeIf(queue -> queue.guard().equals(guard));
  }
}

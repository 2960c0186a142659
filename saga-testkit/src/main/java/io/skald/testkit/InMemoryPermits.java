package io.skald.testkit;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Permit;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The limits of the fleet: who has a permit, and who waits. Guarded by the store's lock. */
final class InMemoryPermits {
  private static final Comparator<Waiter> QUEUE =
      Comparator.comparing(Waiter::lane).reversed().thenComparing(Waiter::number);

  private final InstantSource clock;
  private final InMemorySagas sagas;
  private final InMemoryNodes nodes;
  private final List<Permit> granted = new ArrayList<>();
  private final Map<String, Instant> arrivals = new HashMap<>();
  private final Map<Place, Waiter> waiters = new HashMap<>();
  private long asked;

  private record Place(String limit, SagaId saga) {}

  /**
   * Who waits.
   *
   * @param number the order of asking first: a clock may stand still in between
   * @param wokenAt null for one that was not woken since it asked last
   */
  private record Waiter(
      Place place, Lane lane, long number, Instant since, @Nullable Instant wokenAt) {
    Waiter wokenAt(Instant at) {
      return new Waiter(place, lane, number, since, at);
    }

    /** A time that lies ahead is that of a clock that was set back. */
    boolean isJustWoken(Instant now) {
      return wokenAt != null && wokenAt.isAfter(now.minus(Limit.PATIENCE)) && !wokenAt.isAfter(now);
    }
  }

  InMemoryPermits(InstantSource clock, InMemorySagas sagas, InMemoryNodes nodes) {
    this.clock = clock;
    this.sagas = sagas;
    this.nodes = nodes;
  }

  Admission admit(Limit limit, LimitedAttempt attempt, Permit permit) {
    Instant now = clock.instant();
    var place = new Place(limit.name(), attempt.saga());
    Waiter before = waiters.get(place);
    var asking =
        before == null
            ? new Waiter(place, attempt.lane(), ++asked, now, null)
            : new Waiter(place, attempt.lane(), before.number(), before.since(), null);
    long ahead =
        waiting(limit)
            .filter(waiter -> QUEUE.compare(waiter, asking) < 0)
            .filter(waiter -> isComing(waiter, now) || isReady(waiter))
            .count();
    if (free(limit, now) <= ahead || !nodes.isAlive(permit.node())) {
      waiters.put(place, asking);
      return new Admission.Queued(Duration.between(asking.since(), now));
    }
    waiters.remove(place);
    return switch (limit) {
      case Limit.Concurrent concurrent -> {
        granted.add(permit);
        yield new Admission.Admitted(Duration.ZERO);
      }
      case Limit.Rate rate -> {
        Instant turn = arrival(rate, now);
        arrivals.put(rate.name(), turn.plus(rate.interval()));
        yield new Admission.Admitted(Duration.between(now, turn));
      }
    };
  }

  /** How many permits can be granted now, whoever waits for them. */
  private long free(Limit limit, Instant now) {
    return switch (limit) {
      case Limit.Concurrent(String name, int attemptsMax) -> {
        granted.removeIf(permit -> !nodes.isAlive(permit.node()));
        yield attemptsMax - granted.stream().filter(it -> it.limit().equals(name)).count();
      }
      case Limit.Rate rate -> {
        Duration left = Duration.between(arrival(rate, now), now.plus(window(rate)));
        yield left.toNanos() / rate.interval().toNanos();
      }
    };
  }

  private static Duration window(Limit.Rate rate) {
    return rate.interval().plus(Limit.Rate.AHEAD);
  }

  /**
   * When the next turn comes. A clock that was set back, or a number that was changed, puts it off
   * no further than to the turn after those that can be taken now.
   */
  private Instant arrival(Limit.Rate rate, Instant now) {
    Instant latest = now.plus(window(rate));
    Instant arrival = arrivals.getOrDefault(rate.name(), now);
    Instant bounded = arrival.isBefore(latest) ? arrival : latest;
    arrivals.put(rate.name(), bounded);
    return bounded.isBefore(now) ? now : bounded;
  }

  boolean giveBack(Permit permit) {
    granted.remove(permit);
    return waiters.values().stream()
        .anyMatch(it -> it.place().limit().equals(permit.limit()) && it.wokenAt() == null);
  }

  List<Permit> of(Collection<Limit> limits, NodeId node) {
    List<String> names = limits.stream().map(Limit::name).toList();
    return granted.stream()
        .filter(permit -> permit.node().equals(node) && names.contains(permit.limit()))
        .toList();
  }

  void wake(Collection<Limit> limits, Lane lane) {
    limits.forEach(limit -> wake(limit, lane, clock.instant()));
  }

  private void wake(Limit limit, Lane lane, Instant now) {
    List<Waiter> queue = waiting(limit).sorted(QUEUE).toList();
    long wanted = free(limit, now) - comingBeforeTheForemost(queue, now);
    for (Waiter waiter : queue) {
      if (isLongAbsent(waiter, now)) {
        waiters.remove(waiter.place());
      } else if (waiter.wokenAt() == null && waiter.lane().compareTo(lane) >= 0 && wanted > 0) {
        wanted -= look(waiter, now);
      }
    }
  }

  /** Who is on the way and less urgent than the foremost keeps no permit from that one. */
  private long comingBeforeTheForemost(List<Waiter> queue, Instant now) {
    Lane foremost =
        queue.stream()
            .filter(waiter -> waiter.wokenAt() == null)
            .findFirst()
            .map(Waiter::lane)
            .orElse(Lane.ORDINARY);
    return queue.stream()
        .filter(waiter -> waiter.lane().compareTo(foremost) >= 0)
        .filter(waiter -> isComing(waiter, now))
        .count();
  }

  /** Answers how many were woken. */
  private int look(Waiter waiter, Instant now) {
    StoredSaga saga = sagas.of(waiter.place().saga());
    if (saga == null || saga.status().isEnd() || saga.status() == SagaStatus.STUCK) {
      waiters.remove(waiter.place());
    } else if (isReady(waiter)) {
      saga.wake(now);
      if (nodes.liveDefinitions().anyMatch(saga.started().definition()::equals)) {
        waiters.put(waiter.place(), waiter.wokenAt(now));
        return 1;
      }
      waiters.remove(waiter.place());
    }
    return 0;
  }

  private static boolean isLongAbsent(Waiter waiter, Instant now) {
    return waiter.wokenAt() != null && !waiter.wokenAt().isAfter(now.minus(Limit.ABSENCE_MAX));
  }

  /** Whoever rests again without having asked is not on the way any more. */
  private boolean isComing(Waiter waiter, Instant now) {
    StoredSaga saga = sagas.of(waiter.place().saga());
    return waiter.isJustWoken(now) && saga != null && saga.isOwnedOrDue(now);
  }

  /** Whether nobody runs the saga, and a look can have it come. */
  private boolean isReady(Waiter waiter) {
    StoredSaga saga = sagas.of(waiter.place().saga());
    return waiter.wokenAt() == null && saga != null && saga.isParked();
  }

  private Stream<Waiter> waiting(Limit limit) {
    return waiters.values().stream().filter(it -> it.place().limit().equals(limit.name()));
  }
}

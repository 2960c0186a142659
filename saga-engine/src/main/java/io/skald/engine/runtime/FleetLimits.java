package io.skald.engine.runtime;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Permit;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits of the fleet: asked before the application's own guard of the same name. All that is
 * promised is kept by the store, under the lock of the limit; here is no more than what this node
 * was granted. Waiters are woken by looks, at every poll and whenever one is worth its while, and
 * never by somebody who remembers them: what one look misses the next one finds. Safe for use by
 * several threads.
 */
public final class FleetLimits {
  private static final Logger LOG = LoggerFactory.getLogger(FleetLimits.class);

  /**
   * How long a waiter rests at least before it asks by itself, which it need not: 30 s. Later it is
   * as long as it has waited, so that a long queue asks seldom.
   */
  private static final Duration REST_MIN = Duration.ofSeconds(30);

  private static final Duration REST_MAX = Duration.ofHours(1);

  private final List<Limit> limits;
  private final Map<String, LimitDoor> doors;
  private final SagaStore store;
  private final Sources sources;
  private final Consumer<Duration> alarm;
  private final Set<Permit> held = ConcurrentHashMap.newKeySet();
  private final Outage waking = new Outage();
  private Set<Permit> unheld = Set.of();

  /**
   * Limits.
   *
   * @param limits the limits, one for each name
   * @param store keeps them
   * @param sources ids and randomness
   * @param alarm has the loop look for waiters after a while
   */
  FleetLimits(
      Collection<Limit> limits, SagaStore store, Sources sources, Consumer<Duration> alarm) {
    this.limits = List.copyOf(limits);
    this.doors =
        limits.stream()
            .collect(
                Collectors.toMap(
                    Limit::name, limit -> new LimitDoor(limit, store, sources, alarm)));
    this.store = store;
    this.sources = sources;
    this.alarm = alarm;
  }

  /** No limits at all. */
  public static FleetLimits none(SagaStore store, Sources sources) {
    return new FleetLimits(List.of(), store, sources, delay -> {});
  }

  /**
   * Asks for what an attempt behind a guard needs, and waits for its turn if that is about to come.
   *
   * @param guard the guard's name; null for none
   * @param attempt what is to be admitted
   * @param node the node that makes it
   * @throws QueuedException if there is no permit; the attempt is in the queue
   * @throws GuardRejectedException if the store could not be asked
   */
  AdmittedAttempt admit(@Nullable String guard, LimitedAttempt attempt, NodeId node)
      throws QueuedException, GuardRejectedException {
    LimitDoor door = guard == null ? null : doors.get(guard);
    if (door == null) {
      return AdmittedAttempt.unlimited();
    }
    Limit limit = door.limit();
    var permit = new Permit(limit.name(), node, sources.newId());
    // held before it is there: a look for permits nobody holds must not find it in between
    held.add(permit);
    boolean isAdmitted = false;
    try {
      awaitTurn(limit, ask(door, attempt, permit));
      isAdmitted = true;
      return AdmittedAttempt.with(made -> giveBack(limit, permit, made));
    } finally {
      if (!isAdmitted) {
        held.remove(permit);
      }
    }
  }

  /** Answers in how long its turn comes, or throws. */
  private Duration ask(LimitDoor door, LimitedAttempt attempt, Permit permit)
      throws QueuedException, GuardRejectedException {
    Limit limit = door.limit();
    return switch (door.ask(attempt, permit)) {
      case Admission.Admitted(Duration turn) -> {
        if (limit instanceof Limit.Rate rate) {
          door.looks().after(turn.plus(rate.interval()).minus(Limit.Rate.AHEAD));
        }
        yield turn;
      }
      case Admission.Queued(Duration waited) -> {
        door.looks()
            .after(limit instanceof Limit.Rate rate ? rate.interval() : LimitLooks.AFTER_MIN);
        throw new QueuedException("limit " + limit.name() + ": no permit", restAfter(waited));
      }
    };
  }

  private void awaitTurn(Limit limit, Duration turn) throws GuardRejectedException {
    if (!turn.isZero()) {
      try {
        sources.pause(turn);
      } catch (InterruptedException e) {
        throw LimitDoor.interrupted(limit);
      }
    }
  }

  /** Spread, so that those who queued together do not come back together. */
  private Duration restAfter(Duration waited) {
    Duration least = waited.compareTo(REST_MIN) > 0 ? waited : REST_MIN;
    Duration rest = least.compareTo(REST_MAX) < 0 ? least : REST_MAX;
    return rest.plusMillis((long) (rest.toMillis() * sources.random()));
  }

  /** A guard that rejects what it is offered would have one waiter after another come for it. */
  private void giveBack(Limit limit, Permit permit, boolean made) {
    held.remove(permit);
    if (limit instanceof Limit.Rate) {
      return;
    }
    try {
      boolean isAwaited = store.giveBack(permit);
      if (isAwaited && made) {
        alarm.accept(Duration.ZERO);
      }
    } catch (RuntimeException | Error e) {
      // whatever it is, what became of the attempt is known
      LOG.warn("limit {}: a permit is given back later, by the self-check", limit.name(), e);
    }
  }

  boolean isEmpty() {
    return limits.isEmpty();
  }

  /** Whether there is a limit of that name. */
  boolean knows(String name) {
    return doors.containsKey(name);
  }

  /**
   * Has those come for whom there are permits.
   *
   * @param lane {@link Lane#URGENT} if there is room for none but the urgent
   */
  void wakeWaiters(Lane lane) {
    doors.values().forEach(door -> door.looks().made());
    try {
      if (!store.wakeWaiters(limits, lane)) {
        alarm.accept(LimitLooks.AFTER_MIN);
      }
      if (waking.end()) {
        LOG.info("wakes those who wait for permits again");
      }
    } catch (RuntimeException | Error e) {
      // what is due is to be claimed all the same
      if (waking.isNews(e)) {
        LOG.warn("cannot wake those who wait for permits; tried again at every poll", e);
      }
    }
  }

  /** Why nobody was woken when it was last tried, if that is so. */
  Optional<String> trouble() {
    return Optional.ofNullable(waking.reason());
  }

  /**
   * Gives back what this node was granted and has not held in two checks running: whoever was to
   * hold it never heard of it, or could not give it back. Confined to one thread.
   *
   * @throws SagaStoreException if the store fails
   */
  void selfCheck(NodeId node) {
    if (limits.isEmpty()) {
      return;
    }
    var now = new HashSet<>(store.permits(limits, node));
    now.removeAll(held);
    var before = unheld;
    unheld = now;
    for (Permit permit : now) {
      if (before.contains(permit)) {
        boolean unused = store.giveBack(permit);
      }
    }
  }

  /** Not admitted for want of a permit: what has to wait for its turn is woken when it comes. */
  static final class QueuedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    QueuedException(String message, Duration retryAfter) {
      super(message);
      this.retryAfter = retryAfter;
    }

    /** When to ask again though nobody has it come. */
    Duration retryAfter() {
      return retryAfter;
    }
  }
}

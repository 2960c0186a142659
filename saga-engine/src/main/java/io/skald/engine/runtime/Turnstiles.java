package io.skald.engine.runtime;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.Rate;
import io.skald.saga.SagaId;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The limits and rates of a node, and the way through them. An attempt goes through those of its
 * definition and its step, or is turned away. Safe for use by several threads.
 */
public final class Turnstiles {
  /** How many turnstiles share the room that those who wait may take: an eighth for each. */
  private static final int ROOM_SHARE = 8;

  private final Sources sources;
  private final Map<Key, Turnstile> limits = new HashMap<>();
  private final Map<Key, Turnstile> rates = new HashMap<>();
  private final Map<Key, SlotSupply> supplies = new HashMap<>();

  private record Key(Limit.Subject subject, String name) {
    /** What the fleet calls it. */
    String text() {
      return subject.name().toLowerCase(Locale.ROOT) + ' ' + name;
    }
  }

  /** Which attempt it is, however often it comes. */
  private record Who(SagaId saga, String path, Direction direction) {}

  /** What became of an attempt that was to be made. */
  sealed interface Entry {
    /**
     * It may be made.
     *
     * @param pass what it gives back then
     */
    record Admitted(Pass pass) implements Entry {}

    /**
     * It may not be made now.
     *
     * @param retryAfter when it should come back
     */
    record TurnedAway(Duration retryAfter) implements Entry {}
  }

  /**
   * What a node keeps to.
   *
   * @param limits how many attempts at once; of the same subject and name the last one counts
   * @param rates how many in a while; the same
   * @param room how many sagas run on the node at the same time
   */
  record Bounds(Collection<Limit> limits, Collection<Rate> rates, int room) {}

  /** Limits and rates. */
  Turnstiles(Bounds bounds, SlotSupply.Means fleet, Sources sources) {
    this.sources = sources;
    for (Limit limit : bounds.limits()) {
      var key = new Key(limit.subject(), limit.name());
      int waiters = Math.max(1, Math.min(limit.atOnce(), bounds.room() / ROOM_SHARE));
      var unused = supplies.remove(key);
      limits.put(
          key,
          switch (limit.reach()) {
            case NODE -> new Turnstile(limit.atOnce(), waiters);
            case FLEET -> {
              var supply = new SlotSupply(fleet, key.text(), limit.atOnce());
              supplies.put(key, supply);
              yield new Turnstile(supply, waiters);
            }
          });
    }
    for (Rate rate : bounds.rates()) {
      var key = new Key(rate.subject(), rate.name());
      var supply = new TokenSupply(fleet.store(), sources::nanoTime, key.text(), rate);
      rates.put(key, new Turnstile(supply, Math.max(1, bounds.room() / ROOM_SHARE)));
    }
  }

  private Turnstiles(Sources sources) {
    this.sources = sources;
  }

  /** No limit at all. */
  public static Turnstiles none(Sources sources) {
    return new Turnstiles(sources);
  }

  /** Looks after what this node holds of limits over the fleet. */
  void check() {
    supplies.forEach(
        (key, supply) -> {
          find(limits, key).ifPresent(Turnstile::giveBackIdle);
          supply.check();
        });
  }

  /**
   * Goes through with an attempt; waits a moment if it has to.
   *
   * @param definition the name of its definition
   */
  Entry enter(SagaId saga, String definition, Place place) throws InterruptedException {
    List<Turnstile> way = wayOf(definition, place);
    if (way.isEmpty()) {
      return new Entry.Admitted(Pass.FREE);
    }
    Lane lane = laneOf(place);
    var who = new Who(saga, place.step().path(), place.direction());
    var pass = new Pass(lane, sources);
    boolean through = false;
    try {
      Optional<Turnstile> closed = pass.enter(way);
      through = closed.isEmpty();
      if (through) {
        way.forEach(turnstile -> turnstile.cameThrough(lane, who));
        return new Entry.Admitted(pass);
      }
      return new Entry.TurnedAway(
          closed.get().retryAfter(lane, who, sources.nanoTime(), sources.random()));
    } finally {
      if (!through) {
        pass.giveBack();
      }
    }
  }

  private List<Turnstile> wayOf(String definition, Place place) {
    if (limits.isEmpty() && rates.isEmpty()) {
      return List.of();
    }
    var saga = new Key(Limit.Subject.SAGA, definition);
    var step = new Key(Limit.Subject.STEP, place.step().name());
    // last what is used up: who is turned away before has used up nothing
    return Stream.of(find(limits, saga), find(limits, step), find(rates, saga), find(rates, step))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<Turnstile> find(Map<Key, Turnstile> turnstiles, Key key) {
    return Optional.ofNullable(turnstiles.get(key));
  }

  /** What takes something back, confirms it, or stands behind the pivot, is not to be kept up. */
  private static Lane laneOf(Place place) {
    PlacedStep step = place.step();
    return place.direction() == Direction.ACTION && step.position() != Position.RETRIABLE
        ? Lane.ORDINARY
        : Lane.URGENT;
  }

  /** What an attempt holds while it is made. Given back once, by whichever thread. */
  static final class Pass {
    private static final Pass FREE = new Pass(Lane.ORDINARY, Sources.system());

    private final Lane lane;
    private final Sources sources;
    private final List<Turnstile> entered = new ArrayList<>(2);
    private final AtomicBoolean given = new AtomicBoolean();

    /** Begins an attempt that gives the pass back when it has ended. */
    @FunctionalInterface
    interface Beginning {
      void begin(Pass pass) throws InterruptedException;
    }

    private Pass(Lane lane, Sources sources) {
      this.lane = lane;
      this.sources = sources;
    }

    /** Goes the way; answers where it was turned away, if it was. */
    private Optional<Turnstile> enter(List<Turnstile> way) throws InterruptedException {
      for (Turnstile turnstile : way) {
        if (!turnstile.enter(lane)) {
          return Optional.of(turnstile);
        }
        entered.add(turnstile);
      }
      return Optional.empty();
    }

    /** Has an attempt begun; gives the pass back at once if that fails. */
    void carry(Beginning beginning) throws InterruptedException {
      boolean begun = false;
      try {
        beginning.begin(this);
        begun = true;
      } finally {
        if (!begun) {
          giveBack();
        }
      }
    }

    /** The attempt, which gives the pass back at its end. */
    <R> Supplier<R> around(Supplier<R> attempt) {
      if (entered.isEmpty()) {
        return attempt;
      }
      return () -> {
        long began = sources.nanoTime();
        try {
          return attempt.get();
        } finally {
          Duration underWay = Duration.ofNanos(sources.nanoTime() - began);
          entered.forEach(turnstile -> turnstile.observe(lane, underWay));
          giveBack();
        }
      };
    }

    /** Gives back what it holds, the first time. */
    void giveBack() {
      if (!entered.isEmpty() && given.compareAndSet(false, true)) {
        entered.forEach(Turnstile::leave);
      }
    }
  }
}

package io.skald.engine.machine;

import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The recorded history of a saga, folded event by event. Immutable. */
public final class SagaState {
  private final SagaStatus status;
  private final boolean turnedAround;
  private final boolean cancelRequested;
  private final @Nullable Instant deadlineAt;
  private final Map<Key, Entry> entries;
  private final int lastSeq;
  private final Doing doing;

  private record Key(String path, Direction direction) {}

  /**
   * What this owner does or has seen, and nobody else knows: it is not recorded.
   *
   * @param until when each attempt that was begun or postponed may be decided upon again; {@link
   *     Instant#MAX} for "when it has ended"
   * @param signals the signals seen; null if they have to be looked for
   * @param rest how long other sagas took from the pivot on; null if too little is known
   */
  private record Doing(
      Map<Key, Instant> until, @Nullable PendingSignals signals, @Nullable Duration rest) {
    static final Doing NOTHING = new Doing(Map.of(), null, null);

    Doing with(Key key, Instant when) {
      var more = new HashMap<>(until);
      more.put(key, when);
      return new Doing(more, signals, rest);
    }

    Doing without(Key key) {
      if (!until.containsKey(key)) {
        return this;
      }
      var fewer = new HashMap<>(until);
      fewer.remove(key);
      return new Doing(fewer, signals, rest);
    }

    Doing seeing(@Nullable PendingSignals other) {
      return new Doing(until, other, rest);
    }

    Doing knowing(@Nullable Duration other) {
      return new Doing(until, signals, other);
    }
  }

  private SagaState(
      SagaStatus status,
      boolean turnedAround,
      boolean cancelRequested,
      @Nullable Instant deadlineAt,
      Map<Key, Entry> entries,
      int lastSeq,
      Doing doing) {
    this.status = status;
    this.turnedAround = turnedAround;
    this.cancelRequested = cancelRequested;
    this.deadlineAt = deadlineAt;
    this.entries = entries;
    this.lastSeq = lastSeq;
    this.doing = doing;
  }

  /**
   * A saga of which nothing is recorded but its start.
   *
   * @param deadlineAt when its deadline passes; null for without limit
   */
  public static SagaState started(@Nullable Instant deadlineAt) {
    return new SagaState(SagaStatus.RUNNING, false, false, deadlineAt, Map.of(), 0, Doing.NOTHING);
  }

  /** This state after {@code event}. */
  public SagaState evolve(Event event) {
    return switch (event) {
      case Event.Recorded recorded -> with(recorded.entry());
      case Event.Begun(String path, Direction direction) ->
          with(doing.with(new Key(path, direction), Instant.MAX));
      case Event.Ended(String path, Direction direction) ->
          with(doing.without(new Key(path, direction)));
      case Event.Postponed(String path, Direction direction, Instant until) ->
          with(doing.with(new Key(path, direction), until));
      case Event.SignalsRead(PendingSignals signals) -> with(doing.seeing(signals));
      case Event.RestSeen(Duration rest) -> with(doing.knowing(rest));
      case Event.TurnedAround turned -> with(SagaStatus.COMPENSATING, true);
      case Event.CancelRequested cancel ->
          new SagaState(status, turnedAround, true, deadlineAt, entries, lastSeq, doing);
      case Event.Halted halted -> with(halted.status(), turnedAround);
      case Event.Resumed resumed ->
          with(turnedAround ? SagaStatus.COMPENSATING : SagaStatus.RUNNING, turnedAround);
    };
  }

  private SagaState with(Entry entry) {
    var more = new HashMap<>(entries);
    more.put(new Key(entry.path(), entry.direction()), entry);
    int last = Math.max(lastSeq, entry.seq());
    return new SagaState(status, turnedAround, cancelRequested, deadlineAt, more, last, doing);
  }

  /** This history, read anew, with what its owner does: the attempts under way and postponed. */
  public SagaState whileDoing(SagaState before) {
    return with(before.doing.seeing(null));
  }

  private SagaState with(Doing other) {
    return new SagaState(
        status, turnedAround, cancelRequested, deadlineAt, entries, lastSeq, other);
  }

  private SagaState with(SagaStatus other, boolean turned) {
    return new SagaState(other, turned, cancelRequested, deadlineAt, entries, lastSeq, doing);
  }

  /** Where the saga stands. */
  public SagaStatus status() {
    return status;
  }

  /** Whether the saga compensates, or did when it ended or got stuck. */
  public boolean isTurnedAround() {
    return turnedAround;
  }

  /** Whether an operator asked for the end of the forward path. */
  public boolean isCancelRequested() {
    return cancelRequested;
  }

  /** When the saga is to have begun its pivot. */
  public Optional<Instant> deadlineAt() {
    return Optional.ofNullable(deadlineAt);
  }

  /** The signals this owner has seen; empty if it has to look for them. */
  public Optional<PendingSignals> signals() {
    return Optional.ofNullable(doing.signals());
  }

  /** What 99 of 100 sagas took from the pivot on, at most; empty if too little is known. */
  Optional<Duration> rest() {
    return Optional.ofNullable(doing.rest());
  }

  /** Whether this owner makes an attempt of that step now. */
  public boolean isUnderWay(String path, Direction direction) {
    return Instant.MAX.equals(doing.until().get(new Key(path, direction)));
  }

  /** Whether this owner makes any attempt now. */
  public boolean isAnythingUnderWay() {
    return doing.until().containsValue(Instant.MAX);
  }

  /** When an attempt that was postponed may be made, if that is later than {@code now}. */
  Optional<Instant> postponedUntil(String path, Direction direction, Instant now) {
    return Optional.ofNullable(doing.until().get(new Key(path, direction))).filter(now::isBefore);
  }

  /** What is recorded of a step in one direction. */
  public Optional<Entry> entry(String path, Direction direction) {
    return Optional.ofNullable(entries.get(new Key(path, direction)));
  }

  /** The entries of one direction, the one recorded last first. */
  public Stream<Entry> latestFirst(Direction direction) {
    return entries.values().stream()
        .filter(entry -> entry.direction() == direction)
        .sorted(Comparator.comparingInt(Entry::seq).reversed());
  }

  /**
   * The entry of one direction that was recorded last of those that {@code condition} holds for.
   */
  Optional<Entry> latest(Direction direction, Predicate<Entry> condition) {
    Entry latest = null;
    for (Entry entry : entries.values()) {
      boolean isLater = latest == null || entry.seq() > latest.seq();
      if (isLater && entry.direction() == direction && condition.test(entry)) {
        latest = entry;
      }
    }
    return Optional.ofNullable(latest);
  }

  /** The {@code seq} of the next row. */
  public int nextSeq() {
    return lastSeq + 1;
  }
}

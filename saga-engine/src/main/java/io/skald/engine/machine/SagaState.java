package io.skald.engine.machine;

import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The recorded history of a saga, folded event by event. Immutable. */
public final class SagaState {
  private final SagaStatus status;
  private final boolean turnedAround;
  private final boolean cancelRequested;
  private final @Nullable Instant deadlineAt;
  private final Map<Key, Entry> entries;

  private record Key(String path, Direction direction) {}

  private SagaState(
      SagaStatus status,
      boolean turnedAround,
      boolean cancelRequested,
      @Nullable Instant deadlineAt,
      Map<Key, Entry> entries) {
    this.status = status;
    this.turnedAround = turnedAround;
    this.cancelRequested = cancelRequested;
    this.deadlineAt = deadlineAt;
    this.entries = entries;
  }

  /**
   * A saga of which nothing is recorded but its start.
   *
   * @param deadlineAt when it is to have begun its pivot; null for without limit
   */
  public static SagaState started(@Nullable Instant deadlineAt) {
    return new SagaState(SagaStatus.RUNNING, false, false, deadlineAt, Map.of());
  }

  /** This state after {@code event}. */
  public SagaState evolve(Event event) {
    return switch (event) {
      case Event.Recorded recorded -> with(recorded.entry());
      case Event.TurnedAround turned ->
          new SagaState(SagaStatus.COMPENSATING, true, cancelRequested, deadlineAt, entries);
      case Event.CancelRequested cancel ->
          new SagaState(status, turnedAround, true, deadlineAt, entries);
      case Event.Halted halted ->
          new SagaState(halted.status(), turnedAround, cancelRequested, deadlineAt, entries);
      case Event.Resumed resumed ->
          new SagaState(
              turnedAround ? SagaStatus.COMPENSATING : SagaStatus.RUNNING,
              turnedAround,
              cancelRequested,
              deadlineAt,
              entries);
    };
  }

  private SagaState with(Entry entry) {
    var more = new HashMap<>(entries);
    more.put(new Key(entry.path(), entry.direction()), entry);
    return new SagaState(status, turnedAround, cancelRequested, deadlineAt, more);
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

  /** The {@code seq} of the next row. */
  public int nextSeq() {
    return 1 + entries.values().stream().mapToInt(Entry::seq).max().orElse(0);
  }
}

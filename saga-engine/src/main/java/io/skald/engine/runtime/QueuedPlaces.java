package io.skald.engine.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a saga waits for permits while something else of it is under way. Confined to the thread
 * that runs the saga.
 */
final class QueuedPlaces {
  /** How long they rest before they ask again: 1 s. */
  private static final Duration REST = Duration.ofSeconds(1);

  private final Sources sources;
  private final SagaLimits limits;
  private final List<Place> places = new ArrayList<>();
  private long dueAt;

  QueuedPlaces(Sources sources, SagaLimits limits) {
    this.sources = sources;
    this.limits = limits;
  }

  /** Whether the saga is still queued where the place was turned away. */
  boolean isStillQueued(Place place) {
    return RemoteAttempts.guardOf(place.step()).filter(limits::isQueued).isPresent();
  }

  void add(Place place) {
    if (places.isEmpty()) {
      dueAt = sources.nanoTime() + REST.toNanos();
    }
    places.add(place);
  }

  /** One that asks again by itself, its own rest being over. */
  void remove(Place place) {
    if (places.remove(place)) {
      askAgain(place);
    }
  }

  /** How long to wait at most, so as not to miss that they are due. */
  Optional<Duration> sooner(Optional<Duration> max) {
    if (places.isEmpty()) {
      return max;
    }
    Duration left = Duration.ofNanos(dueAt - sources.nanoTime());
    return max.filter(other -> other.compareTo(left) < 0).or(() -> Optional.of(left));
  }

  /** Those that are to ask again now; all of them at a time, and each once. */
  List<Place> due() {
    if (places.isEmpty() || sources.nanoTime() < dueAt) {
      return List.of();
    }
    List<Place> due = List.copyOf(places);
    places.clear();
    due.forEach(this::askAgain);
    return due;
  }

  /** The one that may have the permit of an attempt of the same saga that has ended. */
  Optional<Place> after(Place ended) {
    Optional<String> guard = RemoteAttempts.guardOf(ended.step());
    Optional<Place> next =
        guard.flatMap(name -> places.stream().filter(place -> isBehind(place, name)).findFirst());
    next.ifPresent(this::remove);
    return next;
  }

  private static boolean isBehind(Place place, String guard) {
    return RemoteAttempts.guardOf(place.step()).filter(guard::equals).isPresent();
  }

  private void askAgain(Place place) {
    RemoteAttempts.guardOf(place.step()).ifPresent(limits::askAgain);
  }
}

package io.skald.testkit;

import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.PendingSignal;
import io.skald.engine.spi.PurgedPage;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.SignalRow;
import io.skald.engine.spi.Signals;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.UnclaimedPage;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.saga.definition.SignalName;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The signals that were sent. Guarded by the store's lock. */
final class InMemorySignals {
  private final Map<UUID, Sent> signals = new HashMap<>();
  private final Sagas sagas;
  private final Supplier<UUID> ids;

  /** Finds sagas. */
  @FunctionalInterface
  interface Sagas {
    Optional<StoredSaga> find(String definition, String businessKey);
  }

  /** A signal that was sent. */
  static final class Sent {
    private static final Comparator<Sent> EARLIEST_FIRST =
        Comparator.comparing((Sent sent) -> sent.at)
            .thenComparing(sent -> sent.signal.id().toString());

    private NewSignal signal;
    private final Instant at;
    private @Nullable Instant routedAt;
    private boolean consumed;

    private Sent(NewSignal signal, Instant at) {
      this.signal = signal;
      this.at = at;
    }

    private boolean isFor(NewSaga saga) {
      return signal.definition().equals(saga.definition().name())
          && signal.businessKey().equals(saga.businessKey());
    }

    private boolean carriesFor(NewSaga saga) {
      return isFor(saga) && (signal.payload() != null || signal.error() != null);
    }

    private void erase() {
      signal =
          new NewSignal(
              signal.id(), signal.definition(), signal.businessKey(), signal.name(), null, null);
    }

    /** A completion is there once, ever; a sign of life until it is heard. */
    private boolean precedes(NewSignal other) {
      return other.isOfStep()
          && signal.name().equals(other.name())
          && signal.definition().equals(other.definition())
          && signal.businessKey().equals(other.businessKey());
    }

    private PendingSignal listed() {
      return new PendingSignal(signal.id(), signal.name(), at);
    }

    private SignalRow row() {
      return new SignalRow(signal.id(), signal.name(), signal.payload(), signal.error(), at);
    }

    private SignalPosition position() {
      return new SignalPosition(at, signal.id());
    }

    private boolean isAfter(SignalPosition position) {
      int order = at.compareTo(position.sentAt());
      return order == 0
          ? signal.id().toString().compareTo(position.id().toString()) > 0
          : order > 0;
    }

    private UnclaimedSignal unclaimed(Instant since) {
      return new UnclaimedSignal(
          signal.id(), signal.definition(), signal.businessKey(), signal.name(), since);
    }
  }

  InMemorySignals(Sagas sagas, Supplier<UUID> ids) {
    this.sagas = sagas;
    this.ids = ids;
  }

  /** Writes a signal that is not routed yet, unless something is in its way. */
  SignalResult join(NewSignal signal, Instant now) {
    if (signals.containsKey(signal.id())) {
      return SignalResult.REPEATED;
    }
    if (signal.isOfStep() && !isHeard(signal)) {
      return SignalResult.CLOSED;
    }
    if (signals.values().stream().anyMatch(sent -> sent.precedes(signal))) {
      return SignalResult.PRECEDED;
    }
    signals.put(signal.id(), new Sent(signal, now));
    return SignalResult.ACCEPTED;
  }

  private boolean isHeard(NewSignal signal) {
    return sagas
        .find(signal.definition(), signal.businessKey())
        .map(saga -> saga.addressee(signal.point().path()))
        .filter(saga -> saga.hears(signal.point()))
        .isPresent();
  }

  SignalResult send(NewSignal signal, Instant now) {
    SignalResult joined = join(signal, now);
    return joined == SignalResult.ACCEPTED
        ? routed(Objects.requireNonNull(signals.get(signal.id())), now)
        : joined;
  }

  private SignalResult routed(Sent sent, Instant now) {
    Optional<StoredSaga> saga = sagaOf(sent);
    if (saga.isEmpty()) {
      return SignalResult.EARLY;
    }
    if (!saga.get().isUnfinished()) {
      return SignalResult.LATE;
    }
    route(sent, now);
    if (sent.signal.isOfStep()) {
      saga.get().fenceOutTimeUp(sent.signal.point().path(), now);
    }
    return SignalResult.ACCEPTED;
  }

  /** Sends what tells a parent, for the router. */
  void tell(NewSaga parent, String name, Instant now) {
    var signal =
        new NewSignal(
            ids.get(), parent.definition().name(), parent.businessKey(), name, null, null);
    signals.put(signal.id(), new Sent(signal, now));
  }

  private Optional<StoredSaga> sagaOf(Sent sent) {
    return sagas.find(sent.signal.definition(), sent.signal.businessKey());
  }

  private void route(Sent sent, Instant now) {
    sent.routedAt = now;
    sagaOf(sent).filter(StoredSaga::isUnfinished).ifPresent(saga -> saga.signalled(now));
  }

  int unrouted() {
    return (int) signals.values().stream().filter(sent -> sent.routedAt == null).count();
  }

  int route(int limit, Instant now) {
    List<Sent> unrouted = inOrder(sent -> sent.routedAt == null).limit(Math.max(0, limit)).toList();
    unrouted.forEach(sent -> route(sent, now));
    return unrouted.size();
  }

  private Stream<Sent> inOrder(Predicate<Sent> which) {
    return signals.values().stream().filter(which).sorted(Sent.EARLIEST_FIRST);
  }

  /** As many as are listed, the earliest of each name. */
  List<PendingSignal> pending(NewSaga saga) {
    Map<String, Integer> ofName = new HashMap<>();
    return inOrder(sent -> !sent.consumed && sent.isFor(saga))
        .map(sent -> new Ranked(sent, ofName.merge(sent.signal.name(), 1, Integer::sum)))
        .filter(ranked -> ranked.nth() <= Signals.OF_A_NAME_MAX)
        .sorted(Comparator.comparingInt(Ranked::nth))
        .limit(Signals.LISTED_MAX)
        .map(Ranked::sent)
        .sorted(Sent.EARLIEST_FIRST)
        .map(Sent::listed)
        .toList();
  }

  /** A signal, and whether it is the first of its name, the second, … */
  private record Ranked(Sent sent, int nth) {}

  Optional<SignalRow> pending(UUID id) {
    return Optional.ofNullable(signals.get(id)).filter(sent -> !sent.consumed).map(Sent::row);
  }

  /** Whether all of these are pending and the saga's. */
  boolean admits(NewSaga saga, List<UUID> ids) {
    return ids.stream().distinct().count() == ids.size()
        && ids.stream()
            .map(signals::get)
            .allMatch(sent -> sent != null && !sent.consumed && sent.isFor(saga));
  }

  /** Consumes what {@link #admits} was asked about. */
  void consume(Transition transition) {
    for (UUID id : transition.links().consumes()) {
      Sent sent = Objects.requireNonNull(signals.get(id));
      sent.consumed = true;
      sent.routedAt = sent.routedAt == null ? sent.at : sent.routedAt;
      if (SignalName.isNews(sent.signal.name())) {
        signals.remove(id);
      }
    }
  }

  UnclaimedPage unclaimed(Instant now, Duration age, SignalPosition after, int limit) {
    List<Sent> looked = looked(now.minus(age), after, limit);
    List<UnclaimedSignal> found =
        looked.stream()
            .filter(sent -> !SignalName.isNews(sent.signal.name()))
            .flatMap(sent -> since(sent).map(sent::unclaimed).stream())
            .toList();
    return new UnclaimedPage(found, now, next(looked, limit));
  }

  /** From when on nothing would take it; empty if something may. */
  private Optional<Instant> since(Sent sent) {
    Instant routedAt = sent.routedAt;
    Optional<StoredSaga> saga = sagaOf(sent);
    if (routedAt == null || saga.filter(StoredSaga::isUnfinished).isPresent()) {
      return Optional.empty();
    }
    return Stream.concat(Stream.of(routedAt), saga.map(StoredSaga::finishedAt).stream())
        .max(Comparator.naturalOrder());
  }

  private List<Sent> looked(Instant before, SignalPosition after, int limit) {
    return inOrder(sent -> !sent.consumed && !sent.at.isAfter(before) && sent.isAfter(after))
        .limit(Math.max(1, limit))
        .toList();
  }

  private static Optional<SignalPosition> next(List<Sent> looked, int limit) {
    return looked.size() < Math.max(1, limit)
        ? Optional.empty()
        : Optional.of(looked.getLast().position());
  }

  /** Forgets what the saga's signals carried; answers whether there was anything. */
  boolean eraseOf(NewSaga saga) {
    List<Sent> carrying = signals.values().stream().filter(sent -> sent.carriesFor(saga)).toList();
    carrying.forEach(Sent::erase);
    return !carrying.isEmpty();
  }

  /** Removes what was sent to a key for a saga that is not there; answers whether anything was. */
  boolean removeStrays(String businessKey) {
    return signals
        .values()
        .removeIf(sent -> sent.signal.businessKey().equals(businessKey) && sagaOf(sent).isEmpty());
  }

  void purgeOf(NewSaga saga) {
    signals.values().removeIf(sent -> sent.isFor(saga));
  }

  PurgedPage purge(Instant before, SignalPosition after, int limit) {
    List<Sent> looked = looked(before, after, limit);
    List<Sent> old = looked.stream().filter(sent -> sagaOf(sent).isEmpty()).toList();
    old.forEach(sent -> signals.remove(sent.signal.id()));
    return new PurgedPage(old.size(), next(looked, limit));
  }
}

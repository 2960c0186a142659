package io.skald.testkit;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who may take which saga over. Guarded by the store's lock.
 *
 * @param sagas all sagas
 * @param nodes the nodes that may be alive
 */
record InMemoryClaims(InMemorySagas sagas, InMemoryNodes nodes) {

  /**
   * Those of nodes that are dead first, then those that are due; of suspects one, and one of a dead
   * node's before all others.
   */
  List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit, Instant now) {
    if (!nodes.isAlive(node)) {
      return List.of();
    }
    List<StoredSaga> known =
        sagas.all().filter(saga -> definitions.contains(saga.started().definition())).toList();
    List<StoredSaga> orphans =
        known.stream()
            .filter(this::isOrphan)
            .sorted(Comparator.comparing(StoredSaga::isSuspect).reversed())
            .toList();
    Stream<StoredSaga> due =
        known.stream()
            .filter(saga -> saga.isDue(now))
            .sorted(Comparator.comparing(StoredSaga::wakeAt));
    List<StoredSaga> found = Stream.concat(orphans.stream(), due).toList();
    Optional<StoredSaga> suspect = found.stream().filter(StoredSaga::isSuspect).findFirst();
    return found.stream()
        .filter(saga -> !saga.isSuspect() || saga.equals(suspect.orElseThrow()))
        .limit(Math.max(0, limit))
        .map(saga -> claim(node, saga, now))
        .toList();
  }

  /** Whether a claim would find anything. */
  boolean isAnythingDue(Collection<DefinitionRef> definitions, Instant now) {
    return sagas
        .all()
        .filter(saga -> saga.isDue(now) || isOrphan(saga))
        .anyMatch(saga -> definitions.contains(saga.started().definition()));
  }

  private boolean isOrphan(StoredSaga saga) {
    NodeId owner = saga.owner();
    return owner != null && !nodes.isAlive(owner);
  }

  private static Claim claim(NodeId node, StoredSaga saga, Instant now) {
    NodeId before = saga.owner();
    saga.claim(node, now);
    return new Claim(saga.snapshot(now), before);
  }

  /** The definitions of sagas to be taken over that no live node can run. */
  List<DefinitionRef> orphanedDefinitions(Instant now) {
    return sagas
        .all()
        .filter(saga -> saga.isDue(now) || isOrphan(saga))
        .map(saga -> saga.started().definition())
        .distinct()
        .filter(ref -> nodes.liveDefinitions().noneMatch(ref::equals))
        .sorted(Comparator.comparing(DefinitionRef::name).thenComparing(DefinitionRef::version))
        .toList();
  }
}

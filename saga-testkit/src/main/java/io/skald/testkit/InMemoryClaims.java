package io.skald.testkit;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Poll;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
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
    Predicate<StoredSaga> due = saga -> saga.isDue(now);
    return nodes.isAlive(node)
        ? take(node, found(definitions, this::isOrphan, due), limit, now)
        : List.of();
  }

  /**
   * As {@link #claim}; of those that are due what is urgent, of dead nodes' what they had begun.
   */
  List<Claim> claimUrgent(
      NodeId node, Collection<DefinitionRef> definitions, int limit, Instant now) {
    Predicate<StoredSaga> due = saga -> saga.isDue(now) && saga.isUrgent();
    Predicate<StoredSaga> urgent = saga -> saga.isSuspect() || saga.isUrgent() || saga.isBegun();
    return nodes.isAlive(node)
        ? take(node, found(definitions, urgent.and(this::isOrphan), due), limit, now)
        : List.of();
  }

  private Stream<StoredSaga> known(Collection<DefinitionRef> definitions) {
    return sagas.all().filter(saga -> definitions.contains(saga.started().definition()));
  }

  private List<StoredSaga> found(
      Collection<DefinitionRef> definitions,
      Predicate<StoredSaga> ofDead,
      Predicate<StoredSaga> isDue) {
    Stream<StoredSaga> orphans =
        oneSuspectOf(
            known(definitions)
                .filter(ofDead)
                .sorted(Comparator.comparing(StoredSaga::isSuspect).reversed())
                .toList());
    Stream<StoredSaga> due =
        known(definitions).filter(isDue).sorted(Comparator.comparing(StoredSaga::wakeAt));
    return Stream.concat(orphans, due).toList();
  }

  private static Stream<StoredSaga> oneSuspectOf(List<StoredSaga> found) {
    Optional<StoredSaga> suspect = found.stream().filter(StoredSaga::isSuspect).findFirst();
    return found.stream().filter(saga -> !saga.isSuspect() || saga.equals(suspect.orElseThrow()));
  }

  private static List<Claim> take(NodeId node, List<StoredSaga> found, int limit, Instant now) {
    return oneSuspectOf(found)
        .limit(Math.max(0, limit))
        .map(saga -> claim(node, saga, now))
        .toList();
  }

  /** What a poll tells of these definitions. */
  Poll poll(int routed, Collection<DefinitionRef> definitions, Instant now) {
    List<StoredSaga> found =
        known(definitions).filter(saga -> saga.isDue(now) || isOrphan(saga)).toList();
    return new Poll(
        routed,
        !found.isEmpty(),
        found.stream().anyMatch(saga -> saga.isUrgent() || isOrphan(saga)));
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

package io.skald.testkit;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The nodes that have joined, and until when each is alive. Guarded by the store's lock. */
final class InMemoryNodes {
  private final InstantSource clock;
  private final Map<NodeId, Alive> nodes = new HashMap<>();

  private record Alive(NodeRegistration node, Instant expiresAt) {}

  InMemoryNodes(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Makes a node known and alive, unless there are conflicts.
   *
   * @param unfinished what the unfinished sagas run
   * @return the conflicts
   */
  List<String> join(NodeRegistration node, Supplier<Stream<DefinitionRef>> unfinished) {
    List<String> conflicts =
        node.definitions().stream().flatMap(ref -> conflicts(ref, unfinished.get())).toList();
    if (conflicts.isEmpty()) {
      // a node that is known stays as it is: to join again revives nobody
      nodes.putIfAbsent(node.id(), new Alive(node, clock.instant().plus(node.lease())));
    }
    return conflicts;
  }

  private Stream<String> conflicts(DefinitionRef ref, Stream<DefinitionRef> unfinished) {
    return Stream.concat(
        conflict(ref, unfinished, "unfinished sagas").stream(),
        conflict(ref, liveDefinitions(), "live nodes").stream());
  }

  private static Optional<String> conflict(
      DefinitionRef ref, Stream<DefinitionRef> used, String users) {
    List<DefinitionRef> others = used.filter(other -> contradicts(ref, other)).toList();
    return others.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s version %d has fingerprint %s here, but %d %s use it with fingerprint %s"
                .formatted(
                    ref.name(),
                    ref.version(),
                    ref.fingerprint(),
                    others.size(),
                    users,
                    others.getFirst().fingerprint()));
  }

  private static boolean contradicts(DefinitionRef one, DefinitionRef other) {
    return one.name().equals(other.name())
        && one.version() == other.version()
        && !one.fingerprint().equals(other.fingerprint());
  }

  /** What the nodes that are alive can run. */
  Stream<DefinitionRef> liveDefinitions() {
    return nodes.values().stream()
        .filter(alive -> alive.expiresAt().isAfter(clock.instant()))
        .flatMap(alive -> alive.node().definitions().stream());
  }

  boolean isAlive(NodeId node) {
    Alive alive = nodes.get(node);
    return alive != null && alive.expiresAt().isAfter(clock.instant());
  }

  boolean heartbeat(NodeId node) {
    if (!isAlive(node)) {
      return false;
    }
    nodes.computeIfPresent(
        node, (id, alive) -> new Alive(alive.node(), clock.instant().plus(alive.node().lease())));
    return true;
  }

  void leave(NodeId node) {
    nodes.remove(node);
  }
}

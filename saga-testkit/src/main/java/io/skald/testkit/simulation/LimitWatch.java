package io.skald.testkit.simulation;

import io.skald.engine.spi.Limit;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PermitRow;
import io.skald.saga.definition.LockKey;
import java.util.List;
import java.util.Objects;

/** What must hold of attempts that limits name, whenever one is made. */
final class LimitWatch {
  private static final int QUEUE_MAX = 1_000;

  private final Simulation simulation;
  private final Invariants invariants;

  LimitWatch(Simulation simulation, Invariants invariants) {
    this.simulation = simulation;
    this.invariants = invariants;
  }

  /** Its owner makes an attempt: it has a permit of each limit, and no more are given than are. */
  void onRequest(RemoteLedger.Request request, LogTree tree) {
    NodeId owner = Objects.requireNonNull(tree.found().saga().owner(), "owner");
    for (Limit limit : simulation.scenario().flow().limits()) {
      if (isOf(limit, request, tree)) {
        check(limit, keyOf(limit, owner), request);
      }
    }
  }

  private static boolean isOf(Limit limit, RemoteLedger.Request request, LogTree tree) {
    return switch (limit.subject()) {
      case SAGA -> tree.definition().name().equals(limit.name());
      case STEP -> tree.stepAt(request.path()).name().equals(limit.name());
    };
  }

  private static LockKey keyOf(Limit limit, NodeId node) {
    String key =
        switch (limit.reach()) {
          case NODE -> node.value().toString();
          case FLEET -> "";
        };
    return new LockKey(limit.subject().called(limit.name()), key);
  }

  private void check(Limit limit, LockKey key, RemoteLedger.Request request) {
    List<PermitRow> held =
        simulation.truth().permitQueue(key, QUEUE_MAX).stream()
            .filter(row -> row.heldAt() != null)
            .toList();
    String place = request.path() + " " + request.direction();
    invariants.require(
        held.stream()
            .anyMatch(row -> row.saga().equals(request.saga()) && row.place().equals(place)),
        Invariant.I22,
        "%s is made without a permit of %s",
        request,
        key);
    invariants.require(held.size() <= limit.atOnce(), Invariant.I22, "%s is held by %s", key, held);
  }
}

package io.skald.engine.runtime;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.FreedLocks;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.UnknownStatus;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to be looked after beside the loop: sagas this node owns but lost hold of, permits it
 * has but does not hold, definitions nobody can run, and locks nobody has. Confined to one thread.
 */
final class Housekeeper {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeper.class);

  /** At how many locks one look for lost ones looks: 5,000. */
  private static final int LOST_MAX = 5_000;

  private final Parts parts;
  private final Outage checking = new Outage();
  private final Outage searching = new Outage();
  private final Outage waking = new Outage();
  private Set<SagaId> missing = Set.of();
  private Optional<SagaId> searched = Optional.empty();

  Housekeeper(Parts parts) {
    this.parts = parts;
  }

  /**
   * Adopts what this node owns and has not held in two checks running: between its insert and its
   * launch a saga is owned and not held, too. Gives back what permits it has not held so.
   */
  void selfCheck() {
    parts
        .lease()
        .node()
        .ifPresent(
            node ->
                checking.attempt(
                    LOG,
                    "the self-check failed; it is made again with every heartbeat",
                    () -> {
                      check(node);
                      parts.context().fleet().selfCheck(node);
                    }));
  }

  private void check(NodeId node) {
    var now = new HashSet<SagaId>();
    for (SagaId saga : parts.context().store().owned(node)) {
      if (!parts.inFlight().holds(saga)) {
        now.add(saga);
      }
    }
    var before = missing;
    missing = now;
    now.stream().filter(before::contains).forEach(saga -> adopt(saga, node));
  }

  private void adopt(SagaId saga, NodeId node) {
    settled(saga, node)
        .ifPresent(
            run -> {
              LOG.warn("saga {}: owned but not held by this node; it goes on with it", saga);
              parts.launcher().launch(run);
            });
  }

  private Optional<SagaRun> settled(SagaId saga, NodeId node) {
    try {
      Optional<SagaSnapshot> found = parts.context().store().settle(saga, node);
      return found.flatMap(
          snapshot ->
              parts
                  .registry()
                  .find(snapshot.saga().definition())
                  .map(known -> SagaRun.adopted(known, parts.context(), node, snapshot)));
    } catch (SagaStoreException e) {
      // one of many in an outage, which is logged in full elsewhere
      LOG.warn("saga {}: cannot be adopted yet: {}", saga, e.getMessage());
      return Optional.empty();
    } catch (RuntimeException e) {
      // and no other saga is to be kept from being adopted by it
      LOG.error("saga {}: cannot be run here; looked at again with every heartbeat", saga, e);
      return Optional.empty();
    }
  }

  /**
   * Gives back the locks of sagas that were ended, or deleted, by who does not know of locks; a
   * stretch of them at a time.
   */
  void freeLostLocks() {
    searching.attempt(
        LOG, "cannot look for lost locks; looked for again every minute", this::freeSome);
  }

  private void freeSome() {
    FreedLocks lost = parts.context().store().freeLostLocks(searched, LOST_MAX);
    searched = lost.next();
    if (lost.count() > 0) {
      LOG.warn(
          "{} locks were held or waited for by sagas that have ended or are gone, and are given"
              + " back",
          lost.count());
    }
  }

  /**
   * Sees to what is left of the notes of locks that were given back: there may be no node any more
   * whose definitions have locks, and then no loop does it.
   */
  void wakeLockWaiters() {
    waking.attempt(
        LOG,
        "cannot wake sagas that wait for locks; tried again every minute",
        () -> {
          if (EngineLoop.wakeAll(parts.context().store())) {
            parts.alarm().ring();
          }
        });
  }

  /** Says which sagas are due that no live node can run. */
  void lookForOrphans() {
    try {
      List<String> orphans =
          parts.context().store().orphanedDefinitions().stream()
              .map(DefinitionRef::words)
              .distinct()
              .toList();
      if (!orphans.isEmpty()) {
        LOG.error(
            "sagas are due that no live node can run: {}; deploy a node that defines these"
                + " versions",
            orphans);
      }
    } catch (SagaStoreException e) {
      LOG.warn("cannot look for sagas no node can run; looked for again soon", e);
    }
  }

  /** Says which sagas are due of which this version does not know what they say. */
  void lookForUnknown() {
    try {
      List<String> unknown =
          parts.context().store().unknownStatuses().stream().map(Housekeeper::words).toList();
      if (!unknown.isEmpty()) {
        LOG.error(
            "sagas say what this version does not know: {}; nodes of this version leave them to"
                + " those of the version that wrote it, deploy one if there is none",
            unknown);
      }
    } catch (SagaStoreException e) {
      LOG.warn("cannot look for what this version does not know; looked for again soon", e);
    }
  }

  private static String words(UnknownStatus status) {
    return "%s (%d sagas, one is %s)".formatted(status.word(), status.sagas(), status.example());
  }
}

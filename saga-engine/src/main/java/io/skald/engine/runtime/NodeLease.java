package io.skald.engine.runtime;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's right to act: an incarnation in the store, kept alive by heartbeats, and trusted only
 * as long as the last one that was answered carries it by this node's own monotonic clock. A lease
 * that has run out is never revived: the node joins again as another incarnation. Safe for use by
 * several threads.
 */
final class NodeLease implements RunContext.Lease {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLease.class);

  private final SagaStore store;
  private final Sources sources;
  private final String name;
  private final Duration lease;
  private final List<DefinitionRef> definitions;
  private volatile @Nullable Incarnation current;
  private boolean left;

  /** An incarnation and the end of its right to act, on the monotonic clock. */
  private record Incarnation(NodeId id, long endNanos) {}

  NodeLease(
      SagaStore store,
      Sources sources,
      String name,
      Duration lease,
      List<DefinitionRef> definitions) {
    this.store = store;
    this.sources = sources;
    this.name = name;
    this.lease = lease;
    this.definitions = List.copyOf(definitions);
  }

  /**
   * Joins as a new incarnation.
   *
   * @throws SagaDefinitionException if a definition contradicts one in use
   */
  void join() {
    long sent = sources.nanoTime();
    var id = new NodeId(sources.newId());
    List<String> conflicts = store.join(new NodeRegistration(id, name, lease, definitions));
    if (!conflicts.isEmpty()) {
      throw new SagaDefinitionException(String.join("; ", conflicts), null, null);
    }
    current = new Incarnation(id, endOf(sent));
  }

  /** Sends a heartbeat; joins anew if the lease has run out. */
  synchronized void beat() {
    if (left) {
      // this beat was on its way when the node left: it must not join again
      return;
    }
    Incarnation before = current;
    try {
      long sent = sources.nanoTime();
      if (before != null && store.heartbeat(before.id())) {
        current = new Incarnation(before.id(), endOf(sent));
        return;
      }
      LOG.warn(
          "node {}: its lease ran out; its sagas are taken over, and it joins again as new", name);
      current = null;
      join();
    } catch (SagaStoreException e) {
      LOG.warn("node {}: no heartbeat; it stops acting when its lease runs out", name, e);
    } catch (SagaDefinitionException e) {
      LOG.error(
          "node {}: cannot join again and runs nothing until it can; finish the sagas in flight or"
              + " raise the definition's version",
          name,
          e);
    }
  }

  /** Leaves, so that others go on with what this node owns at once. */
  synchronized void leave() {
    left = true;
    Incarnation last = current;
    current = null;
    if (last != null) {
      store.leave(last.id());
    }
  }

  /** The incarnation under which this node may act now. */
  Optional<NodeId> node() {
    return Optional.ofNullable(current)
        .filter(incarnation -> sources.nanoTime() - incarnation.endNanos() < 0)
        .map(Incarnation::id);
  }

  @Override
  public boolean isHeld(NodeId node) {
    return node().filter(node::equals).isPresent();
  }

  /** A tenth of the lease, at most a second, is kept back for what takes time after the check. */
  private long endOf(long sent) {
    Duration margin = lease.dividedBy(10);
    Duration kept = margin.compareTo(Duration.ofSeconds(1)) > 0 ? Duration.ofSeconds(1) : margin;
    return sent + lease.minus(kept).toNanos();
  }
}

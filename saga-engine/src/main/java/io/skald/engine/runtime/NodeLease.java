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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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
  private static final Duration BEAT_WAIT_MAX = Duration.ofSeconds(5);

  private final SagaStore store;
  private final Sources sources;
  private final String name;
  private final Duration lease;
  private final List<DefinitionRef> definitions;
  private final ReentrantLock beating = new ReentrantLock();
  private final Outage outage = new Outage();
  private volatile @Nullable Incarnation current;
  private volatile @Nullable NodeId known;
  private volatile Part part = Part.MEMBER;

  /** What this node has to do with the others. */
  private enum Part {
    MEMBER,
    SILENT,
    LEFT
  }

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
    known = id;
    current = new Incarnation(id, endOf(sent));
  }

  /** Sends a heartbeat; joins anew if the lease has run out. */
  void beat() {
    beating.lock();
    try {
      // a beat that was on its way when the node left must not join again
      if (part == Part.MEMBER) {
        renew();
        endIfDue();
      }
    } finally {
      beating.unlock();
    }
  }

  private void renew() {
    Incarnation before = current;
    try {
      long sent = sources.nanoTime();
      if (before != null && store.heartbeat(before.id())) {
        current = new Incarnation(before.id(), endOf(sent));
      } else {
        joinAgain(before);
      }
      var unused = outage.end();
    } catch (SagaStoreException e) {
      if (outage.isNews(e)) {
        LOG.warn(
            "node {}: no heartbeat; it stops acting when its lease runs out, until it is alive"
                + " again",
            name,
            e);
      }
    } catch (SagaDefinitionException e) {
      if (outage.isNews(e)) {
        LOG.error(
            "node {}: cannot join again and runs nothing until it can; finish the sagas in flight"
                + " or raise the definition's version",
            name,
            e);
      }
    }
  }

  private void joinAgain(@Nullable Incarnation before) {
    if (before != null) {
      LOG.warn(
          "node {}: its lease ran out; its sagas are taken over, and it joins again as new", name);
      current = null;
    }
    if (part == Part.MEMBER) {
      join();
    }
  }

  /** Whoever ended this node's part did not wait for long: the beat under way ends it then. */
  private void endIfDue() {
    if (part != Part.MEMBER) {
      try {
        giveUp();
      } catch (SagaStoreException e) {
        LOG.warn("node {}: cannot leave; others take its sagas over when its lease ends", name, e);
      }
    }
  }

  /**
   * Leaves, so that others go on with what this node owns at once.
   *
   * @throws SagaStoreException if the store fails, or a beat is under way for too long, which then
   *     leaves when it is answered
   */
  void leave() {
    end(Part.LEFT);
  }

  /**
   * Beats no more, and may act until the lease runs out.
   *
   * @throws SagaStoreException as {@link #leave}
   */
  void fallSilent() {
    end(Part.SILENT);
  }

  private void end(Part as) {
    part = as;
    if (!isQuiet()) {
      throw new SagaStoreException(
          "a heartbeat is under way and not answered", SagaStoreException.Kind.TRANSIENT, null);
    }
    try {
      giveUp();
    } finally {
      beating.unlock();
    }
  }

  /** Waits for a beat that is under way, but not for long: a third of the lease, at most 5 s. */
  private boolean isQuiet() {
    Duration third = lease.dividedBy(3);
    Duration wait = third.compareTo(BEAT_WAIT_MAX) > 0 ? BEAT_WAIT_MAX : third;
    try {
      return beating.tryLock() || beating.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** An incarnation whose lease ran out is given up, too: the store may keep something for it. */
  private void giveUp() {
    NodeId last = known;
    known = null;
    if (part == Part.LEFT) {
      current = null;
    }
    if (last != null) {
      switch (part) {
        case LEFT -> store.leave(last);
        case SILENT, MEMBER -> store.release(last);
      }
    }
  }

  /** The incarnation under which this node may act now. */
  Optional<NodeId> node() {
    return Optional.ofNullable(current)
        .filter(incarnation -> part != Part.LEFT)
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

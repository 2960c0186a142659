package io.skald.engine.runtime;

import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Slot;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slots a node holds of one limit over the fleet. It keeps one while attempts follow upon each
 * other, for a {@link #TURN} at most, so that other nodes have theirs; it gives it back when nobody
 * here waits for it. What a node held whose lease has run out is not its any more, and may be taken
 * by another node while an attempt goes on: as every call of a node that was cut off. Safe for use
 * by several threads.
 */
final class SlotSupply implements Turnstile.Supply {
  private static final Logger LOG = LoggerFactory.getLogger(SlotSupply.class);

  /** How long a slot is handed on within the node: 1 s. */
  static final Duration TURN = Duration.ofSeconds(1);

  private final SagaStore store;
  private final Supplier<Optional<NodeId>> lease;
  private final LongSupplier nanoTime;
  private final String limit;
  private final int slots;
  private final Outage outage = new Outage();
  private final Deque<Held> held = new ArrayDeque<>();
  private Set<Slot> unknown = Set.of();
  private @Nullable NodeId holder;
  private boolean taking;

  private record Held(Slot slot, long sinceNanos) {}

  /**
   * What a supply works with.
   *
   * @param store where the slots are
   * @param lease the incarnation under which this node may act now
   * @param nanoTime the monotonic time
   */
  record Means(SagaStore store, Supplier<Optional<NodeId>> lease, LongSupplier nanoTime) {}

  SlotSupply(Means means, String limit, int slots) {
    this.store = means.store();
    this.lease = means.lease();
    this.nanoTime = means.nanoTime();
    this.limit = limit;
    this.slots = slots;
  }

  @Override
  public synchronized int spoiled() {
    if (holder == null || lease.get().filter(holder::equals).isPresent()) {
      return 0;
    }
    int lost = held.size();
    held.clear();
    unknown = Set.of();
    holder = null;
    return lost;
  }

  @Override
  public boolean isTaken() {
    Optional<NodeId> node = lease.get();
    if (node.isEmpty() || isWhole()) {
      return false;
    }
    begin();
    try {
      Optional<Slot> slot = store.takeSlot(node.get(), limit, slots);
      var unused = outage.end();
      return isKept(node.get(), slot);
    } catch (SagaStoreException e) {
      tell(e);
      return isKept(node.get(), Optional.empty());
    }
  }

  private synchronized void begin() {
    taking = true;
  }

  private synchronized boolean isWhole() {
    return held.size() >= slots;
  }

  /** One that came when its node was gone is not good any more. */
  private synchronized boolean isKept(NodeId node, Optional<Slot> slot) {
    taking = false;
    if (slot.isEmpty()) {
      return false;
    }
    if (holder == null) {
      holder = node;
    }
    boolean isGood = node.equals(holder) && lease.get().filter(node::equals).isPresent();
    if (isGood) {
      held.add(new Held(slot.get(), nanoTime.getAsLong()));
    }
    return isGood;
  }

  @Override
  public synchronized boolean isDueBack() {
    Held oldest = held.peek();
    return oldest != null && nanoTime.getAsLong() - oldest.sinceNanos() > TURN.toNanos();
  }

  @Override
  public void giveBack() {
    NodeId node;
    Held oldest;
    synchronized (this) {
      node = holder;
      oldest = held.poll();
    }
    if (node != null && oldest != null) {
      // what fails is found by the check
      give(node, oldest.slot());
    }
  }

  @Override
  public long paceNanos(long heldNanos, int permits) {
    return heldNanos / permits;
  }

  private void give(NodeId node, Slot slot) {
    try {
      store.giveSlot(node, slot);
      var unused = outage.end();
    } catch (SagaStoreException e) {
      tell(e);
    }
  }

  private void tell(SagaStoreException e) {
    if (outage.isNews(e)) {
      LOG.warn("limit {}: its slots cannot be reached; tried again", limit, e);
    }
  }

  /**
   * Gives back what could not be given back, and what is this node's without its knowing in two
   * checks running, as when the answer to its taking was lost.
   */
  void check() {
    Optional<NodeId> node = lease.get();
    if (node.isEmpty()) {
      return;
    }
    Set<Slot> stray = new HashSet<>();
    try {
      store.slots(node.get()).stream()
          .filter(slot -> slot.limit().equals(limit))
          .forEach(stray::add);
    } catch (SagaStoreException e) {
      tell(e);
      return;
    }
    Set<Slot> twice;
    synchronized (this) {
      held.forEach(one -> stray.remove(one.slot()));
      if (taking) {
        // its answer may be on the way
        stray.clear();
      }
      twice = new HashSet<>(stray);
      twice.retainAll(unknown);
      unknown = stray;
    }
    twice.forEach(slot -> give(node.get(), slot));
  }
}

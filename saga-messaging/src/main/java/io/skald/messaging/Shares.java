package io.skald.messaging;

import io.skald.engine.spi.OutboxStore;
import io.skald.engine.spi.RelayId;
import io.skald.engine.spi.RelayShare;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The buckets this relay sends from, as long as its last sign of life carries it by its own clock.
 * That is to spare receivers repeats: the order of keys does not rest on it. Confined to one
 * thread.
 */
final class Shares {
  private static final Logger LOG = LoggerFactory.getLogger(Shares.class);

  private final OutboxStore store;
  private final RelayId relay;
  private final Duration lease;
  private final Duration heartbeat;
  private final Set<Integer> buckets = new HashSet<>();
  private final Set<Integer> shedding = new HashSet<>();
  private boolean hasBeaten;
  private volatile @Nullable String trouble;
  private long beatAt;
  private long heldUntil;

  Shares(OutboxStore store, RelayId relay, Duration lease, Duration heartbeat) {
    this.store = store;
    this.relay = relay;
    this.lease = lease;
    this.heartbeat = heartbeat;
  }

  boolean isBeatDue(long now) {
    return !hasBeaten || now - beatAt >= heartbeat.toNanos();
  }

  /** How long it is until the next sign of life is due. */
  Duration untilBeat(long now) {
    return heartbeat.minusNanos(now - beatAt);
  }

  /**
   * Gives a sign of life, and learns what its share is.
   *
   * @param loaded how many messages of a bucket are in memory
   */
  void beat(long now, IntUnaryOperator loaded) {
    hasBeaten = true;
    beatAt = now;
    try {
      RelayShare share = store.keep(relay, lease);
      // what takes time after it was asked is kept back
      heldUntil = now + lease.toNanos() / 10 * 9;
      buckets.clear();
      buckets.addAll(share.buckets());
      List<Integer> emptiestFirst =
          share.buckets().stream()
              .sorted(Comparator.comparingInt(loaded::applyAsInt))
              .limit(share.surplus())
              .toList();
      shedding.clear();
      shedding.addAll(emptiestFirst);
      trouble = null;
    } catch (SagaStoreException e) {
      boolean isNew = trouble == null;
      trouble = ErrorLine.of(e);
      if (isNew) {
        LOG.warn("relay {}: no sign of life; it stops sending when its lease is over", relay, e);
      }
    }
  }

  /** Why there is no sign of life, if that is so. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** Whether what is loaded of a bucket is its own to send. */
  boolean isOwned(int bucket, long now) {
    return isHeld(now) && buckets.contains(bucket);
  }

  private boolean isHeld(long now) {
    return hasBeaten && now - heldUntil < 0;
  }

  /** Those of which more is wanted; none when the lease is over. */
  Set<Integer> wanted(long now) {
    if (!isHeld(now)) {
      return Set.of();
    }
    var wanted = new HashSet<>(buckets);
    wanted.removeAll(shedding);
    return wanted;
  }

  /** Gives those up that are more than its share, once nothing of them is loaded. */
  void shed(IntUnaryOperator loaded) {
    List<Integer> idle =
        shedding.stream().filter(bucket -> loaded.applyAsInt(bucket) == 0).toList();
    if (!idle.isEmpty()) {
      idle.forEach(buckets::remove);
      idle.forEach(shedding::remove);
      try {
        store.giveUp(relay, idle);
      } catch (SagaStoreException e) {
        // the next sign of life says what is still its own
        LOG.debug("relay {}: cannot give buckets up", relay, e);
      }
    }
  }

  /** Leaves all to others at once. */
  void leave() {
    buckets.clear();
    try {
      store.leave(relay);
    } catch (SagaStoreException e) {
      LOG.warn("relay {}: cannot leave; others take over when its lease is over", relay, e);
    }
  }
}

package io.skald.testkit;

import io.skald.engine.spi.LockRequest;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A lock that a saga has or waits for, in memory. Guarded by the store's lock. */
final class StoredLock {
  static final Comparator<StoredLock> BY_KEY =
      Comparator.comparing((StoredLock one) -> one.key.name()).thenComparing(one -> one.key.key());

  private final LockKey key;
  private final SagaId saga;
  private final int slots;
  private final Instant since;
  private final boolean shared;
  private @Nullable Integer slot;
  private @Nullable Instant heldAt;

  private StoredLock(SagaId saga, LockRequest.Wanted wanted, Instant since) {
    this.key = wanted.key();
    this.saga = saga;
    this.slots = wanted.slots();
    this.since = since;
    this.shared = false;
  }

  private StoredLock(StoredLock lent, SagaId saga, Instant now) {
    this.key = lent.key;
    this.saga = saga;
    this.slots = lent.slots;
    this.since = now;
    this.shared = true;
    this.slot = lent.slot;
    this.heldAt = now;
  }

  static StoredLock asked(SagaId saga, LockRequest.Wanted wanted, Instant now) {
    return new StoredLock(saga, wanted, now);
  }

  StoredLock sharedWith(SagaId other, Instant now) {
    return new StoredLock(this, other, now);
  }

  void hold(int which, Instant now) {
    slot = which;
    heldAt = now;
  }

  LockKey key() {
    return key;
  }

  SagaId saga() {
    return saga;
  }

  int slots() {
    return slots;
  }

  int slot() {
    return Objects.requireNonNull(slot, "slot");
  }

  boolean isOf(SagaId id) {
    return saga.equals(id);
  }

  boolean isHeld() {
    return heldAt != null;
  }

  boolean isShared() {
    return shared;
  }

  LockRow row() {
    return new LockRow(key, saga, since, heldAt);
  }
}

package io.skald.testkit;

import io.skald.engine.spi.PermitRequest;
import io.skald.engine.spi.PermitRow;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A permit that a saga has or waits for, in memory. Guarded by the store's lock. */
final class StoredPermit {
  static final Comparator<StoredPermit> BY_KEY =
      Comparator.comparing((StoredPermit one) -> one.key.name())
          .thenComparing(one -> one.key.key())
          .thenComparing(one -> one.place);

  private final LockKey key;
  private final SagaId saga;
  private final String place;
  private final int slots;
  private final int rank;
  private final Instant since;
  private final boolean shared;
  private @Nullable Integer slot;
  private @Nullable Instant heldAt;

  private StoredPermit(
      SagaId saga, String place, PermitRequest.Wanted wanted, int rank, Instant since) {
    this.key = wanted.key();
    this.saga = saga;
    this.place = place;
    this.slots = wanted.slots();
    this.rank = rank;
    this.since = since;
    this.shared = false;
  }

  private StoredPermit(StoredPermit lent, SagaId saga, String place, Instant now) {
    this.key = lent.key;
    this.saga = saga;
    this.place = place;
    this.slots = lent.slots;
    this.rank = lent.rank;
    this.since = now;
    this.shared = true;
    this.slot = lent.slot;
    this.heldAt = now;
  }

  static StoredPermit asked(
      SagaId saga, PermitRequest request, PermitRequest.Wanted wanted, Instant now) {
    return new StoredPermit(saga, request.place(), wanted, request.rank(), now);
  }

  StoredPermit sharedWith(SagaId other, String where, Instant now) {
    return new StoredPermit(this, other, where, now);
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

  int rank() {
    return rank;
  }

  int slot() {
    return Objects.requireNonNull(slot, "slot");
  }

  boolean isFor(SagaId id, String where) {
    return saga.equals(id) && place.equals(where);
  }

  boolean isHeld() {
    return heldAt != null;
  }

  boolean isShared() {
    return shared;
  }

  PermitRow row() {
    return new PermitRow(key, saga, place, since, heldAt);
  }
}

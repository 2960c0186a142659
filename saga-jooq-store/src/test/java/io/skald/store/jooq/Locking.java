package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockRequest.Wanted;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.saga.definition.LockKey;
import java.util.stream.Stream;

/** Sagas with locks, as the store knows them. */
final class Locking {
  static final LockKey ACCOUNT = new LockKey("account", "1");
  static final LockResult GRANTED = new LockResult.Granted();

  private Locking() {}

  static LockResult acquire(SagaStore store, Fence saga, LockKey... locks) {
    return store.acquireLocks(
        saga, LockRequest.of(Stream.of(locks).map(Wanted::one).toList(), null));
  }

  /** A saga that has just been started, and has these. */
  static Fence holding(SagaStore store, NodeId node, LockKey... locks) {
    Fence saga = Fixtures.started(store, node);
    LockResult result = acquire(store, saga, locks);
    if (!result.equals(GRANTED)) {
      throw new IllegalStateException(result.toString());
    }
    return saga;
  }

  /** Its end, with which it gives its locks back. */
  static Transition ended(Fence fence) {
    return Fixtures.ended(fence, Fixtures.succeeded("a", 1));
  }

  /** As an engine does at every poll. */
  static void wakeAll(SagaStore store) {
    while (store.wakeLockWaiters(16) > 0) {
      // until nothing is left to see to
    }
  }
}

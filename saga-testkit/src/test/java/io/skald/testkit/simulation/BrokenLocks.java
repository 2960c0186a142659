package io.skald.testkit.simulation;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a store may get wrong about locks. */
final class BrokenLocks {
  private BrokenLocks() {}

  /** Says that a saga has its locks, whoever else has them. */
  static final class GrantedToAll extends BrokenStore {
    GrantedToAll(SagaStore sound) {
      super(sound);
    }

    @Override
    public LockResult acquireLocks(Fence fence, LockRequest request) {
      LockResult unused = sound.acquireLocks(fence, request);
      return new LockResult.Granted();
    }
  }

  /** Says that a saga has its locks, and has nothing asked for. */
  static final class NeverAskedFor extends BrokenStore {
    NeverAskedFor(SagaStore sound) {
      super(sound);
    }

    @Override
    public LockResult acquireLocks(Fence fence, LockRequest request) {
      return new LockResult.Granted();
    }
  }

  /** Keeps what a saga was given from others, though it has ended. */
  static final class NeverFreed extends BrokenStore {
    private final Map<LockKey, SagaId> given = new HashMap<>();

    NeverFreed(SagaStore sound) {
      super(sound);
    }

    @Override
    public LockResult acquireLocks(Fence fence, LockRequest request) {
      List<LockKey> keys = request.wanted().stream().map(LockRequest.Wanted::key).toList();
      Optional<LockKey> kept =
          keys.stream()
              .filter(key -> !given.getOrDefault(key, fence.saga()).equals(fence.saga()))
              .findFirst();
      if (request.parent() == null && kept.isPresent()) {
        int signals = sound.signals(fence.saga()).routed();
        return new LockResult.Waiting(
            signals, kept.get().name(), given.get(kept.get()), LockResult.Turn.KEPT);
      }
      LockResult result = sound.acquireLocks(fence, request);
      if (result instanceof LockResult.Granted) {
        keys.forEach(key -> given.putIfAbsent(key, fence.saga()));
      }
      return result;
    }
  }

  /** Wakes nobody, so that whoever waits sleeps. */
  static final class NeverWoken extends BrokenStore {
    NeverWoken(SagaStore sound) {
      super(sound);
    }

    @Override
    public int wakeLockWaiters(int limit) {
      return 0;
    }
  }

  /** Has a sub-saga queue up behind its own parent. */
  static final class NeverShared extends BrokenStore {
    NeverShared(SagaStore sound) {
      super(sound);
    }

    @Override
    public LockResult acquireLocks(Fence fence, LockRequest request) {
      return sound.acquireLocks(
          fence, new LockRequest(request.wanted(), null, request.otherwise()));
    }
  }
}

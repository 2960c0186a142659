package io.skald.testkit.simulation;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.List;

/** What a store may get wrong about locks. */
final class BrokenLocks {
  private BrokenLocks() {}

  /** Says that a saga has its locks, whoever else has them. */
  static final class GrantedToAll extends BrokenStore {
    GrantedToAll(SagaStore sound) {
      super(sound);
    }

    @Override
    public LockResult takeLocks(SagaId saga) {
      LockResult unused = sound.takeLocks(saga);
      return new LockResult.Granted();
    }
  }

  /** Ends sagas, and leaves them their locks. */
  static final class NeverFreed extends BrokenStore {
    NeverFreed(SagaStore sound) {
      super(sound);
    }

    private static Transition keeping(Transition transition) {
      Links links = transition.links();
      return new Transition(
          transition.fence(),
          transition.rows(),
          transition.change(),
          new Links(links.consumes(), links.starts(), links.tells()));
    }

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      return sound.write(transitions.stream().map(NeverFreed::keeping).toList());
    }

    @Override
    public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
      return sound.runLocal(fence, limit, transaction -> keeping(work.run(transaction)));
    }
  }

  /** Hands nothing on, so that whoever waits sleeps. */
  static final class NeverHandedOn extends BrokenStore {
    NeverHandedOn(SagaStore sound) {
      super(sound);
    }

    @Override
    public int handOnLocks(int limit) {
      return 0;
    }
  }
}

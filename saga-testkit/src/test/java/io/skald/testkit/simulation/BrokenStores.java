package io.skald.testkit.simulation;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Seeded bugs: what a store may get wrong, one thing each. */
enum BrokenStores {
  /** The fence looks at the owner alone. */
  FENCE_IGNORES_EPOCH(FenceIgnoresEpoch::new),
  /** The fence looks at nothing: whoever writes, writes. */
  NO_FENCE(NoFence::new),
  /** Settling looks, and writes nothing. */
  SETTLE_ONLY_READS(SettleOnlyReads::new),
  /** A claim leaves the epoch as it was. */
  CLAIM_KEEPS_EPOCH(ClaimKeepsEpoch::new),
  /** The rows of the log come back with each other's numbers. */
  LOG_SHUFFLED(LogShuffled::new),
  /** A claim does not say that the last owner died. */
  CLAIM_FORGETS_DEAD_OWNER(ClaimForgetsDeadOwner::new),
  /** A poll tells only of what a signal it routed may have made due. */
  POLL_FORGETS_TIMES(PollForgetsTimes::new),
  /** A fence that was lost is told as a commit. */
  LOST_FENCE_TOLD_AS_COMMIT(LostFenceToldAsCommit::new),
  /** A log row is written whatever was there. */
  ROW_OVERWRITTEN(RowOverwritten::new),
  /** The saga row changes, and the log rows with it are lost. */
  CHANGE_WITHOUT_ROWS(ChangeWithoutRows::new),
  /** A saga is parked though a signal came since its owner looked. */
  PARK_IGNORES_SIGNALS(BrokenTrees.ParkIgnoresSignals::new),
  /** A signal is received, and stays pending. */
  SIGNAL_STAYS(BrokenTrees.SignalStays::new),
  /** A saga is told that it has its locks, whoever else has them. */
  LOCKS_GRANTED_TO_ALL(BrokenLocks.GrantedToAll::new),
  /** A saga is told that it has its locks, and they were never asked for. */
  LOCKS_NEVER_ASKED_FOR(BrokenLocks.NeverAskedFor::new),
  /** An end gives no lock back. */
  LOCKS_NEVER_FREED(BrokenLocks.NeverFreed::new),
  /** Nobody is woken who waits for a lock. */
  WAITERS_NEVER_WOKEN(BrokenLocks.NeverWoken::new),
  /** A sub-saga waits for what its parent has. */
  LOCKS_NEVER_SHARED(BrokenLocks.NeverShared::new),
  /** A saga turns around while attempts are under way. */
  TURNS_AROUND_AT_ONCE(BrokenTrees.TurnsAroundAtOnce::new),
  /** A takeover records one of the attempts that were under way, and not the others. */
  TAKEOVER_RECORDS_ONE(BrokenTrees.TakeoverRecordsOne::new),
  /** Compensations run in order of definition. */
  COMPLETION_FORGOTTEN(BrokenTrees.CompletionForgotten::new);

  private final UnaryOperator<SagaStore> decorator;

  BrokenStores(UnaryOperator<SagaStore> decorator) {
    this.decorator = decorator;
  }

  UnaryOperator<SagaStore> decorator() {
    return decorator;
  }

  private static Transition refenced(Transition transition, Fence fence) {
    return new Transition(fence, transition.rows(), transition.change(), transition.links());
  }

  /** Writes under another fence than it was given. */
  private abstract static class Refencing extends BrokenStore {
    private Refencing(SagaStore sound) {
      super(sound);
    }

    abstract Fence fence(Fence given);

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      return sound.write(
          transitions.stream()
              .map(transition -> refenced(transition, fence(transition.fence())))
              .toList());
    }

    @Override
    public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
      LocalWork refencing =
          transaction -> {
            Transition transition = work.run(transaction);
            return refenced(transition, fence(transition.fence()));
          };
      return sound.runLocal(fence, limit, refencing);
    }
  }

  private static final class FenceIgnoresEpoch extends Refencing {
    private FenceIgnoresEpoch(SagaStore sound) {
      super(sound);
    }

    @Override
    Fence fence(Fence given) {
      long epoch = sound.load(given.saga()).map(found -> found.saga().epoch()).orElse(0L);
      return new Fence(given.saga(), given.owner(), epoch);
    }
  }

  private static final class NoFence extends Refencing {
    private NoFence(SagaStore sound) {
      super(sound);
    }

    @Override
    Fence fence(Fence given) {
      SagaRow saga = sound.load(given.saga()).orElseThrow().saga();
      NodeId owner = saga.owner();
      return new Fence(given.saga(), owner == null ? given.owner() : owner, saga.epoch());
    }
  }

  private static final class SettleOnlyReads extends BrokenStore {
    private SettleOnlyReads(SagaStore sound) {
      super(sound);
    }

    @Override
    public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
      return sound.load(saga).filter(found -> owner.equals(found.saga().owner()));
    }
  }

  /** Takes back what a claim added to the epoch, in everything it answers and is given. */
  private static final class ClaimKeepsEpoch extends Refencing {
    private final Map<SagaId, Long> claims = new HashMap<>();

    private ClaimKeepsEpoch(SagaStore sound) {
      super(sound);
    }

    private long claims(SagaId saga) {
      return claims.getOrDefault(saga, 0L);
    }

    @Override
    Fence fence(Fence given) {
      return new Fence(given.saga(), given.owner(), given.epoch() + claims(given.saga()));
    }

    private SagaSnapshot kept(SagaSnapshot found) {
      SagaRow saga = found.saga();
      return new SagaSnapshot(
          withEpoch(saga, saga.epoch() - claims(saga.id())), found.log(), found.readAt());
    }

    @Override
    public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
      List<Claim> claimed = sound.claim(node, definitions, limit);
      claimed.forEach(claim -> claims.merge(claim.snapshot().saga().id(), 1L, Long::sum));
      return claimed.stream()
          .map(claim -> new Claim(kept(claim.snapshot()), claim.deadOwner()))
          .toList();
    }

    @Override
    public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
      return sound.settle(saga, owner).map(this::kept);
    }
  }

  private static final class LogShuffled extends BrokenStore {
    private LogShuffled(SagaStore sound) {
      super(sound);
    }

    private static SagaSnapshot shuffled(SagaSnapshot found) {
      List<Integer> numbers = new ArrayList<>(found.log().stream().map(LogRow::seq).toList());
      Collections.reverse(numbers);
      var log = new ArrayList<LogRow>();
      for (int at = 0; at < numbers.size(); at++) {
        log.add(withSeq(found.log().get(at), numbers.get(at)));
      }
      return new SagaSnapshot(found.saga(), log, found.readAt());
    }

    @Override
    public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
      return sound.claim(node, definitions, limit).stream()
          .map(claim -> new Claim(shuffled(claim.snapshot()), claim.deadOwner()))
          .toList();
    }

    @Override
    public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
      return sound.settle(saga, owner).map(LogShuffled::shuffled);
    }
  }

  private static final class ClaimForgetsDeadOwner extends BrokenStore {
    private ClaimForgetsDeadOwner(SagaStore sound) {
      super(sound);
    }

    @Override
    public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
      return sound.claim(node, definitions, limit).stream()
          .map(claim -> new Claim(claim.snapshot(), null))
          .toList();
    }
  }

  private static final class PollForgetsTimes extends BrokenStore {
    private PollForgetsTimes(SagaStore sound) {
      super(sound);
    }

    @Override
    public Poll poll(Collection<DefinitionRef> definitions, int limit) {
      Poll poll = sound.poll(definitions, limit);
      return new Poll(poll.routed(), poll.due() && poll.routed() > 0, poll.urgent());
    }
  }

  private static final class LostFenceToldAsCommit extends BrokenStore {
    private LostFenceToldAsCommit(SagaStore sound) {
      super(sound);
    }

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      return sound.write(transitions).stream()
          .map(result -> result == WriteResult.FENCE_LOST ? WriteResult.APPLIED : result)
          .toList();
    }
  }

  private static final class RowOverwritten extends BrokenStore {
    private RowOverwritten(SagaStore sound) {
      super(sound);
    }

    private Transition overwriting(Transition transition) {
      SagaSnapshot found = sound.load(transition.fence().saga()).orElseThrow();
      List<LogWrite> rows = transition.rows().stream().map(row -> overwriting(row, found)).toList();
      Fence given = transition.fence();
      NodeId owner = found.saga().owner();
      boolean owned = given.owner().equals(owner);
      long epoch = owned ? found.saga().epoch() : given.epoch();
      return new Transition(
          new Fence(given.saga(), given.owner(), epoch),
          rows,
          transition.change(),
          transition.links());
    }

    private static LogWrite overwriting(LogWrite row, SagaSnapshot found) {
      return LogTree.find(found, row.path(), row.direction())
          .map(there -> new LogWrite.Replaced(there.status(), there.attempt()))
          .map(replaced -> replacing(row, replaced))
          .orElse(row);
    }

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      return sound.write(transitions.stream().map(this::overwriting).toList());
    }

    @Override
    public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
      return sound.runLocal(fence, limit, transaction -> overwriting(work.run(transaction)));
    }
  }

  private static final class ChangeWithoutRows extends BrokenStore {
    private ChangeWithoutRows(SagaStore sound) {
      super(sound);
    }

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      return sound.write(transitions.stream().map(ChangeWithoutRows::bare).toList());
    }

    private static Transition bare(Transition transition) {
      return transition.change() == null
          ? transition
          : new Transition(transition.fence(), List.of(), transition.change(), transition.links());
    }
  }

  private static LogWrite replacing(LogWrite row, LogWrite.Replaced replaced) {
    return new LogWrite(
        row.path(),
        row.direction(),
        row.stepName(),
        row.seq(),
        row.status(),
        row.attempt(),
        row.attemptBase(),
        row.decision(),
        row.payload(),
        row.error(),
        row.retryAfter(),
        replaced);
  }

  static LogRow withSeq(LogRow row, int seq) {
    return new LogRow(
        row.path(),
        row.direction(),
        row.stepName(),
        seq,
        row.status(),
        row.attempt(),
        row.attemptBase(),
        row.decision(),
        row.payload(),
        row.error(),
        row.node(),
        row.createdAt(),
        row.retryAt(),
        row.finishedAt());
  }

  private static SagaRow withEpoch(SagaRow saga, long epoch) {
    return new SagaRow(
        saga.id(),
        saga.definition(),
        saga.businessKey(),
        saga.attributes(),
        saga.parent(),
        saga.tokenKey(),
        saga.status(),
        saga.owner(),
        epoch,
        saga.wakeAt(),
        saga.lane(),
        saga.deadlineAt(),
        saga.cancelRequestedAt(),
        saga.turnedAroundAt(),
        saga.crashCount(),
        saga.input(),
        saga.inputDigest(),
        saga.output(),
        saga.error(),
        saga.createdAt(),
        saga.finishedAt(),
        saga.erasedAt());
  }
}

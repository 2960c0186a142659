package io.skald.testkit.simulation;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Stores under which a saga with steps beside each other goes wrong, as a broken driver would. */
final class BrokenTrees {
  private BrokenTrees() {}

  /** Parks whatever has been signalled since the owner looked. */
  static final class ParkIgnoresSignals extends BrokenStore {
    ParkIgnoresSignals(SagaStore sound) {
      super(sound);
    }

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      return sound.write(transitions.stream().map(ParkIgnoresSignals::blind).toList());
    }

    private static Transition blind(Transition transition) {
      return transition.change() instanceof SagaChange.Park park
          ? new Transition(
              transition.fence(),
              transition.rows(),
              new SagaChange.Park(park.after(), null, park.lane()),
              transition.links())
          : transition;
    }
  }

  /** Ends the wait, and leaves the signal to be taken again. */
  static final class SignalStays extends BrokenStore {
    SignalStays(SagaStore sound) {
      super(sound);
    }

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      return sound.write(
          transitions.stream()
              .map(
                  transition ->
                      new Transition(
                          transition.fence(), transition.rows(), transition.change(), Links.NONE))
              .toList());
    }
  }

  /** Turns a saga around as soon as one of its steps has failed, whatever else is under way. */
  static final class TurnsAroundAtOnce extends BrokenStore {
    TurnsAroundAtOnce(SagaStore sound) {
      super(sound);
    }

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      return sound.write(transitions.stream().map(TurnsAroundAtOnce::hasty).toList());
    }

    private static Transition hasty(Transition transition) {
      boolean fails =
          transition.rows().stream()
              .anyMatch(
                  row -> row.direction() == Direction.ACTION && row.status() == LogStatus.FAILED);
      return fails && transition.change() == null
          ? new Transition(
              transition.fence(),
              transition.rows(),
              new SagaChange.TurnAround(new SagaError(null, "hasty", null)),
              transition.links())
          : transition;
    }
  }

  /** Of what a lost owner was doing only the first attempt is recorded. */
  static final class TakeoverRecordsOne extends BrokenStore {
    private final Set<SagaId> recorded = new HashSet<>();

    TakeoverRecordsOne(SagaStore sound) {
      super(sound);
    }

    @Override
    public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
      List<Claim> claims = sound.claim(node, definitions, limit);
      claims.forEach(claim -> recorded.remove(claim.snapshot().saga().id()));
      return claims;
    }

    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      Transition transition = transitions.getFirst();
      boolean isLost = transition.rows().stream().anyMatch(TakeoverRecordsOne::isOfALostOwner);
      return isLost && !recorded.add(transition.fence().saga())
          ? List.of(WriteResult.APPLIED)
          : sound.write(transitions);
    }

    private static boolean isOfALostOwner(LogWrite row) {
      return row.error() != null && row.error().contains("was lost");
    }
  }

  /** Whoever takes a saga over is told that its steps completed in order of definition. */
  static final class CompletionForgotten extends BrokenStore {
    CompletionForgotten(SagaStore sound) {
      super(sound);
    }

    private static SagaSnapshot sorted(SagaSnapshot found) {
      List<Integer> numbers = found.log().stream().map(LogRow::seq).sorted().toList();
      List<LogRow> rows = found.log().stream().sorted(Comparator.comparing(LogRow::path)).toList();
      var log = new ArrayList<LogRow>();
      for (int at = 0; at < rows.size(); at++) {
        log.add(BrokenStores.withSeq(rows.get(at), numbers.get(at)));
      }
      return new SagaSnapshot(found.saga(), log, found.readAt());
    }

    @Override
    public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
      return sound.claim(node, definitions, limit).stream()
          .map(claim -> new Claim(sorted(claim.snapshot()), claim.deadOwner()))
          .toList();
    }

    @Override
    public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
      return sound.settle(saga, owner).map(CompletionForgotten::sorted);
    }
  }
}

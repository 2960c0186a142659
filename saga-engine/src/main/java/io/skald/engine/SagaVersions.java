package io.skald.engine;

import io.skald.engine.runtime.CensusTaker;
import io.skald.engine.runtime.GateCheck;
import io.skald.engine.runtime.Moves;
import io.skald.engine.runtime.RegisteredSaga;
import io.skald.engine.runtime.Registry;
import io.skald.saga.Migration;
import io.skald.saga.SagaDefinition;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.Census;
import io.skald.saga.view.GateReport;
import io.skald.saga.view.InFlightReport;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of the sagas in flight when definitions change. Needs no open engine. Every call
 * walks through the unfinished sagas of a version, so it takes its time where there are many. Safe
 * for use by several threads.
 */
public final class SagaVersions {
  private static final Logger LOG = LoggerFactory.getLogger(SagaVersions.class);

  private final Registry registry;
  private final Moves moves;

  SagaVersions(Registry registry, Moves moves) {
    this.registry = registry;
    this.moves = moves;
  }

  /** How many sagas are in flight, of which versions, and where they stand. */
  public Census census() {
    return new CensusTaker(moves.store(), registry).take(List.of());
  }

  /**
   * Which sagas in flight this engine's definitions are not for. Costs less than a census: those
   * that they are for are not looked into.
   */
  public GateReport check() {
    Census others = new CensusTaker(moves.store(), registry).take(registry.refs());
    return new GateCheck(registry.definitions()).report(others);
  }

  /**
   * Checks at the start.
   *
   * @throws SagaDefinitionException if the start is to be refused
   */
  void checkAtStart(DeployGate.Mode mode) {
    switch (mode) {
      case OFF -> {}
      case LOG ->
          findings()
              .ifPresent(it -> LOG.warn("sagas in flight that this node cannot run:\n{}", it));
      case REFUSE ->
          findings()
              .ifPresent(
                  it -> {
                    throw new SagaDefinitionException(it, null, null);
                  });
    }
  }

  private Optional<String> findings() {
    return Optional.of(check()).filter(report -> !report.isOpen()).map(GateReport::toString);
  }

  /**
   * What {@link #migrate} would do now; changes nothing.
   *
   * @throws UnknownSagaException if the migration's target is not registered with this engine
   */
  public InFlightReport dryRun(Migration migration) {
    requireRegistered(migration.target());
    return moves.dryRun(migration);
  }

  /**
   * Whether the input and the results of every saga in flight of that version can be read, and
   * whether its upcasts leave alone what they have made; changes nothing.
   *
   * @throws UnknownSagaException if that version is not registered with this engine
   */
  public InFlightReport dryRun(SagaDefinition<?, ?> definition) {
    requireRegistered(definition);
    return moves.read(definition);
  }

  /**
   * Moves the sagas in flight of the migration's source to its target: each in one transaction with
   * an audit row, under the next epoch, and only if no node owns it at that moment. A saga that is
   * being run stays, and is counted: call again until none is. What is recorded is rewritten where
   * it differs; a node that knows the source alone leaves a moved saga to those that know the
   * target. So move sagas once nobody wants to go back to such nodes, or declare a way back.
   *
   * @param actor who moves them, 1 to 100 characters, not blank
   * @param reason why, 1 to 1000 characters, not blank
   * @throws UnknownSagaException if the migration's target is not registered with this engine
   * @throws IllegalArgumentException if {@code actor} or {@code reason} is out of bounds
   */
  public InFlightReport migrate(Migration migration, String actor, String reason) {
    requireRegistered(migration.target());
    return moves.migrate(migration, actor, reason);
  }

  private void requireRegistered(SagaDefinition<?, ?> definition) {
    var unused = registry.require(RegisteredSaga.refOf(definition));
  }
}

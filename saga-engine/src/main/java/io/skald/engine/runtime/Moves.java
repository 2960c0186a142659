package io.skald.engine.runtime;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.Relocated;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Migration;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.view.InFlightReport;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Moves of sagas from version to version, and dry runs of them. Safe for use by several threads.
 *
 * @param store where the sagas are
 * @param codec reads and writes payloads
 * @param limits bounds of what is stored
 */
public record Moves(SagaStore store, PayloadCodec codec, Limits limits) {
  private static final int PAGE = 10_000;

  /** What {@link #migrate} would do now. */
  public InFlightReport dryRun(Migration migration) {
    var audit = new Amendment.Audit("nobody", "migrate", "", "a dry run");
    var tally = new Tally();
    walk(
        RegisteredSaga.refOf(migration.source()),
        id ->
            found(migration, id)
                .ifPresent(saga -> tally.add(saga, decided(migration, saga, audit))));
    return tally.report();
  }

  /** Moves those that nobody owns. */
  public InFlightReport migrate(Migration migration, String actor, String reason) {
    Amendment.Audit audit = Operator.audit(actor, "migrate", "", reason);
    var tally = new Tally();
    walk(
        RegisteredSaga.refOf(migration.source()),
        id -> {
          Relocated moved = store.relocate(id, saga -> relocation(migration, saga, audit, tally));
          if (moved == Relocated.OWNED) {
            tally.addOwned();
          }
        });
    return tally.report();
  }

  /** Whether what is recorded can be read. */
  public InFlightReport read(SagaDefinition<?, ?> definition) {
    var check = new ReadCheck(new PayloadReader(definition, codec));
    var tally = new Tally();
    walk(
        RegisteredSaga.refOf(definition),
        id ->
            store
                .load(id)
                .filter(saga -> isStill(definition, saga))
                .ifPresent(saga -> tally.addRead(saga, check.fault(saga))));
    return tally.report();
  }

  private Optional<SagaSnapshot> found(Migration migration, SagaId id) {
    return store.load(id).filter(saga -> isStill(migration.source(), saga));
  }

  /** Since its id was read it may have been moved, or have ended. */
  private static boolean isStill(SagaDefinition<?, ?> definition, SagaSnapshot saga) {
    return !saga.saga().status().isEnd()
        && saga.saga().definition().equals(RegisteredSaga.refOf(definition));
  }

  private Optional<Relocation> relocation(
      Migration migration, SagaSnapshot saga, Amendment.Audit audit, Tally tally) {
    if (!isStill(migration.source(), saga)) {
      return Optional.empty();
    }
    SagaMove.Outcome outcome = decided(migration, saga, audit);
    tally.add(saga, outcome);
    return outcome instanceof SagaMove.Outcome.Moves(Relocation relocation)
        ? Optional.of(relocation)
        : Optional.empty();
  }

  private SagaMove.Outcome decided(Migration migration, SagaSnapshot saga, Amendment.Audit audit) {
    return SagaMove.of(migration, codec, limits, saga, audit);
  }

  private void walk(DefinitionRef definition, Consumer<SagaId> visit) {
    List<SagaId> page = store.unfinished(definition, Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      page.forEach(visit);
      page = store.unfinished(definition, Optional.of(page.getLast()), PAGE);
    }
  }
}

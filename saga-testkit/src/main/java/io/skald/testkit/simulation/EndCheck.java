package io.skald.testkit.simulation;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of a saga at rest: of its row, its log, and what the participant was left with.
 */
final class EndCheck {
  private final SagaSnapshot found;
  private final SagaDefinition<?, ?> definition;
  private final RemoteLedger ledger;
  private final List<String> violations = new ArrayList<>();

  EndCheck(SagaSnapshot found, SagaDefinition<?, ?> definition, RemoteLedger ledger) {
    this.found = found;
    this.definition = definition;
    this.ledger = ledger;
  }

  List<String> violations() {
    checkRow();
    checkOrder();
    definition.steps().forEach(this::checkStep);
    return violations;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  private void require(
      boolean holds, Invariant invariant, String format, @Nullable Object... details) {
    if (!holds) {
      String finding = format.formatted(details) + ": " + found.saga().businessKey();
      violations.add(invariant.brokenBy(finding));
    }
  }

  /** I1. */
  private void checkRow() {
    SagaRow saga = found.saga();
    boolean stuck = saga.status() == SagaStatus.STUCK;
    require(saga.status().isEnd() || stuck, Invariant.I1, "at rest and %s", saga.status());
    require(!stuck || saga.error() != null, Invariant.I1, "stuck without a reason");
    require(saga.owner() == null && saga.wakeAt() == null, Invariant.I1, "ended, and owned or due");
  }

  /** I6: the later the action, the earlier its compensation. */
  private void checkOrder() {
    List<LogRow> compensations =
        found.log().stream()
            .filter(row -> row.direction() == Direction.COMPENSATION)
            .filter(row -> row.status() == LogStatus.SUCCEEDED)
            .toList();
    for (int at = 1; at < compensations.size(); at++) {
      int before = indexOf(compensations.get(at - 1));
      int now = indexOf(compensations.get(at));
      require(now < before, Invariant.I6, "compensations out of order");
    }
  }

  private int indexOf(LogRow row) {
    return definition.steps().stream().map(PlacedStep::name).toList().indexOf(row.path());
  }

  private Optional<LogStatus> status(PlacedStep step, Direction direction) {
    return Invariants.find(found, step.name(), direction).map(LogRow::status);
  }

  private void checkStep(PlacedStep step) {
    Optional<LogStatus> action = status(step, Direction.ACTION);
    Optional<LogStatus> compensation = status(step, Direction.COMPENSATION);
    boolean compensated =
        compensation
            .filter(end -> end == LogStatus.SUCCEEDED || end == LogStatus.SKIPPED)
            .isPresent();
    switch (found.saga().status()) {
      case COMPLETED -> {
        boolean passed =
            action
                .filter(end -> end == LogStatus.SUCCEEDED || end == LogStatus.SKIPPED)
                .isPresent();
        require(
            passed && compensation.isEmpty(), Invariant.I7, "completed without %s", step.name());
      }
      case COMPENSATED -> {
        boolean owed = action.filter(end -> Traits.owes(step, end)).isPresent();
        require(owed == compensated, Invariant.I7, "%s: %s, %s", step.name(), action, compensation);
        require(
            !Traits.isRemote(step) || action.filter(end -> !end.isFinal()).isEmpty(),
            Invariant.I7,
            "whether %s took effect is left open",
            step.name());
        boolean passedPivot =
            step.position() != Position.COMPENSATABLE
                && action.filter(end -> end == LogStatus.SUCCEEDED).isPresent();
        require(!passedPivot, Invariant.I8, "compensated after its pivot");
      }
      case STUCK, RESOLVED, RUNNING, COMPENSATING -> {}
    }
    if (Traits.isRemote(step)) {
      checkRemote(step, action, compensated);
    }
  }

  /** I11: what stands at the participant is what the log says. */
  private void checkRemote(PlacedStep step, Optional<LogStatus> action, boolean compensated) {
    String key = RemoteLedger.keyOf(found.saga().id(), step.name());
    boolean effective = ledger.isEffective(key);
    boolean taken = ledger.requests().stream().anyMatch(request -> request.key().equals(key));
    boolean stands = effective && !ledger.isCompensated(key);
    require(
        !effective || action.isPresent(), Invariant.I11, "%s took effect unrecorded", step.name());
    require(
        !stands || action.filter(end -> end == LogStatus.FAILED).isEmpty(),
        Invariant.I11,
        "%s failed, and took effect",
        step.name());
    switch (found.saga().status()) {
      case COMPLETED -> require(!taken || stands, Invariant.I11, "%s took no effect", step.name());
      case COMPENSATED -> {
        boolean mayStand =
            step.position() == Position.COMPENSATABLE && !Traits.hasCompensation(step);
        require(!stands || mayStand, Invariant.I11, "%s stands", step.name());
        require(
            !taken || compensated == ledger.isCompensated(key),
            Invariant.I7,
            "%s: the participant and the log differ",
            step.name());
      }
      case STUCK, RESOLVED, RUNNING, COMPENSATING -> {}
    }
  }
}

package io.skald.testkit.simulation;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of a saga at rest: of its row, its log, and what the participant was left with.
 */
final class EndCheck {
  private final LogTree tree;
  private final SagaSnapshot found;
  private final RemoteLedger ledger;
  private final List<String> violations = new ArrayList<>();

  EndCheck(LogTree tree, RemoteLedger ledger) {
    this.tree = tree;
    this.found = tree.found();
    this.ledger = ledger;
  }

  List<String> violations() {
    checkRow();
    checkOrder();
    checkWay();
    rows(Direction.ACTION).forEach(this::checkStep);
    Stream.concat(
            rows(Direction.ACTION).map(LogRow::path),
            ledger.requests().stream()
                .filter(request -> request.saga().equals(found.saga().id()))
                .map(RemoteLedger.Request::path))
        .distinct()
        .map(tree::stepAt)
        .filter(Traits::isRemote)
        .forEach(this::checkRemote);
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

  private Stream<LogRow> rows(Direction direction) {
    return found.log().stream().filter(row -> row.direction() == direction);
  }

  /** I1. */
  private void checkRow() {
    SagaRow saga = found.saga();
    boolean stuck = saga.status() == SagaStatus.STUCK;
    require(saga.status().isEnd() || stuck, Invariant.I1, "at rest and %s", saga.status());
    require(!stuck || saga.error() != null, Invariant.I1, "stuck without a reason");
    require(saga.owner() == null && saga.wakeAt() == null, Invariant.I1, "ended, and owned or due");
  }

  /** I6: what completed later is compensated earlier, but for branches compensated together. */
  private void checkOrder() {
    List<LogRow> done =
        found.log().stream()
            .filter(row -> row.direction().isBackward())
            .filter(row -> row.status() == LogStatus.SUCCEEDED)
            .toList();
    for (LogRow one : done) {
      for (LogRow other : done) {
        boolean completedLater = actionSeq(other) > actionSeq(one);
        require(
            !completedLater
                || other.seq() < one.seq()
                || tree.areTogether(one.path(), other.path()),
            Invariant.I6,
            "%s was compensated before %s, which completed later",
            one.path(),
            other.path());
      }
    }
  }

  private int actionSeq(LogRow compensation) {
    return tree.action(compensation.path()).map(LogRow::seq).orElse(0);
  }

  /** I7: a saga completes when all that had to pass has passed, and nothing else was done. */
  private void checkWay() {
    for (LogRow row : rows(Direction.ACTION).toList()) {
      Optional<String> obstacle = tree.obstacle(row.path());
      require(obstacle.isEmpty(), Invariant.I7, "%s was done %s", row.path(), obstacle.orElse(""));
    }
    boolean ended = found.saga().status().isEnd();
    for (LogRow row : found.log()) {
      require(
          !ended || row.status().isFinal(),
          Invariant.I7,
          "%s of %s is left open",
          row.direction(),
          row.path());
    }
    if (found.saga().status() == SagaStatus.COMPLETED) {
      Optional<String> unpassed = tree.unpassed();
      require(unpassed.isEmpty(), Invariant.I7, "completed without %s", unpassed.orElse(""));
      require(
          found.log().stream().noneMatch(row -> row.direction().isBackward()),
          Invariant.I7,
          "completed, and compensated");
      Optional<String> unconfirmed = tree.unconfirmed();
      require(unconfirmed.isEmpty(), Invariant.I12, "%s is not confirmed", unconfirmed.orElse(""));
    }
  }

  private void checkStep(LogRow row) {
    PlacedStep step = tree.stepAt(row.path());
    if (found.saga().status() == SagaStatus.COMPENSATED) {
      require(
          Traits.owes(step, row.status()) == tree.isTakenBack(step.path()),
          Invariant.I7,
          "%s ended %s, and its compensation is not as that asks for",
          step.path(),
          row.status());
      require(
          LogTree.find(found, step.path(), Direction.CONFIRM).isEmpty(),
          Invariant.I12,
          "%s was to be confirmed, and the saga compensated",
          step.path());
      require(
          !(step.plan() instanceof TaskPlan)
              || step.position() == Position.COMPENSATABLE
              || row.status() != LogStatus.SUCCEEDED,
          Invariant.I8,
          "compensated after its pivot");
    }
  }

  /** I11: what stands at the participant is what the log says. */
  private void checkRemote(PlacedStep step) {
    String path = step.path();
    Optional<LogStatus> action = tree.action(path).map(LogRow::status);
    String key = RemoteLedger.keyOf(found.saga().id(), path);
    boolean effective = ledger.isEffective(key);
    boolean taken = ledger.requests().stream().anyMatch(request -> request.key().equals(key));
    boolean stands = effective && !ledger.isCompensated(key);
    require(!effective || action.isPresent(), Invariant.I11, "%s took effect unrecorded", path);
    require(
        !stands || action.filter(end -> end == LogStatus.FAILED).isEmpty(),
        Invariant.I11,
        "%s failed, and took effect",
        path);
    switch (found.saga().status()) {
      case COMPLETED -> {
        require(
            !taken || stands || tree.isPassedOver(path), Invariant.I11, "%s took no effect", path);
        require(
            !taken || Traits.isConfirmed(step) == ledger.isConfirmed(key),
            Invariant.I12,
            "%s: the participant and the log differ",
            path);
      }
      case COMPENSATED -> {
        boolean mayStand =
            tree.isLeft(path)
                || (step.position() == Position.COMPENSATABLE && !Traits.hasCompensation(step));
        require(!stands || mayStand, Invariant.I11, "%s stands", path);
        require(
            !taken || tree.isLeft(path) || tree.isTakenBack(path) == ledger.isCompensated(key),
            Invariant.I7,
            "%s: the participant and the log differ",
            path);
      }
      case STUCK, RESOLVED, RUNNING, COMPENSATING -> {}
    }
  }
}

package io.skald.engine.runtime;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.Migration;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.internal.StepPath;
import io.skald.saga.view.Direction;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a step's record says in another version. Pure.
 *
 * @param migration which versions
 * @param codec reads and writes payloads
 * @param limits bounds of what is stored
 * @param step the step in the target
 */
record MovedStep(Migration migration, PayloadCodec codec, Limits limits, PlacedStep step) {

  /** Whether anybody outside knows the step by a key or token made of its path. */
  static boolean isKnownByItsPath(PlacedStep step) {
    return switch (step.plan()) {
      case TaskPlan task ->
          !(task.action() instanceof ActionPlan.Local)
              || task.compensation() instanceof CompensationPlan.Remote;
      case ChildPlan child -> true;
      case StepPlan other -> false;
    };
  }

  /**
   * The row of the step.
   *
   * @param path where it stands in the target
   * @throws SagaDataException if its payload cannot be read there
   */
  LogRow of(LogRow row, String path) {
    return row.movedTo(path, StepPath.name(path), decision(row), payload(row));
  }

  /** A choice that took a branch which is gone would count as one that took none. */
  private @Nullable String decision(LogRow row) {
    String decision = row.decision();
    if (!(step.plan() instanceof ChoicePlan choice) || decision == null || decision.isEmpty()) {
      return decision;
    }
    Optional<String> branch =
        migration
            .nameOf(decision)
            .filter(name -> choice.branches().stream().anyMatch(one -> one.name().equals(name)));
    return branch.orElseThrow(
        () -> SagaMove.staying("choice %s took %s, which is gone".formatted(row.path(), decision)));
  }

  private @Nullable String payload(LogRow row) {
    String stored = row.payload();
    if (stored == null || row.direction() != Direction.ACTION) {
      return stored;
    }
    String old = StepPath.name(row.path());
    String present =
        migration
            .source()
            .resultUpcast(old)
            .map(upcast -> codec.upcast(stored, upcast))
            .orElse(stored);
    String now =
        migration
            .resultUpcast(step.name())
            .map(upcast -> limits.checked("result of " + old, codec.upcast(present, upcast)))
            .orElse(stored);
    try {
      var reader = new PayloadReader(migration.target(), codec);
      var unused = reader.result(step.plan(), now, PayloadReader.typeOf(step.plan(), row));
      return now;
    } catch (SagaDataException e) {
      throw new SagaDataException(
          "the result of step %s cannot be read: %s".formatted(row.path(), e.getMessage()), null);
    }
  }
}

package io.skald.testkit.simulation;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.internal.StepPath;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A definition's {@link StepTree} with what the log of one saga says of it. It shares no code with
 * the engine, which it judges.
 *
 * @param definition the definition
 * @param found the saga
 */
record LogTree(SagaDefinition<?, ?> definition, SagaSnapshot found) {

  static Optional<LogRow> find(SagaSnapshot found, String path, Direction direction) {
    return found.log().stream()
        .filter(row -> row.path().equals(path) && row.direction() == direction)
        .findFirst();
  }

  /** What is recorded of the action at a path. */
  Optional<LogRow> action(String path) {
    return find(found, path, Direction.ACTION);
  }

  /** What is recorded of what takes the action at a path back. */
  Optional<LogRow> backward(String path) {
    return find(found, path, Traits.backward(stepAt(path)));
  }

  /** Whether the action at a path is taken back, or an operator said to take it as if it were. */
  boolean isTakenBack(String path) {
    return backward(path).filter(LogTree::hasPassed).isPresent();
  }

  private static boolean hasPassed(LogRow row) {
    return row.status() == LogStatus.SUCCEEDED || row.status() == LogStatus.SKIPPED;
  }

  /** Whether the saga went on from an action, whatever that has done. */
  boolean isPassedOver(String path) {
    return action(path)
        .filter(row -> row.status() == LogStatus.SKIPPED || Traits.isGoneOn(row))
        .isPresent();
  }

  /** Whether an effect of the step may stay, as somebody said not to take it back. */
  boolean isLeft(String path) {
    return Stream.concat(action(path).stream(), backward(path).stream())
        .anyMatch(row -> row.status() == LogStatus.SKIPPED);
  }

  /** Whether two steps are in branches of a group whose branches are compensated together. */
  boolean areTogether(String one, String other) {
    return StepTree.areTogether(definition, one, other);
  }

  PlacedStep stepAt(String path) {
    return definition.stepAt(path).orElseThrow();
  }

  /** The first step that has not passed; empty when the way forward is at its end. */
  Optional<String> unpassed() {
    return definition.steps().stream()
        .filter(step -> !isPassed(step))
        .map(PlacedStep::path)
        .findFirst();
  }

  // ---- what has passed

  private boolean isPassed(PlacedStep step) {
    return switch (step.plan()) {
      case TaskPlan task -> hasStatus(step, LogStatus.SUCCEEDED) || isPassedOver(step.path());
      case RefusalPlan refusal -> hasStatus(step, LogStatus.SKIPPED);
      case DelayPlan delay -> hasStatus(step, LogStatus.SUCCEEDED, LogStatus.SKIPPED);
      case LockPlan locks -> hasStatus(step, LogStatus.SUCCEEDED, LogStatus.SKIPPED);
      case AwaitPlan await -> hasStatus(step, LogStatus.SUCCEEDED, LogStatus.SKIPPED);
      case ChildPlan child -> hasStatus(step, LogStatus.SUCCEEDED, LogStatus.SKIPPED);
      case SequencePlan sequence ->
          StepTree.beside(step, sequence.steps()).allMatch(this::isPassed);
      case ParallelPlan group -> StepTree.beside(step, group.branches()).allMatch(this::isPassed);
      case ChoicePlan choice ->
          hasStatus(step, LogStatus.SKIPPED)
              || (hasStatus(step, LogStatus.SUCCEEDED)
                  && taken(step, choice).allMatch(this::isPassed));
      case ForEachPlan each ->
          hasStatus(step, LogStatus.SKIPPED)
              || (hasStatus(step, LogStatus.SUCCEEDED)
                  && StepTree.elements(step, each, count(step)).allMatch(this::isPassed));
    };
  }

  private boolean hasStatus(PlacedStep step, LogStatus... any) {
    return action(step.path()).filter(row -> List.of(any).contains(row.status())).isPresent();
  }

  private Stream<PlacedStep> taken(PlacedStep step, ChoicePlan choice) {
    String decision = decision(step).orElse("");
    return StepTree.beside(step, choice.branches())
        .filter(branch -> branch.name().equals(decision));
  }

  private int count(PlacedStep step) {
    return decision(step).map(Integer::valueOf).orElse(0);
  }

  private Optional<String> decision(PlacedStep step) {
    return action(step.path()).map(LogRow::decision);
  }

  /** Whether the pivot has passed, or without one every step: tries are confirmed from then on. */
  boolean isReturnPast() {
    return definition.pivot().map(this::isPassed).orElseGet(() -> unpassed().isEmpty());
  }

  /** The first try that succeeded and is not confirmed. */
  Optional<String> unconfirmed() {
    return found.log().stream()
        .filter(row -> row.direction() == Direction.ACTION)
        .filter(row -> row.status() == LogStatus.SUCCEEDED)
        .filter(row -> Traits.isConfirmed(stepAt(row.path())))
        .filter(
            row -> find(found, row.path(), Direction.CONFIRM).filter(LogTree::hasPassed).isEmpty())
        .min(Comparator.comparingInt(LogRow::seq))
        .map(LogRow::path);
  }

  // ---- what stands in the way

  /** Why no attempt of the action at a path may have been begun; empty if one may. */
  Optional<String> obstacle(String path) {
    Optional<String> unconfirmed =
        stepAt(path).position() == Position.RETRIABLE ? unconfirmed() : Optional.empty();
    return unconfirmed
        .map(one -> "before " + one + " was confirmed")
        .or(() -> inOrder(definition.steps().stream(), path));
  }

  private Optional<String> inOrder(Stream<PlacedStep> steps, String path) {
    for (PlacedStep step : steps.toList()) {
      if (StepTree.holds(step, path)) {
        return within(step, path);
      }
      if (!isPassed(step)) {
        return Optional.of("before " + step.path() + " had passed");
      }
    }
    return Optional.of("and it stands nowhere");
  }

  private Optional<String> within(PlacedStep step, String path) {
    if (step.path().equals(path)) {
      return Optional.empty();
    }
    return switch (step.plan()) {
      case SequencePlan sequence -> inOrder(StepTree.beside(step, sequence.steps()), path);
      case ParallelPlan group -> inBranch(step, StepTree.beside(step, group.branches()), path);
      case ChoicePlan choice -> inBranch(step, taken(step, choice), path);
      case ForEachPlan each -> inElement(step, each, path);
      case TaskPlan task -> throw holdsNothing(step);
      case RefusalPlan refusal -> throw holdsNothing(step);
      case DelayPlan delay -> throw holdsNothing(step);
      case LockPlan locks -> throw holdsNothing(step);
      case AwaitPlan await -> throw holdsNothing(step);
      case ChildPlan child -> throw holdsNothing(step);
    };
  }

  private static IllegalStateException holdsNothing(PlacedStep step) {
    return new IllegalStateException(step.path() + " holds nothing");
  }

  private Optional<String> inBranch(PlacedStep step, Stream<PlacedStep> branches, String path) {
    return branches
        .filter(branch -> StepTree.holds(branch, path))
        .findFirst()
        .map(branch -> within(branch, path))
        .orElseGet(() -> Optional.of("and " + step.path() + " does not lead there"));
  }

  private Optional<String> inElement(PlacedStep step, ForEachPlan each, String path) {
    int number = StepPath.number(step.path(), path).orElseThrow();
    if (number > count(step)) {
      return Optional.of("and %s has %d elements".formatted(step.path(), count(step)));
    }
    long open =
        StepTree.elements(step, each, number - 1).filter(earlier -> !isPassed(earlier)).count();
    return open < each.concurrency()
        ? within(step.element(each, number), path)
        : Optional.of("while %d elements before it had not passed".formatted(open));
  }
}

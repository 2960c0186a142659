package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Where a saga stands on its way forward: the steps that may be under way, each of which has
 * neither succeeded nor been skipped. In a sequence that is one step. Pure.
 *
 * <p>A sequence and a group have no row of their own: they have passed when what they hold has. A
 * choice and a {@code forEach} have one, for what was decided; skipped, they have passed as a
 * whole.
 */
final class Frontier {
  private Frontier() {}

  /** The steps the saga stands at, in the order of the definition; empty when all have passed. */
  static List<PlacedStep> of(SagaDefinition<?, ?> definition, SagaState state) {
    for (PlacedStep step : definition.steps()) {
      List<PlacedStep> open = openIn(step, state);
      if (!open.isEmpty()) {
        return open;
      }
    }
    return List.of();
  }

  /** Whether the step has succeeded, or an operator said to take it as if it had. */
  static boolean isPassed(PlacedStep step, SagaState state) {
    return switch (step.plan()) {
      case TaskPlan task -> isRecordedPassed(step, state);
      case RefusalPlan refusal -> isRecordedPassed(step, state);
      case DelayPlan delay -> isRecordedPassed(step, state);
      case LockPlan locks -> isRecordedPassed(step, state);
      case AwaitPlan await -> isRecordedPassed(step, state);
      case ChildPlan child -> isRecordedPassed(step, state);
      // its steps pass one after another
      case SequencePlan sequence -> isPassed(step.beside(sequence.steps().getLast()), state);
      case ParallelPlan group ->
          group.branches().stream().allMatch(branch -> isPassed(step.beside(branch), state));
      case ChoicePlan choice ->
          isSkipped(step, state)
              || (isRecordedPassed(step, state)
                  && taken(step, choice, state).stream().allMatch(one -> isPassed(one, state)));
      case ForEachPlan each ->
          isSkipped(step, state)
              || (isRecordedPassed(step, state)
                  && elements(step, each, state).allMatch(one -> isPassed(one, state)));
    };
  }

  /** Where the saga stands within a step; empty, once it has passed. */
  private static List<PlacedStep> openIn(PlacedStep step, SagaState state) {
    return switch (step.plan()) {
      case TaskPlan task -> unlessPassed(step, state);
      case RefusalPlan refusal -> unlessPassed(step, state);
      case DelayPlan delay -> unlessPassed(step, state);
      case LockPlan locks -> unlessPassed(step, state);
      case AwaitPlan await -> unlessPassed(step, state);
      case ChildPlan child -> unlessPassed(step, state);
      case SequencePlan sequence -> firstOpen(step, sequence, state);
      case ParallelPlan group ->
          group.branches().stream()
              .flatMap(branch -> openIn(step.beside(branch), state).stream())
              .toList();
      case ChoicePlan choice -> {
        if (!isRecordedPassed(step, state)) {
          yield List.of(step);
        }
        yield isSkipped(step, state)
            ? List.of()
            : taken(step, choice, state).map(one -> openIn(one, state)).orElse(List.of());
      }
      case ForEachPlan each -> {
        if (!isRecordedPassed(step, state)) {
          yield List.of(step);
        }
        yield isSkipped(step, state) ? List.of() : openElements(step, each, state);
      }
    };
  }

  private static List<PlacedStep> unlessPassed(PlacedStep step, SagaState state) {
    return isRecordedPassed(step, state) ? List.of() : List.of(step);
  }

  private static List<PlacedStep> firstOpen(
      PlacedStep step, SequencePlan sequence, SagaState state) {
    for (StepPlan plan : sequence.steps()) {
      List<PlacedStep> open = openIn(step.beside(plan), state);
      if (!open.isEmpty()) {
        return open;
      }
    }
    return List.of();
  }

  private static List<PlacedStep> openElements(PlacedStep step, ForEachPlan each, SagaState state) {
    return elements(step, each, state)
        .filter(one -> !isPassed(one, state))
        .limit(each.concurrency())
        .flatMap(one -> openIn(one, state).stream())
        .toList();
  }

  /** The branch a decided choice took; empty for none. */
  private static Optional<PlacedStep> taken(PlacedStep step, ChoicePlan choice, SagaState state) {
    Decided decision = decision(step, state);
    return choice.branches().stream()
        .filter(branch -> branch.name().equals(decision.text()))
        .map(step::beside)
        .findFirst();
  }

  private static Stream<PlacedStep> elements(PlacedStep step, ForEachPlan each, SagaState state) {
    int count = decision(step, state).elements().orElseThrow(() -> undecided(step));
    return IntStream.rangeClosed(1, count).mapToObj(number -> step.element(each, number));
  }

  private static Decided decision(PlacedStep step, SagaState state) {
    return state
        .entry(step.path(), Direction.ACTION)
        .flatMap(Entry::decision)
        .orElseThrow(() -> undecided(step));
  }

  private static IllegalStateException undecided(PlacedStep step) {
    return new IllegalStateException(step.path() + " is decided without decision");
  }

  private static boolean isRecordedPassed(PlacedStep step, SagaState state) {
    Optional<Entry> entry = state.entry(step.path(), Direction.ACTION);
    return entry.isPresent() && entry.get().isPassed();
  }

  private static boolean isSkipped(PlacedStep step, SagaState state) {
    return state
        .entry(step.path(), Direction.ACTION)
        .filter(entry -> entry.status() == LogStatus.SKIPPED)
        .isPresent();
  }
}

package io.skald.engine.runtime;

import io.skald.engine.machine.Decided;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
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
import io.skald.saga.internal.StepPath;
import io.skald.saga.step.Results;
import io.skald.saga.view.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The recorded results of a saga, as they are seen from one of its steps: within an element of a
 * {@code forEach} the results of that element come first. Each is read when it is asked for, so
 * that what a step sees is what a restart would see.
 */
final class RecordedResults implements Results {
  private final SagaDefinition<?, ?> definition;
  private final HeldSaga held;
  private final PayloadReader reader;
  private final String scope;

  /**
   * The results as a step sees them.
   *
   * @param path where the step stands; empty for the saga as a whole
   */
  RecordedResults(SagaDefinition<?, ?> definition, HeldSaga held, PayloadCodec codec, String path) {
    this.definition = definition;
    this.held = held;
    this.reader = new PayloadReader(definition, codec);
    this.scope = StepPath.scope(path);
  }

  @Override
  public <R> R resultOf(Step<?, R> step) {
    return findResultOf(step)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "step %s has no recorded result (expected: a step of saga %s that succeeded)"
                        .formatted(step.name(), definition.name())));
  }

  @Override
  @SuppressWarnings("unchecked") // the codec reads the type the step was declared with
  public <R> Optional<R> findResultOf(Step<?, R> step) {
    return (Optional<R>) definition.step(step.name()).flatMap(this::inScope);
  }

  /**
   * The path of a step as it is named from here: within a {@code forEach}, that of the same
   * element.
   *
   * @throws IllegalArgumentException if there is no such step, or it belongs to elements of which
   *     this one is none
   */
  String pathOf(Step<?, ?> step) {
    String pattern = definition.step(step.name()).map(PlacedStep::path).orElse("/");
    String path = pattern.contains("*") ? scope + step.name() : pattern;
    if (!path.replaceAll("/\\d+/", "/*/").equals(pattern)) {
      throw new IllegalArgumentException(
          "step %s cannot be named from here (expected: a step of saga %s, of the same element)"
              .formatted(step.name(), definition.name()));
    }
    return path;
  }

  /**
   * The path of a wait for a signal, as {@link #pathOf} has it.
   *
   * @throws IllegalArgumentException if it cannot be named from here, or is no such wait
   */
  String pathOfWait(Step<?, ?> step) {
    String path = pathOf(step);
    if (definition.step(step.name()).filter(RecordedResults::isAwait).isEmpty()) {
      throw new IllegalArgumentException(
          "step %s waits for no signal (expected: a step made with Step.await; an asynchronous step"
                  .formatted(step.name())
              + " is completed by its own call's completionToken())");
    }
    return path;
  }

  private static boolean isAwait(PlacedStep step) {
    return step.plan() instanceof AwaitPlan;
  }

  /** From the element the asking step is in to the saga as a whole. */
  private Optional<Object> inScope(PlacedStep step) {
    String from = scope;
    while (true) {
      var seen = new PlacedStep(from + step.name(), step.plan(), step.position());
      Optional<Object> result = read(seen);
      if (result.isPresent() || from.isEmpty()) {
        return result;
      }
      from = StepPath.scope(StepPath.each(from));
    }
  }

  Optional<Object> read(PlacedStep step) {
    return switch (step.plan()) {
      case TaskPlan task -> payload(step);
      case AwaitPlan await -> payload(step);
      case ChildPlan child -> payload(step);
      case DelayPlan delay -> payload(step);
      case LockPlan locks -> payload(step);
      case RefusalPlan refusal -> payload(step);
      case SequencePlan sequence -> read(step.beside(sequence.steps().getLast()));
      case ParallelPlan group -> joined(step);
      case ChoicePlan choice -> payload(step).or(() -> chosen(step, choice));
      case ForEachPlan each -> skipped(step).or(() -> elements(step, each));
    };
  }

  /** What the step itself answered: nothing, if the saga went on with another result. */
  Optional<Object> answered(PlacedStep step) {
    boolean isGoneOn =
        held.state().entry(step.path(), Direction.ACTION).filter(Entry::isGoneOn).isPresent();
    return isGoneOn ? Optional.empty() : payload(step);
  }

  private Optional<Object> payload(PlacedStep step) {
    return Optional.ofNullable(held.results().get(step.path()))
        .map(payload -> reader.result(step.plan(), payload, step.plan().resultType()));
  }

  /** A branch may have passed without a result: a choice that took none. */
  private Optional<Object> joined(PlacedStep step) {
    return SagaMachine.isPassed(step, held.state()) ? Optional.of(Done.DONE) : Optional.empty();
  }

  private Optional<Object> chosen(PlacedStep step, ChoicePlan choice) {
    Optional<Decided> decision = decision(step);
    Optional<StepPlan> branch =
        choice.branches().stream()
            .filter(plan -> decision.map(Decided::text).filter(plan.name()::equals).isPresent())
            .findFirst();
    if (branch.isEmpty() && decision.isPresent() && choice.resultType() == Done.class) {
      return Optional.of(Done.DONE);
    }
    return branch.map(step::beside).flatMap(this::read);
  }

  /**
   * What is recorded of a forEach itself are its elements, unless an operator put a result there.
   */
  private Optional<Object> skipped(PlacedStep step) {
    return decision(step).isPresent() ? Optional.empty() : payload(step);
  }

  private Optional<Object> elements(PlacedStep step, ForEachPlan each) {
    Optional<Integer> count = decision(step).flatMap(Decided::elements);
    if (count.isEmpty()) {
      return Optional.empty();
    }
    List<Object> results = new ArrayList<>();
    for (int number = 1; number <= count.get(); number++) {
      read(step.element(each, number)).ifPresent(results::add);
    }
    return results.size() == count.get() ? Optional.of(List.copyOf(results)) : Optional.empty();
  }

  private Optional<Decided> decision(PlacedStep step) {
    return held.state().entry(step.path(), Direction.ACTION).flatMap(Entry::decision);
  }
}

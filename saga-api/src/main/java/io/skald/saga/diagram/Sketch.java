package io.skald.saga.diagram;

import io.skald.saga.LockWait;
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
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is drawn of a definition, whatever it is drawn with.
 *
 * @param title the definition's name
 * @param subtitle what holds for the saga as a whole
 * @param before the parts before the pivot
 * @param pivot the pivot, if there is one
 * @param after the confirmations, and the parts after the pivot
 */
record Sketch(
    String title, String subtitle, List<Part> before, Optional<Part> pivot, List<Part> after) {

  static Sketch of(SagaDefinition<?, ?> definition) {
    return new Sketch(
        definition.name(),
        "version " + definition.version() + limit(definition),
        parts(definition, Position.COMPENSATABLE),
        parts(definition, Position.PIVOT).stream().findFirst(),
        Stream.concat(
                definition.steps().stream().flatMap(step -> confirmations(step.plan(), "TCC")),
                parts(definition, Position.RETRIABLE).stream())
            .toList());
  }

  /** What is confirmed once the pivot, or without one every step, has succeeded. */
  private static Stream<Part> confirmations(StepPlan plan, String note) {
    return switch (plan) {
      case TaskPlan task when task.confirmation() != null ->
          Stream.of(
              new Part.Card(
                  "confirm " + task.name(), Part.Tone.REMOTE, List.of(note), Optional.empty()));
      case TaskPlan task -> Stream.of();
      case SequencePlan sequence ->
          sequence.steps().stream().flatMap(step -> confirmations(step, note));
      case ParallelPlan group ->
          group.branches().stream().flatMap(branch -> confirmations(branch, note));
      case ChoicePlan choice ->
          choice.branches().stream().flatMap(branch -> confirmations(branch, "TCC, if tried"));
      case ForEachPlan each -> confirmations(each.step(), "TCC, for each element");
      case DelayPlan delay -> Stream.of();
      case LockPlan locks -> Stream.of();
      case AwaitPlan await -> Stream.of();
      case ChildPlan child -> Stream.of();
      case RefusalPlan refusal -> Stream.of();
    };
  }

  private static String limit(SagaDefinition<?, ?> definition) {
    Duration kept = definition.keptForCompensation();
    String more = kept.isZero() ? "" : ", then " + Words.of(kept) + " to compensate";
    return definition
        .deadline()
        .map(whole -> ", at most " + Words.of(whole.minus(kept)) + " until its pivot begins" + more)
        .orElse("");
  }

  private static List<Part> parts(SagaDefinition<?, ?> definition, Position position) {
    return definition.steps().stream()
        .filter(step -> step.position() == position)
        .map(Sketch::part)
        .toList();
  }

  /** What may be compensated, or turn the saga around: the parts up to and including the pivot. */
  List<Part> revocable() {
    return Stream.concat(before.stream(), pivot.stream()).toList();
  }

  /** Whether a saga may complete. */
  boolean isCompletable() {
    return Stream.of(before.stream(), pivot.stream(), after.stream())
        .flatMap(parts -> parts)
        .noneMatch(Part::isEnd);
  }

  private static Part part(PlacedStep step) {
    return switch (step.plan()) {
      case TaskPlan task -> TaskCard.of(task, step.position());
      case SequencePlan sequence ->
          frame(
              step,
              Part.Shape.SEQUENCE,
              "one after another",
              branches(step, sequence.steps()),
              "compensated, last step first");
      case ParallelPlan group ->
          frame(
              step,
              Part.Shape.PARALLEL,
              "beside each other",
              branches(step, group.branches()),
              compensations(group));
      case ChoicePlan choice ->
          frame(
              step,
              Part.Shape.CHOICE,
              "the first case that holds",
              cases(step, choice),
              "compensated: the branch taken");
      case ForEachPlan each ->
          frame(
              step,
              Part.Shape.EACH,
              "for each element, " + atATime(each),
              branches(step, List.of(each.step())),
              "compensated, last completed first");
      case DelayPlan delay -> wait(delay.name(), List.of(end(delay)));
      case LockPlan locks -> wait(locks.name(), List.of("lock " + locks.names(), limit(locks)));
      case AwaitPlan await ->
          wait(await.name(), List.of("signal " + await.signal().name(), silence(await)));
      case ChildPlan child ->
          new Part.Card(
              child.name(),
              Part.Tone.REMOTE,
              List.of("saga " + child.child().name()),
              step.position() == Position.COMPENSATABLE
                  ? Optional.of("compensated")
                  : Optional.empty());
      case RefusalPlan refusal ->
          new Part.Card(
              refusal.name(),
              Part.Tone.REFUSAL,
              List.of("refuses: the saga compensates"),
              Optional.empty());
    };
  }

  private static String compensations(ParallelPlan group) {
    return switch (group.compensations()) {
      case ONE_BY_ONE -> "compensated, last completed first";
      case TOGETHER -> "compensated together";
    };
  }

  private static String atATime(ForEachPlan each) {
    return (each.concurrency() == 1 ? "one" : each.concurrency()) + " at a time";
  }

  private static Part wait(String name, List<String> notes) {
    return new Part.Card(name, Part.Tone.WAIT, notes, Optional.empty());
  }

  private static String limit(LockPlan locks) {
    return switch (locks.patience()) {
      case LockWait.UntilDeadline until -> "waits for its turn";
      case LockWait.AtMost(Duration duration) ->
          "waits for its turn, at most " + Words.of(duration);
      case LockWait.None none -> "or compensates at once";
    };
  }

  private static String end(DelayPlan delay) {
    return switch (delay.end()) {
      case DelayPlan.End.After after -> "waits " + Words.of(after.duration());
      case DelayPlan.End.At at -> "waits until a computed time";
    };
  }

  private static String silence(AwaitPlan await) {
    String limit = "within " + Words.of(await.within());
    return switch (await.silence()) {
      case AwaitPlan.Silence.Fails fails -> limit + ", or compensates";
      case AwaitPlan.Silence.Yields yields -> limit + ", or goes on";
    };
  }

  private static Part frame(
      PlacedStep step,
      Part.Shape shape,
      String note,
      List<Part.Branch> branches,
      String compensation) {
    boolean isCompensated =
        branches.stream()
            .flatMap(branch -> branch.part().stream())
            .anyMatch(part -> part.compensation().isPresent());
    return new Part.Frame(
        step.name(),
        shape,
        note,
        branches,
        isCompensated ? Optional.of(compensation) : Optional.empty());
  }

  private static List<Part.Branch> branches(PlacedStep step, List<StepPlan> held) {
    return held.stream().map(plan -> Part.Branch.of(part(step.beside(plan)))).toList();
  }

  private static List<Part.Branch> cases(PlacedStep step, ChoicePlan choice) {
    List<Part.Branch> branches = new ArrayList<>();
    for (ChoicePlan.Case each : choice.cases()) {
      String label = "case " + (branches.size() + 1);
      branches.add(new Part.Branch(label, Optional.of(part(step.beside(each.step())))));
    }
    Optional<Part> otherwise =
        Optional.ofNullable(choice.otherwise()).map(plan -> part(step.beside(plan)));
    branches.add(new Part.Branch("otherwise", otherwise));
    return List.copyOf(branches);
  }
}

package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.Spent;
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
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Every step there is on one way of a saga, what holds it, and what may be begun: read from the
 * plans and from what was decided, one step at a time, as a reader of the definition would.
 */
final class Layout {
  private final World world;
  private final boolean isTried;
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final List<Node> top;
  private final List<PlacedStep> recordable = new ArrayList<>();

  /** A step, what holds it, and what it holds: of a choice only what it took. */
  private static final class Node {
    private final PlacedStep step;
    private final @Nullable Node parent;
    private final List<Node> held = new ArrayList<>();

    Node(PlacedStep step, @Nullable Node parent) {
      this.step = step;
      this.parent = parent;
    }
  }

  Layout(SagaDefinition<?, ?> definition, World world) {
    this.world = world;
    this.isTried = definition.hasConfirmations();
    this.top = definition.steps().stream().map(step -> node(step, null)).toList();
  }

  private Node node(PlacedStep step, @Nullable Node parent) {
    var node = new Node(step, parent);
    nodes.put(step.path(), node);
    if (!(step.plan() instanceof SequencePlan || step.plan() instanceof ParallelPlan)) {
      recordable.add(step);
    }
    for (PlacedStep below : held(step)) {
      node.held.add(node(below, node));
    }
    return node;
  }

  private List<PlacedStep> held(PlacedStep step) {
    return switch (step.plan()) {
      case TaskPlan task -> List.of();
      case RefusalPlan refusal -> List.of();
      case DelayPlan delay -> List.of();
      case LockPlan locks -> List.of();
      case AwaitPlan await -> List.of();
      case ChildPlan child -> List.of();
      case SequencePlan sequence -> beside(step, sequence.steps());
      case ParallelPlan group -> beside(step, group.branches());
      case ChoicePlan choice ->
          beside(
              step,
              choice.branches().stream()
                  .filter(branch -> decision(step).equals(Optional.of(branch.name())))
                  .toList());
      case ForEachPlan each ->
          IntStream.rangeClosed(1, decision(step).map(Integer::parseInt).orElse(0))
              .mapToObj(number -> step.element(each, number))
              .toList();
    };
  }

  private static List<PlacedStep> beside(PlacedStep step, List<StepPlan> plans) {
    return plans.stream().map(step::beside).toList();
  }

  private Optional<String> decision(PlacedStep step) {
    return world
        .state()
        .entry(step.path(), Direction.ACTION)
        .filter(entry -> entry.status() == LogStatus.SUCCEEDED)
        .flatMap(Entry::decision)
        .map(Decided::text);
  }

  private boolean has(PlacedStep step, LogStatus status) {
    return world
        .state()
        .entry(step.path(), Direction.ACTION)
        .filter(entry -> entry.status() == status)
        .isPresent();
  }

  /** The steps that are made, waited at or decided: everything with a row of its own. */
  List<PlacedStep> recordable() {
    return recordable;
  }

  boolean contains(String path) {
    return nodes.containsKey(path);
  }

  boolean isEverythingPassed() {
    return top.stream().allMatch(this::isPassed);
  }

  boolean isPivotReached() {
    return top.stream().anyMatch(node -> node.step.position() != Position.COMPENSATABLE)
        && top.stream()
            .filter(node -> node.step.position() == Position.COMPENSATABLE)
            .allMatch(this::isPassed);
  }

  boolean isPivotPassed() {
    return top.stream().anyMatch(node -> node.step.position() == Position.PIVOT && isPassed(node));
  }

  private boolean isPassed(Node node) {
    boolean isRecorded =
        has(node.step, LogStatus.SUCCEEDED)
            || has(node.step, LogStatus.SKIPPED)
            || isGoneOn(node.step);
    boolean isHeldPassed = node.held.stream().allMatch(this::isPassed);
    return switch (node.step.plan()) {
      case SequencePlan sequence -> isHeldPassed;
      case ParallelPlan group -> isHeldPassed;
      case StepPlan withRow -> isRecorded && isHeldPassed;
    };
  }

  /** Whether the step's attempts were spent without an answer, and it says to go on then. */
  boolean isGoneOn(PlacedStep step) {
    return step.plan() instanceof TaskPlan task
        && task.spent().action() instanceof Spent.GoOn
        && world.truth().of(step.path()).answer() == Truth.Answer.NONE
        && (has(step, LogStatus.UNKNOWN) || has(step, LogStatus.FAILED));
  }

  /** The tries that succeeded and are not confirmed, in the order in which they did. */
  List<PlacedStep> unconfirmed() {
    if (!isTried) {
      return List.of();
    }
    return recordable.stream()
        .filter(step -> Tasks.isConfirmed(step) && has(step, LogStatus.SUCCEEDED))
        .filter(step -> world.truth().of(step.path()).settled() == Truth.Settled.NOT)
        .sorted(Comparator.comparingInt(step -> world.truth().of(step.path()).endedAt()))
        .toList();
  }

  /** Whether the tries are to be confirmed: the pivot has passed, or without one all there is. */
  boolean isTimeToConfirm() {
    boolean isPivoted = top.stream().anyMatch(node -> node.step.position() == Position.PIVOT);
    return isPivoted ? isPivotPassed() : isEverythingPassed();
  }

  /** Whether everything that must come before the step has passed, and there is room for it. */
  boolean mayBegin(PlacedStep step) {
    Node node = nodes.get(step.path());
    if (node == null
        || has(step, LogStatus.SUCCEEDED)
        || has(step, LogStatus.SKIPPED)
        || isGoneOn(step)
        || (step.position() == Position.RETRIABLE && !unconfirmed().isEmpty())) {
      return false;
    }
    Node below = node;
    for (Node holder = node.parent; holder != null; holder = holder.parent) {
      if (!holds(holder, below)) {
        return false;
      }
      below = holder;
    }
    return arePassedBefore(top, below);
  }

  private boolean holds(Node holder, Node below) {
    return switch (holder.step.plan()) {
      case SequencePlan sequence -> arePassedBefore(holder.held, below);
      case ForEachPlan each ->
          holder.held.subList(0, holder.held.indexOf(below)).stream()
                  .filter(one -> !isPassed(one))
                  .count()
              < each.concurrency();
      case StepPlan other -> true;
    };
  }

  private boolean arePassedBefore(List<Node> all, Node one) {
    return all.subList(0, all.indexOf(one)).stream().allMatch(this::isPassed);
  }

  /** Whether the two may be compensated at the same time: they are in branches of such a group. */
  boolean areTogether(String one, String other) {
    var above = new ArrayList<Node>();
    for (Node node = nodes.get(one); node != null; node = node.parent) {
      above.add(node);
    }
    Node common = nodes.get(other);
    while (common != null && !above.contains(common)) {
      common = common.parent;
    }
    return common != null
        && common.step.plan() instanceof ParallelPlan group
        && group.compensations() == ParallelPlan.Compensations.TOGETHER;
  }
}

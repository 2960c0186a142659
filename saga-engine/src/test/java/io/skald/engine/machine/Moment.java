package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A decision and the world it was taken in, and what there is to be told of them. */
final class Moment {
  private final SagaDefinition<?, ?> definition;
  private final World world;
  private final Decision decision;
  private final Layout layout;

  Moment(SagaDefinition<?, ?> definition, World world, Decision decision) {
    this.definition = definition;
    this.world = world;
    this.decision = decision;
    this.layout = new Layout(definition, world);
  }

  World world() {
    return world;
  }

  Layout layout() {
    return layout;
  }

  PlacedStep step(String path) {
    return definition.stepAt(path).orElseThrow();
  }

  Truth.Fate fate(PlacedStep step) {
    return world.truth().of(step.path());
  }

  Optional<Entry> entry(PlacedStep step, Direction direction) {
    return world.state().entry(step.path(), direction);
  }

  Stream<Entry> entries() {
    return Stream.of(Direction.values()).flatMap(world.state()::latestFirst);
  }

  boolean isForward() {
    return world.state().status() == SagaStatus.RUNNING;
  }

  /** Whether the saga may go no further, though none of its steps has failed. */
  boolean isCalledOff() {
    return isForward() && (world.truth().isCancelled() || (isLate() && !layout.isPivotReached()));
  }

  /** Whether nothing of the deadline is left but what is kept for compensation. */
  boolean isLate() {
    return timeLeft(world.now()).filter(left -> !left.isPositive()).isPresent();
  }

  /** Whether the pivot is not to be begun any more. */
  boolean isTooLateForPivot() {
    return definition.isPivotOnlyInTime()
        && world
            .state()
            .deadlineAt()
            .filter(at -> Duration.between(world.now(), at).compareTo(Explorer.REST) < 0)
            .isPresent();
  }

  /** Whether anything was made of the pivot, or may have been. */
  boolean isPivotTouched() {
    return world.state().isAnythingUnderWay()
        || entries().anyMatch(entry -> step(entry.path()).position() != Position.COMPENSATABLE);
  }

  /** Whether a saga that sleeps until then misses nothing of what is kept for compensation. */
  boolean isInTime(Instant until) {
    return timeLeft(until).filter(Duration::isNegative).isEmpty();
  }

  private Optional<Duration> timeLeft(Instant at) {
    Duration kept = definition.keptForCompensation();
    return world.state().deadlineAt().map(deadline -> Duration.between(at, deadline).minus(kept));
  }

  /** Why a saga turns around that is late. */
  String lateness() {
    return definition.keptForCompensation().isZero()
        ? "deadline passed"
        : "the rest of the deadline is kept for compensation";
  }

  /** Whether what is recorded of the step has to wait for a later time. */
  boolean isLater(PlacedStep step, Direction direction) {
    return entry(step, direction).filter(this::isLater).isPresent();
  }

  boolean isLater(Entry entry) {
    return entry.retryAt() != null && entry.retryAt().isAfter(world.now());
  }

  /** The steps that ended the way forward or back, unless an operator gave them another try. */
  List<String> hasFailed() {
    return Stream.of(Direction.values())
        .filter(direction -> direction.isBackward() == world.state().isTurnedAround())
        .flatMap(world.state()::latestFirst)
        .filter(e -> e.status() == LogStatus.FAILED || e.status() == LogStatus.UNKNOWN)
        .filter(entry -> entry.attempt() == 0 || entry.attempt() != entry.attemptBase())
        .filter(entry -> world.state().isTurnedAround() || !layout.isGoneOn(step(entry.path())))
        .map(Entry::path)
        .toList();
  }

  boolean isUnderWay(PlacedStep step, Direction direction) {
    return world.underWay().stream()
        .anyMatch(
            one ->
                switch (one) {
                  case Decision.Act(PlacedStep acting, int attempt, Decision.Mode mode) ->
                      direction == Direction.ACTION && acting.equals(step);
                  case Decision.Compensate(PlacedStep back, int attempt) ->
                      direction == Tasks.backward(back) && back.equals(step);
                  case Decision other -> throw new IllegalStateException("no attempt: " + other);
                });
  }

  /** Whether the step has to be compensated, and all that ended later is, or may be beside it. */
  boolean mayCompensate(PlacedStep step) {
    Truth.Fate fate = fate(step);
    return isCompensated(step)
        && fate.isOwed()
        && layout.recordable().stream()
            .filter(other -> isCompensated(other) && fate(other).isOwed())
            .filter(other -> fate(other).endedAt() > fate.endedAt())
            .allMatch(other -> layout.areTogether(step.path(), other.path()));
  }

  /** Whether there is anything to take back once the step took effect. */
  static boolean isCompensated(PlacedStep step) {
    return step.plan() instanceof ChildPlan
        || (step.plan() instanceof TaskPlan task
            && !(task.compensation() instanceof CompensationPlan.None));
  }

  void require(boolean holds, String what, Object... about) {
    if (!holds) {
      assertThat(holds)
          .as("%s: %s: %s%n%s", definition.name(), what.formatted(about), told(decision), told())
          .isTrue();
    }
  }

  private static String told(Decision decision) {
    return decision.toString().replaceAll("plan=.*position", "position");
  }

  private String told() {
    String recorded =
        entries()
            .map(e -> "%d %s %s".formatted(e.seq(), e.path(), e))
            .collect(Collectors.joining("\n"));
    return "%s at %s, budget %s, %d under way, mail %s%n%s%n%s"
        .formatted(
            world.state().status(),
            world.now(),
            world.budget(),
            world.underWay().size(),
            world.mail(),
            recorded,
            world.truth());
  }
}

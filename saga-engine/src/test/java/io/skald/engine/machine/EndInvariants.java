package io.skald.engine.machine;

import io.skald.saga.Spent;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What must hold when a saga turns around, on its way back, and at its end. */
final class EndInvariants {
  private final Moment moment;
  private final World world;
  private final Layout layout;

  EndInvariants(Moment moment) {
    this.moment = moment;
    this.world = moment.world();
    this.layout = moment.layout();
  }

  /** I6, I7, I8: in reverse order, only what may have taken effect, never before a pivot. */
  void checkCompensate(Decision.Compensate compensate) {
    PlacedStep step = compensate.step();
    Truth.Fate fate = moment.fate(step);
    Direction direction = Tasks.backward(step);
    require(world.state().isTurnedAround(), "only after turning around");
    require(!layout.isPivotPassed(), "nothing before a passed pivot");
    require(isNothingConfirmed(), "nothing once a try was confirmed");
    require(Moment.isCompensated(step), "only with a compensation");
    require(fate.isOwed(), "only what may have taken effect, and once");
    require(compensate.attempt() == fate.compensations() + 1, "numbered by one");
    require(!moment.isUnderWay(step, direction), "no two attempts at once");
    require(moment.mayCompensate(step), "after all that ended later");
    require(!moment.isLater(step, direction), "not before it is due");
  }

  /** I12: the first confirmation is the point of no return, whatever became of it. */
  private boolean isNothingConfirmed() {
    return world.truth().steps().values().stream().allMatch(fate -> fate.confirmations() == 0);
  }

  /** Everything open is given up, and nothing but that. */
  void checkTurnAround(Decision.TurnAround turn) {
    require(world.state().status() == SagaStatus.RUNNING, "once");
    require(!layout.isPivotPassed(), "not after the pivot");
    require(isNothingConfirmed(), "not once a try was confirmed");
    require(world.underWay().isEmpty(), "not while an attempt is under way");
    checkReason(turn);
    List<Entry> open = moment.entries().filter(entry -> !entry.status().isFinal()).toList();
    require(turn.unanswered().size() == open.size(), "gives up all that is open");
    for (Entry entry : turn.unanswered()) {
      LogStatus expected = mayTakeEffect(entry) ? LogStatus.UNKNOWN : LogStatus.FAILED;
      require(
          open.stream().anyMatch(one -> one.path().equals(entry.path())), "gives up what is open");
      require(entry.status() == expected, "given up as %s", expected);
    }
  }

  private boolean mayTakeEffect(Entry entry) {
    PlacedStep step = moment.step(entry.path());
    return Tasks.isRemote(step) || step.plan() instanceof ChildPlan;
  }

  private void checkReason(Decision.TurnAround turn) {
    switch (turn.reason()) {
      case "" -> {
        require(moment.hasFailed().contains(turn.step()), "for a step that failed");
        require(
            isRefused(turn.step()) || !(meaning(turn.step()) instanceof Spent.AskOperator),
            "not when it is for an operator to decide");
      }
      case "cancelled" -> require(world.truth().isCancelled(), "because it was cancelled");
      case String tooLate when tooLate.startsWith("too little of the deadline") -> {
        require(moment.isTooLateForPivot(), "because there is no time for the rest");
        require(layout.isPivotReached(), "at the pivot");
        require(!moment.isPivotTouched(), "of which nothing was begun");
      }
      default -> {
        require(moment.isLate(), "because there is no time left to go on");
        require(turn.reason().equals(moment.lateness()), "for a reason: %s", moment.lateness());
      }
    }
  }

  private boolean isRefused(String path) {
    return world.truth().of(path).answer() == Truth.Answer.NO;
  }

  private Object meaning(String path) {
    return moment.step(path).plan() instanceof TaskPlan task
        ? Optional.<Object>ofNullable(task.spent().action()).orElse("none")
        : "none";
  }

  /** I12: everything has passed, every try is confirmed, and every other saga has completed. */
  void checkComplete() {
    require(!world.truth().isCancelled(), "not after it was cancelled");
    require(world.underWay().isEmpty(), "not while an attempt is under way");
    require(layout.isEverythingPassed(), "everything has passed");
    require(layout.unconfirmed().isEmpty(), "every try is confirmed");
    world.truth().steps().forEach(this::checkStays);
    world.truth().children().forEach(this::checkDone);
  }

  private void checkStays(String path, Truth.Fate fate) {
    PlacedStep step = moment.step(path);
    boolean isMade = step.plan() instanceof TaskPlan || step.plan() instanceof ChildPlan;
    boolean isDone =
        !isMade
            || fate.effect() == Truth.Effect.CERTAIN
            || fate.isSkipped()
            || layout.isGoneOn(step);
    require(isDone && layout.contains(path), "%s was to be made, and took effect", path);
    require(fate.compensations() == 0, "%s stays", path);
    boolean isConfirmed =
        !Tasks.isConfirmed(step) || fate.isSkipped() || fate.settled() == Truth.Settled.CONFIRMED;
    require(isConfirmed, "%s is confirmed", path);
  }

  private void checkDone(String path, Child child) {
    boolean isDone = child == Child.COMPLETED || child == Child.PURGED;
    require(isDone || world.truth().of(path).isSkipped(), "the saga of %s has completed", path);
  }

  /** I7: everything that may have taken effect is compensated; nothing after it was tried. */
  void checkCompensated() {
    require(world.underWay().isEmpty(), "not while an attempt is under way");
    require(isNothingConfirmed(), "not once a try was confirmed");
    world.truth().steps().forEach(this::checkSquare);
    world.truth().children().forEach(this::checkOver);
  }

  /** Nothing is left to compensate of a step; a pivot must not have taken effect at all. */
  private void checkSquare(String path, Truth.Fate fate) {
    PlacedStep step = moment.step(path);
    boolean mustNotStay = step.position() != Position.COMPENSATABLE || Moment.isCompensated(step);
    require(!(mustNotStay && fate.isOwed()), "%s is compensated", path);
    require(step.position() != Position.RETRIABLE || fate.attempts() == 0, "%s waits", path);
  }

  private void checkOver(String path, Child child) {
    boolean isOver = child.isOver() || child == Child.PURGED;
    require(isOver || world.truth().of(path).isSkipped(), "the saga of %s is over", path);
  }

  void checkStick(Decision.Stick stick) {
    PlacedStep step = moment.step(stick.step());
    require(world.underWay().isEmpty(), "not while an attempt is under way");
    require(!stick.reason().isBlank(), "with a reason");
    require(moment.hasFailed().contains(step.path()), "at an end");
    if (world.state().isTurnedAround()) {
      require(moment.fate(step).isOwed(), "at what is not compensated");
    } else if (moment.entry(step, Direction.CONFIRM).isPresent()) {
      require(layout.unconfirmed().indexOf(step) == 0, "at what is to be confirmed");
    } else {
      checkStickForward(step);
    }
  }

  private void checkStickForward(PlacedStep step) {
    boolean isAsked = meaning(step.path()) instanceof Spent.AskOperator && !isRefused(step.path());
    LogStatus status = moment.entry(step, Direction.ACTION).orElseThrow().status();
    require(
        isAsked || step.position() != Position.COMPENSATABLE,
        "before the pivot the saga turns around");
    require(status == expected(step), "its outcome is %s", expected(step));
  }

  /** What certainly did not happen has failed; what may have is unknown. */
  private LogStatus expected(PlacedStep step) {
    Truth.Fate fate = moment.fate(step);
    boolean mayHave = fate.effect() != Truth.Effect.NONE;
    // an intent hides what was recorded before it: then doubt is the safe side
    boolean isHidden = Tasks.isAtMostOnce(step) && fate.attempts() > 1;
    return mayHave || isHidden ? LogStatus.UNKNOWN : LogStatus.FAILED;
  }

  void checkRest() {
    boolean isEnd = world.state().status().isEnd();
    require(isEnd || world.state().status() == SagaStatus.STUCK, "has ended or is stuck");
    Stream<Entry> entries = moment.entries();
    require(
        !isEnd || entries.allMatch(entry -> entry.status().isFinal()),
        "a saga that has ended leaves no row open");
  }

  private void require(boolean holds, String what, Object... about) {
    moment.require(holds, what, about);
  }
}

package io.skald.engine.machine;

import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What must hold of every decision on the way forward, and of every wait. */
final class ForwardInvariants {
  private final Moment moment;
  private final World world;
  private final Layout layout;

  ForwardInvariants(Moment moment) {
    this.moment = moment;
    this.world = moment.world();
    this.layout = moment.layout();
  }

  /** Steps run in order, each after all before it have passed, and nothing after a failure. */
  private void checkForward(PlacedStep step) {
    require(!world.state().isTurnedAround(), "no action after compensation began");
    require(!world.truth().isCancelled(), "no action after the saga was cancelled");
    require(!moment.isLate() || layout.isPivotReached(), "no action after the deadline has passed");
    require(
        step.position() == Position.COMPENSATABLE
            || moment.isPivotTouched()
            || !moment.isTooLateForPivot(),
        "no pivot is begun with too little time for the rest");
    require(layout.mayBegin(step), "what must come before has passed, and there is room");
    require(moment.hasFailed().isEmpty(), "nothing new after a step has failed");
    require(!moment.isUnderWay(step, Direction.ACTION), "no two attempts at once");
  }

  /** I9: attempts grow by one. */
  void checkNumbered(PlacedStep step, int attempt) {
    checkForward(step);
    int expected = moment.fate(step).attempts() + 1;
    require(attempt == expected, "the attempt is number %d", expected);
  }

  void checkAct(Decision.Act act) {
    if (act.mode() == Decision.Mode.VERIFY_ONLY) {
      checkForward(act.step());
      int last = moment.fate(act.step()).attempts();
      require(act.attempt() == last, "the attempt stays number %d", last);
    } else {
      checkNumbered(act.step(), act.attempt());
      require(!isBlindRepeat(act), "what is at most once is called once");
    }
    require(!moment.isLater(act.step(), Direction.ACTION), "not before it is due");
  }

  private boolean isBlindRepeat(Decision.Act act) {
    return Tasks.isAtMostOnce(act.step())
        && act.attempt() > 1
        && moment.entry(act.step(), Direction.ACTION).filter(e -> e.attemptBase() > 0).isEmpty();
  }

  /** I12: once the saga cannot turn around any more, one after another in the order of tries. */
  void checkConfirm(Decision.Confirm confirm) {
    PlacedStep step = confirm.step();
    require(!world.state().isTurnedAround(), "nothing is confirmed after compensation began");
    require(!world.truth().isCancelled(), "nothing is confirmed after the saga was cancelled");
    require(layout.isTimeToConfirm(), "not before the point of no return");
    require(moment.hasFailed().isEmpty(), "nothing new after a step has failed");
    require(world.underWay().isEmpty(), "beside nothing else");
    require(layout.unconfirmed().indexOf(step) == 0, "the try that succeeded first comes first");
    require(confirm.attempt() == moment.fate(step).confirmations() + 1, "its attempts grow by one");
    require(!moment.isLater(step, Direction.CONFIRM), "not before it is due");
  }

  /** There is one saga of a step at a time, and none once it has done what it was for. */
  void checkStartChild(Decision.StartChild start) {
    checkNumbered(start.step(), start.attempt());
    Child before = world.truth().children().get(start.step().path());
    require(
        before == null || !before.isAlive() && before != Child.COMPLETED, "no other one is there");
  }

  /** Before everything else, and again only while it waits for its turn. */
  void checkTakeLocks(Decision.TakeLocks take) {
    checkForward(take.step());
    require(layout.recordable().indexOf(take.step()) == 0, "before everything else");
    int expected =
        moment.fate(take.step()).attempts() + (isWaiting(take.step(), Direction.ACTION) ? 0 : 1);
    require(take.attempt() == expected, "the attempt is number %d", expected);
  }

  void checkLook() {
    require(layout.recordable().stream().anyMatch(this::isAwaited), "only at a wait for one");
  }

  private boolean isAwaited(PlacedStep step) {
    if (!moment.isForward()) {
      return moment.mayCompensate(step) && isWaiting(step, Direction.COMPENSATION);
    }
    return layout.mayBegin(step)
        && (step.plan() instanceof AwaitPlan
            || isWaiting(step, Direction.ACTION)
            || Outside.isHandedOut(step));
  }

  private boolean isWaiting(PlacedStep step, Direction direction) {
    return moment
        .entry(step, direction)
        .filter(entry -> entry.status() == LogStatus.WAITING)
        .isPresent();
  }

  /** I15: its own, that nobody took, and while what it is for is still open. */
  void checkReceive(Decision.Receive receive) {
    PlacedStep step = receive.step();
    checkOpen(step, receive.direction());
    List<String> names = names(step);
    require(
        world.mail().pending().stream()
            .anyMatch(one -> one.id().equals(receive.signal()) && names.contains(one.signal())),
        "a signal of its own that nobody took");
    boolean isRetried =
        Outside.isHandedOut(step)
            && moment
                .entry(step, receive.direction())
                .filter(entry -> entry.status() == LogStatus.RETRYING)
                .isPresent();
    require(
        step.plan() instanceof AwaitPlan || isRetried || isWaiting(step, receive.direction()),
        "what comes too late changes nothing");
  }

  private void checkOpen(PlacedStep step, Direction direction) {
    if (direction == Direction.ACTION) {
      checkForward(step);
    } else {
      require(moment.mayCompensate(step), "after all that ended later");
    }
  }

  /** The names of the signals that are for the step alone. */
  private List<String> names(PlacedStep step) {
    return switch (step.plan()) {
      case AwaitPlan await -> List.of(await.signal().name());
      case ChildPlan child -> List.of(SignalName.newsOf(step.path()));
      default -> {
        WaitPoint point =
            moment
                .entry(step, Direction.ACTION)
                .map(Entry::waitPoint)
                .orElse(new WaitPoint(step.path(), 0));
        yield List.of(SignalName.completionOf(point), SignalName.newsOf(point));
      }
    };
  }

  /** I15, I16: not before it is due, and not over a signal that came before it was. */
  void checkTimeUp(Decision.TimeUp up) {
    PlacedStep step = up.step();
    checkOpen(step, up.direction());
    require(isWaiting(step, up.direction()), "a wait that has begun");
    require(!moment.isLater(step, up.direction()), "not before it is due");
    // what its time means for another saga is no more than another look
    boolean isFinal = !(step.plan() instanceof ChildPlan);
    Instant due = moment.entry(step, up.direction()).map(Entry::retryAt).orElseThrow();
    require(
        !isFinal
            || world.mail().pending().stream()
                .noneMatch(one -> names(step).contains(one.signal()) && one.at().isBefore(due)),
        "no signal came in time");
  }

  void checkJoin(Decision.Join join) {
    require(!world.underWay().isEmpty(), "something is under way");
    require(join.until().filter(at -> !at.isAfter(world.now())).isEmpty(), "for a later time");
    checkIdle(join.until());
  }

  void checkWait(Decision.Wait wait) {
    require(world.underWay().isEmpty(), "nothing is under way");
    require(wait.until().isAfter(world.now()), "waits for a later time");
    checkIdle(Optional.of(wait.until()));
  }

  /** Nothing that could be begun is forgotten, and it wakes when the first thing is due. */
  private void checkIdle(Optional<Instant> until) {
    if (moment.isCalledOff() || !moment.hasFailed().isEmpty()) {
      return;
    }
    if (moment.isForward() && !layout.isPivotReached() && !layout.isEverythingPassed()) {
      require(until.filter(moment::isInTime).isPresent(), "wakes before it is too late");
    }
    if (moment.isForward() && layout.isTimeToConfirm()) {
      layout.unconfirmed().stream()
          .limit(1)
          .forEach(step -> requireLater(step, Direction.CONFIRM, until));
    }
    possible()
        .forEach(
            step -> {
              Direction direction = moment.isForward() ? Direction.ACTION : Tasks.backward(step);
              if (!moment.isUnderWay(step, direction)) {
                requireLater(step, direction, until);
              }
            });
  }

  private Stream<PlacedStep> possible() {
    return layout.recordable().stream()
        .filter(moment.isForward() ? layout::mayBegin : moment::mayCompensate);
  }

  private void requireLater(PlacedStep step, Direction direction, Optional<Instant> until) {
    Optional<Instant> due =
        world
            .state()
            .postponedUntil(step.path(), direction, world.now())
            .or(() -> moment.entry(step, direction).filter(moment::isLater).map(Entry::retryAt));
    require(due.isPresent(), "%s could be begun", step.path());
    require(
        until.filter(at -> !at.isAfter(due.orElseThrow())).isPresent(),
        "wakes when %s is due",
        step.path());
    boolean isLeftLying =
        isWaiting(step, direction)
            && world
                .state()
                .signals()
                .filter(seen -> names(step).stream().anyMatch(one -> seen.first(one).isPresent()))
                .isPresent();
    require(!isLeftLying, "the signal that has come for %s is taken", step.path());
  }

  private void require(boolean holds, String what, Object... about) {
    moment.require(holds, what, about);
  }
}

package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What must hold of every decision, judged by what really happened. */
final class Invariants {
  private static final int DECISIONS_MAX = 200;

  private final SagaDefinition<?, ?> definition;

  Invariants(SagaDefinition<?, ?> definition) {
    this.definition = definition;
  }

  void check(World world, Decision decision) {
    new Check(world, decision).check();
  }

  /** One decision and the world it was taken in. */
  private final class Check {
    private final World world;
    private final Decision decision;
    private final Layout layout;

    Check(World world, Decision decision) {
      this.world = world;
      this.decision = decision;
      this.layout = new Layout(definition, world);
    }

    void check() {
      require(world.budget().decisions() <= DECISIONS_MAX, "comes to an end");
      switch (decision) {
        case Decision.Act act -> checkAct(act);
        case Decision.Compensate compensate -> checkCompensate(compensate);
        case Decision.Evaluate(PlacedStep step, int attempt) -> checkNumbered(step, attempt);
        case Decision.BeginWait(PlacedStep step, int attempt) -> checkNumbered(step, attempt);
        case Decision.LookForSignals look -> checkLook();
        case Decision.Receive receive -> checkReceive(receive);
        case Decision.TimeUp up -> checkTimeUp(up);
        case Decision.Join join -> checkJoin(join);
        case Decision.Wait wait -> checkWait(wait);
        case Decision.TurnAround turn -> checkTurnAround(turn);
        case Decision.Complete complete -> checkComplete();
        case Decision.EndCompensated ended -> checkCompensated();
        case Decision.Stick stick -> checkStick(stick);
        case Decision.Rest rest -> checkRest();
        case Decision.Confirm confirm -> {}
        case Decision.StartChild start -> {}
      }
    }

    /** Steps run in order, each after all before it have passed, and nothing after a failure. */
    private void checkForward(PlacedStep step) {
      require(!world.state().isTurnedAround(), "no action after compensation began");
      require(!world.truth().isCancelled(), "no action after the saga was cancelled");
      require(!isLate() || layout.isPivotReached(), "no action after the deadline has passed");
      require(layout.mayBegin(step), "what must come before has passed, and there is room");
      require(hasFailed().isEmpty(), "nothing new after a step has failed");
      require(!isUnderWay(step.path(), Direction.ACTION), "no two attempts at once");
    }

    private boolean isLate() {
      return world.state().deadlineAt().filter(at -> !at.isAfter(world.now())).isPresent();
    }

    /** I9: attempts grow by one. */
    private void checkNumbered(PlacedStep step, int attempt) {
      checkForward(step);
      int expected = world.truth().of(step.path()).attempts() + 1;
      require(attempt == expected, "the attempt is number %d", expected);
    }

    private void checkAct(Decision.Act act) {
      if (act.mode() == Decision.Mode.VERIFY_ONLY) {
        checkForward(act.step());
        int last = world.truth().of(act.step().path()).attempts();
        require(act.attempt() == last, "the attempt stays number %d", last);
      } else {
        checkNumbered(act.step(), act.attempt());
        require(!isBlindRepeat(act), "what is at most once is called once");
      }
      require(!isOpenBefore(act.step()), "not before it is due");
    }

    private boolean isBlindRepeat(Decision.Act act) {
      return Tasks.isAtMostOnce(act.step())
          && act.attempt() > 1
          && entry(act.step(), Direction.ACTION).filter(e -> e.attemptBase() > 0).isEmpty();
    }

    private boolean isOpenBefore(PlacedStep step) {
      return entry(step, Direction.ACTION).filter(this::isLater).isPresent();
    }

    private boolean isLater(Entry entry) {
      return entry.retryAt() != null && entry.retryAt().isAfter(world.now());
    }

    private void checkLook() {
      boolean isAwaited =
          layout.recordable().stream()
              .anyMatch(step -> step.plan() instanceof AwaitPlan && layout.mayBegin(step));
      require(isAwaited, "only at a wait for one");
    }

    private void checkReceive(Decision.Receive receive) {
      checkForward(receive.step());
      String name = ((AwaitPlan) receive.step().plan()).signal().name();
      boolean isPending =
          world.mail().pending().stream()
              .anyMatch(one -> one.id().equals(receive.signal()) && one.signal().equals(name));
      require(isPending, "a signal of its own that nobody took");
    }

    /** I15, I16: not before it is due, and not over a signal that came before it was. */
    private void checkTimeUp(Decision.TimeUp up) {
      checkForward(up.step());
      Entry entry = entry(up.step(), Direction.ACTION).orElseThrow();
      require(entry.status() == LogStatus.WAITING, "a wait that has begun");
      require(!isLater(entry), "not before it is due");
      if (up.step().plan() instanceof AwaitPlan await) {
        Instant due = Optional.ofNullable(entry.retryAt()).orElseThrow();
        require(
            world.mail().pending().stream()
                .noneMatch(
                    one -> one.signal().equals(await.signal().name()) && one.at().isBefore(due)),
            "no signal came in time");
      }
    }

    private void checkJoin(Decision.Join join) {
      require(!world.underWay().isEmpty(), "something is under way");
      require(join.until().filter(at -> !at.isAfter(world.now())).isEmpty(), "for a later time");
      checkIdle(join.until());
    }

    private void checkWait(Decision.Wait wait) {
      require(world.underWay().isEmpty(), "nothing is under way");
      require(wait.until().isAfter(world.now()), "waits for a later time");
      checkIdle(Optional.of(wait.until()));
    }

    /** Nothing that could be begun is forgotten, and it wakes when the first thing is due. */
    private void checkIdle(Optional<Instant> until) {
      boolean isForward = world.state().status() == SagaStatus.RUNNING;
      boolean isCalledOff =
          isForward && (world.truth().isCancelled() || (isLate() && !layout.isPivotReached()));
      if (isCalledOff || !hasFailed().isEmpty()) {
        return;
      }
      Direction direction = isForward ? Direction.ACTION : Direction.COMPENSATION;
      layout.recordable().stream()
          .filter(isForward ? layout::mayBegin : this::mayCompensate)
          .filter(step -> !isUnderWay(step.path(), direction))
          .forEach(step -> requireLater(step, direction, until));
    }

    private void requireLater(PlacedStep step, Direction direction, Optional<Instant> until) {
      Optional<Instant> due =
          world
              .state()
              .postponedUntil(step.path(), direction, world.now())
              .or(() -> entry(step, direction).filter(this::isLater).map(Entry::retryAt));
      require(due.isPresent(), "%s could be begun", step.path());
      require(
          until.filter(at -> !at.isAfter(due.orElseThrow())).isPresent(),
          "wakes when %s is due",
          step.path());
    }

    /** I6, I7, I8: in reverse order, only what may have taken effect, never before a pivot. */
    private void checkCompensate(Decision.Compensate compensate) {
      String path = compensate.step().path();
      Truth.Fate fate = world.truth().of(path);
      require(world.state().isTurnedAround(), "only after turning around");
      require(!layout.isPivotPassed(), "nothing before a passed pivot");
      require(isCompensated(compensate.step()), "only with a compensation");
      require(fate.isOwed(), "only what may have taken effect, and once");
      require(compensate.attempt() == fate.compensations() + 1, "numbered by one");
      require(!isUnderWay(path, Direction.COMPENSATION), "no two attempts at once");
      require(mayCompensate(compensate.step()), "after all that ended later");
      require(
          entry(compensate.step(), Direction.COMPENSATION).filter(this::isLater).isEmpty(),
          "not before it is due");
    }

    /** Whether all that ended later is compensated, or may be compensated beside it. */
    private boolean mayCompensate(PlacedStep step) {
      Truth.Fate fate = world.truth().of(step.path());
      return isCompensated(step)
          && fate.isOwed()
          && layout.recordable().stream()
              .filter(other -> isCompensated(other) && world.truth().of(other.path()).isOwed())
              .filter(other -> world.truth().of(other.path()).endedAt() > fate.endedAt())
              .allMatch(other -> layout.areTogether(step.path(), other.path()));
    }

    /** Everything open is given up, and nothing but that. */
    private void checkTurnAround(Decision.TurnAround turn) {
      require(world.state().status() == SagaStatus.RUNNING, "once");
      require(!layout.isPivotPassed(), "not after the pivot");
      require(world.underWay().isEmpty(), "not while an attempt is under way");
      require(!turn.reason().isEmpty() || hasFailed().contains(turn.step()), "for a reason");
      List<Entry> open = latest().filter(entry -> !entry.status().isFinal()).toList();
      require(turn.unanswered().size() == open.size(), "gives up all that is open");
      for (Entry entry : turn.unanswered()) {
        boolean isRemote = definition.stepAt(entry.path()).filter(Tasks::isRemote).isPresent();
        LogStatus expected = isRemote ? LogStatus.UNKNOWN : LogStatus.FAILED;
        require(
            open.stream().anyMatch(one -> one.path().equals(entry.path())),
            "gives up what is open");
        require(entry.status() == expected, "given up as %s", expected);
      }
    }

    private void checkComplete() {
      require(!world.truth().isCancelled(), "not after it was cancelled");
      require(world.underWay().isEmpty(), "not while an attempt is under way");
      require(layout.isEverythingPassed(), "everything has passed");
      world.truth().steps().forEach(this::checkStays);
    }

    private void checkStays(String path, Truth.Fate fate) {
      boolean isTask = definition.stepAt(path).orElseThrow().plan() instanceof TaskPlan;
      boolean isDone = !isTask || fate.effect() == Truth.Effect.CERTAIN || fate.isSkipped();
      require(isDone && layout.contains(path), "%s was to be made, and took effect", path);
      require(fate.compensations() == 0, "%s stays", path);
    }

    /** I7: everything that may have taken effect is compensated; nothing after it was tried. */
    private void checkCompensated() {
      require(world.underWay().isEmpty(), "not while an attempt is under way");
      world.truth().steps().forEach(this::checkSquare);
    }

    /** Nothing is left to compensate of a step; a pivot must not have taken effect at all. */
    private void checkSquare(String path, Truth.Fate fate) {
      PlacedStep step = definition.stepAt(path).orElseThrow();
      boolean mustNotStay = step.position() != Position.COMPENSATABLE || isCompensated(step);
      require(!(mustNotStay && fate.isOwed()), "%s is compensated", path);
      require(step.position() != Position.RETRIABLE || fate.attempts() == 0, "%s waits", path);
    }

    private void checkStick(Decision.Stick stick) {
      PlacedStep step = definition.stepAt(stick.step()).orElseThrow();
      boolean isBackward = world.state().isTurnedAround();
      LogStatus status =
          entry(step, isBackward ? Direction.COMPENSATION : Direction.ACTION)
              .orElseThrow()
              .status();
      require(world.underWay().isEmpty(), "not while an attempt is under way");
      require(!stick.reason().isBlank(), "with a reason");
      require(status == LogStatus.FAILED || status == LogStatus.UNKNOWN, "at an end");
      require(
          isBackward || step.position() != Position.COMPENSATABLE,
          "before the pivot the saga turns around");
      require(isBackward || status == expected(step), "its outcome is %s", expected(step));
    }

    /** What certainly did not happen has failed; what may have is unknown. */
    private LogStatus expected(PlacedStep step) {
      Truth.Fate fate = world.truth().of(step.path());
      boolean mayHave = fate.effect() != Truth.Effect.NONE;
      // an intent hides what was recorded before it: then doubt is the safe side
      boolean isHidden = Tasks.isAtMostOnce(step) && fate.attempts() > 1;
      return mayHave || isHidden ? LogStatus.UNKNOWN : LogStatus.FAILED;
    }

    private void checkRest() {
      boolean isEnd = world.state().status().isEnd();
      require(isEnd || world.state().status() == SagaStatus.STUCK, "has ended or is stuck");
      require(
          !isEnd || latest().allMatch(entry -> entry.status().isFinal()),
          "a saga that has ended leaves no row open");
    }

    private Stream<Entry> latest() {
      return Stream.of(Direction.values()).flatMap(world.state()::latestFirst);
    }

    /** The steps that ended the way forward or back, unless an operator gave them another try. */
    private List<String> hasFailed() {
      Direction direction =
          world.state().isTurnedAround() ? Direction.COMPENSATION : Direction.ACTION;
      return world
          .state()
          .latestFirst(direction)
          .filter(e -> e.status() == LogStatus.FAILED || e.status() == LogStatus.UNKNOWN)
          .filter(entry -> entry.attempt() == 0 || entry.attempt() != entry.attemptBase())
          .map(Entry::path)
          .toList();
    }

    private boolean isUnderWay(String path, Direction direction) {
      return world.underWay().stream()
          .anyMatch(
              one ->
                  switch (one) {
                    case Decision.Act act ->
                        direction == Direction.ACTION && act.step().path().equals(path);
                    case Decision.Compensate back ->
                        direction == Direction.COMPENSATION && back.step().path().equals(path);
                    case Decision other -> throw new IllegalStateException("no attempt: " + other);
                  });
    }

    private Optional<Entry> entry(PlacedStep step, Direction direction) {
      return world.state().entry(step.path(), direction);
    }

    private void require(boolean holds, String what, Object... about) {
      if (!holds) {
        assertThat(holds)
            .as(
                "%s: %s: %s%n%s",
                definition.name(), what.formatted(about), told(decision), told(world))
            .isTrue();
      }
    }
  }

  private static String told(Decision decision) {
    return decision.toString().replaceAll("plan=.*position", "position");
  }

  private static String told(World world) {
    String recorded =
        Stream.of(Direction.values())
            .flatMap(world.state()::latestFirst)
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

  private static boolean isCompensated(PlacedStep step) {
    return step.plan() instanceof TaskPlan task
        && !(task.compensation() instanceof CompensationPlan.None);
  }
}

package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;

/** What must hold of every decision, judged by what really happened. */
final class Invariants {
  private static final int DECISIONS_MAX = 100;

  private final Sequence sequence;
  private final int pivot;

  Invariants(Sequence sequence) {
    this.sequence = sequence;
    this.pivot =
        (int)
            sequence.kinds().stream()
                .takeWhile(kind -> kind.position() == Position.COMPENSATABLE)
                .count();
  }

  void check(World world, Decision decision) {
    require(world, decision, world.decisions() <= DECISIONS_MAX, "comes to an end");
    switch (decision) {
      case Decision.Act act -> checkAct(world, act);
      case Decision.Compensate compensate -> checkCompensate(world, compensate);
      case Decision.Wait wait ->
          require(world, wait, wait.until().isAfter(world.now()), "waits for a later time");
      case Decision.TurnAround turn -> checkTurnAround(world, turn);
      case Decision.Complete complete -> checkComplete(world, complete);
      case Decision.EndCompensated ended -> checkCompensated(world, ended);
      case Decision.Stick stick -> checkStick(world, stick);
      case Decision.Rest rest -> checkRest(world, rest);
      case Decision.Confirm confirm -> {}
      case Decision.StartChild start -> {}
      case Decision.Evaluate evaluate -> {}
      case Decision.BeginWait begin -> {}
      case Decision.LookForSignals look -> {}
      case Decision.Receive receive -> {}
      case Decision.TimeUp up -> {}
      case Decision.Join join -> {}
    }
  }

  /** I9: attempts grow by one; steps run in order, each after all before it have passed. */
  private void checkAct(World world, Decision.Act act) {
    int at = Sequence.indexOf(act.step().name());
    int expected =
        act.mode() == Decision.Mode.VERIFY_ONLY
            ? world.truth().of(at).attempts()
            : world.truth().of(at).attempts() + 1;
    require(world, act, act.attempt() == expected, "the attempt is number " + expected);
    require(world, act, !world.state().isTurnedAround(), "no action after compensation began");
    require(world, act, !world.isCalledOff(), "no action after the saga was called off");
    for (int before = 0; before < at; before++) {
      require(world, act, isPassed(world, before), "step " + before + " passed before");
    }
    for (int after = at + 1; after < sequence.kinds().size(); after++) {
      require(world, act, world.truth().of(after).attempts() == 0, "step " + after + " waits");
    }
    require(world, act, !isBlindRepeat(world, act, at), "what is at most once is called once");
  }

  private boolean isBlindRepeat(World world, Decision.Act act, int at) {
    boolean isRenewed =
        world
            .state()
            .entry(act.step().name(), Direction.ACTION)
            .filter(entry -> entry.attemptBase() > 0)
            .isPresent();
    return sequence.kind(at).isAtMostOnce()
        && act.mode() != Decision.Mode.VERIFY_ONLY
        && act.attempt() > 1
        && !isRenewed;
  }

  /** I6, I7, I8: in reverse order, only what may have taken effect, never before a passed pivot. */
  private void checkCompensate(World world, Decision.Compensate compensate) {
    int at = Sequence.indexOf(compensate.step().name());
    Truth.Fate fate = world.truth().of(at);
    require(world, compensate, world.state().isTurnedAround(), "only after turning around");
    require(world, compensate, !isPivotPassed(world), "nothing before a passed pivot");
    require(world, compensate, sequence.kind(at).isCompensated(), "only with a compensation");
    require(world, compensate, fate.isOwed(), "only what may have taken effect");
    require(world, compensate, !fate.isCompensated(), "once");
    require(world, compensate, compensate.attempt() == fate.compensations() + 1, "numbered by one");
    for (int later = at + 1; later < sequence.kinds().size(); later++) {
      require(world, compensate, isSquare(world, later), "after step " + later);
    }
  }

  private void checkTurnAround(World world, Decision.TurnAround turn) {
    require(world, turn, world.state().status() == SagaStatus.RUNNING, "once");
    require(world, turn, !isPivotPassed(world), "not after the pivot");
    require(world, turn, !turn.reason().isEmpty() || hasEnded(world, turn.step()), "for a reason");
    for (Entry entry : turn.unanswered()) {
      boolean isLocal = sequence.kind(Sequence.indexOf(entry.path())).isLocal();
      LogStatus expected = isLocal ? LogStatus.FAILED : LogStatus.UNKNOWN;
      LogStatus before =
          world.state().entry(entry.path(), entry.direction()).orElseThrow().status();
      require(world, turn, !before.isFinal(), "gives up what is open");
      require(world, turn, entry.status() == expected, "given up as " + expected);
    }
  }

  private static boolean hasEnded(World world, String step) {
    return world
        .state()
        .entry(step, Direction.ACTION)
        .filter(e -> e.status() == LogStatus.FAILED || e.status() == LogStatus.UNKNOWN)
        .isPresent();
  }

  private void checkComplete(World world, Decision complete) {
    require(world, complete, !world.isCalledOff(), "not after it was called off");
    for (int at = 0; at < sequence.kinds().size(); at++) {
      Truth.Fate fate = world.truth().of(at);
      boolean isDone = fate.effect() == Truth.Effect.CERTAIN || fate.isSkipped();
      require(world, complete, isDone, "step " + at + " took effect");
      require(world, complete, fate.compensations() == 0, "step " + at + " stays");
    }
  }

  /**
   * I7: everything that may have taken effect is compensated; nothing after the pivot was tried.
   */
  private void checkCompensated(World world, Decision ended) {
    for (int at = 0; at < sequence.kinds().size(); at++) {
      require(world, ended, isSquare(world, at), "step " + at + " is compensated");
      if (at > pivot) {
        require(world, ended, world.truth().of(at).attempts() == 0, "step " + at + " waits");
      }
    }
  }

  /** Whether nothing is left to compensate of a step; a pivot must not have taken effect at all. */
  private boolean isSquare(World world, int at) {
    Truth.Fate fate = world.truth().of(at);
    boolean mustNotStay = at >= pivot || sequence.kind(at).isCompensated();
    return !(mustNotStay && fate.isOwed()) || fate.isCompensated();
  }

  private void checkStick(World world, Decision.Stick stick) {
    PlacedStep step = sequence.definition().step(stick.step()).orElseThrow();
    Direction direction =
        world.state().isTurnedAround() ? Direction.COMPENSATION : Direction.ACTION;
    LogStatus status = world.state().entry(step.name(), direction).orElseThrow().status();
    require(world, stick, !stick.reason().isBlank(), "with a reason");
    require(world, stick, status == LogStatus.FAILED || status == LogStatus.UNKNOWN, "at an end");
    require(
        world,
        stick,
        direction == Direction.COMPENSATION || step.position() != Position.COMPENSATABLE,
        "before the pivot the saga turns around");
    if (direction == Direction.ACTION) {
      checkOutcome(world, stick, status, Sequence.indexOf(step.name()));
    }
  }

  /** What certainly did not happen has failed; what may have is unknown. */
  private void checkOutcome(World world, Decision stick, LogStatus status, int at) {
    Truth.Fate fate = world.truth().of(at);
    boolean mayHave = fate.effect() != Truth.Effect.NONE;
    // an intent hides what was recorded before it: then doubt is the safe side
    boolean isHidden = sequence.kind(at).isAtMostOnce() && fate.attempts() > 1;
    LogStatus expected = mayHave || isHidden ? LogStatus.UNKNOWN : LogStatus.FAILED;
    require(world, stick, status == expected, "its outcome is " + expected);
  }

  private void checkRest(World world, Decision rest) {
    boolean isEnd = world.state().status().isEnd();
    require(world, rest, isEnd || isStuck(world), "has ended or is stuck");
    for (Direction direction : Direction.values()) {
      boolean isClosed =
          world.state().latestFirst(direction).allMatch(entry -> entry.status().isFinal());
      require(world, rest, !isEnd || isClosed, "a saga that has ended leaves no row open");
    }
  }

  private static boolean isStuck(World world) {
    return world.state().status() == SagaStatus.STUCK;
  }

  private boolean isPivotPassed(World world) {
    return pivot < sequence.kinds().size() && isPassed(world, pivot);
  }

  private static boolean isPassed(World world, int at) {
    Truth.Fate fate = world.truth().of(at);
    return fate.isSkipped()
        || world
            .state()
            .entry("s" + at, Direction.ACTION)
            .filter(entry -> entry.status() == LogStatus.SUCCEEDED)
            .isPresent();
  }

  private void require(World world, Decision decision, boolean holds, String what) {
    if (!holds) {
      assertThat(holds).as("%s: %s: %s%n%s", sequence, what, decision, world.truth()).isTrue();
    }
  }
}

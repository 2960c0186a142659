package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;

/** What must hold of every decision, judged by what really happened. */
final class Invariants {
  private static final int DECISIONS_MAX = 200;

  private final SagaDefinition<?, ?> definition;

  Invariants(SagaDefinition<?, ?> definition) {
    this.definition = definition;
  }

  void check(World world, Decision decision) {
    var moment = new Moment(definition, world, decision);
    var forward = new ForwardInvariants(moment);
    var end = new EndInvariants(moment);
    moment.require(world.budget().decisions() <= DECISIONS_MAX, "comes to an end");
    switch (decision) {
      case Decision.Act act -> forward.checkAct(act);
      case Decision.Confirm confirm -> forward.checkConfirm(confirm);
      case Decision.Evaluate(PlacedStep step, int attempt) -> forward.checkNumbered(step, attempt);
      case Decision.BeginWait(PlacedStep step, int attempt) -> forward.checkNumbered(step, attempt);
      case Decision.StartChild start -> forward.checkStartChild(start);
      case Decision.TakeLocks take -> forward.checkTakeLocks(take);
      case Decision.LookForSignals look -> forward.checkLook();
      case Decision.Receive receive -> forward.checkReceive(receive);
      case Decision.TimeUp up -> forward.checkTimeUp(up);
      case Decision.Join join -> forward.checkJoin(join);
      case Decision.Wait wait -> forward.checkWait(wait);
      case Decision.Compensate compensate -> end.checkCompensate(compensate);
      case Decision.TurnAround turn -> end.checkTurnAround(turn);
      case Decision.Complete complete -> end.checkComplete();
      case Decision.EndCompensated ended -> end.checkCompensated();
      case Decision.Stick stick -> end.checkStick(stick);
      case Decision.Rest rest -> end.checkRest();
    }
  }
}

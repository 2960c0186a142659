package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.PivotStep;
import io.skald.saga.step.RemoteStep;

/** The steps that the sagas here are made of, by how they may end. */
record Steps(RemoteClient remote) {
  /** Takes the money here. */
  CompensatableStep<Order, Done> take(String name) {
    return Step.named(name, Order.class)
        .local((order, tx) -> order.take(tx, name))
        .compensation((order, done, tx) -> order.giveBack(tx, name));
  }

  /** Asks the participant for what it may refuse. */
  <I> CompensatableStep<I, Done> ask(String name, Class<I> input) {
    return Step.named(name, input)
        .remote((asked, call) -> remote.ask(call))
        .timeout(Patience.CALL)
        .retry(Patience.BOUNDED)
        .compensation((asked, done, call) -> remote.compensate(call))
        .compensationTimeout(Patience.CALL)
        .compensationRetry(Patience.PERSISTENT);
  }

  /** Asks the participant for what it may refuse, and whether it has done it where it is silent. */
  PivotStep<Order, Done> askAndVerify(String name) {
    return Step.named(name, Order.class)
        .remote((order, call) -> remote.ask(call))
        .timeout(Patience.CALL)
        .retry(Patience.BOUNDED)
        .verify(
            (order, call) -> remote.stands(call) ? Outcome.succeeded(Done.DONE) : Outcome.unknown())
        .compensationIfUnknown((order, done, call) -> remote.compensate(call));
  }

  /** Tells the participant what it may not refuse any more. */
  RemoteStep<Order, Done> tell(String name) {
    return Step.named(name, Order.class)
        .remote((order, call) -> remote.tell(call))
        .timeout(Patience.CALL)
        .retry(Patience.PERSISTENT);
  }
}

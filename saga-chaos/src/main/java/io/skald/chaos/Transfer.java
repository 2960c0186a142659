package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;

/** One step after another: money held here, reserved and charged there, shipped, closed. */
final class Transfer {
  private Transfer() {}

  static SagaDefinition<Order, Done> saga(RemoteClient remote) {
    var hold =
        Step.named("hold", Order.class)
            .local((order, tx) -> order.take(tx, "hold"))
            .compensation((order, done, tx) -> order.giveBack(tx, "hold"));
    var reserve =
        Step.named("reserve", Order.class)
            .remote((order, call) -> remote.ask(call))
            .timeout(Patience.CALL)
            .retry(Patience.BOUNDED)
            .compensation((order, done, call) -> remote.compensate(call))
            .compensationTimeout(Patience.CALL)
            .compensationRetry(Patience.PERSISTENT);
    var note =
        Step.named("note", Order.class)
            .local((order, tx) -> order.note(tx, "note"))
            .needsNoCompensation();
    var charge =
        Step.named("charge", Order.class)
            .remote((order, call) -> remote.ask(call))
            .timeout(Patience.CALL)
            .retry(Patience.BOUNDED)
            .verify(
                (order, call) ->
                    remote.stands(call) ? Outcome.succeeded(Done.DONE) : Outcome.unknown())
            .compensationIfUnknown((order, done, call) -> remote.compensate(call));
    var ship =
        Step.named("ship", Order.class)
            .remote((order, call) -> remote.tell(call))
            .timeout(Patience.CALL)
            .retry(Patience.PERSISTENT);
    var close = Step.named("close", Order.class).local((order, tx) -> order.note(tx, "close"));
    return Saga.define("transfer", Order.class)
        .key(Order::id)
        .step(hold)
        .step(reserve)
        .step(note)
        .pivot(charge)
        .step(ship)
        .step(close)
        .build();
  }
}

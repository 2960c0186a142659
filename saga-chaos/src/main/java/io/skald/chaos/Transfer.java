package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;

/** One step after another: money held here, reserved and charged there, shipped, closed. */
final class Transfer {
  private Transfer() {}

  static SagaDefinition<Order, Done> saga(RemoteClient remote) {
    var steps = new Steps(remote);
    var note =
        Step.named("note", Order.class)
            .local((order, tx) -> order.note(tx, "note"))
            .needsNoCompensation();
    var close = Step.named("close", Order.class).local((order, tx) -> order.note(tx, "close"));
    return Saga.define("transfer", Order.class)
        .key(Order::id)
        .step(steps.take("hold"))
        .step(steps.ask("reserve", Order.class))
        .step(note)
        .pivot(steps.askAndVerify("charge"))
        .step(steps.tell("ship"))
        .step(close)
        .build();
  }
}

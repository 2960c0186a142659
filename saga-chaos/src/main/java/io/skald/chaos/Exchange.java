package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;

/** At a counter there is only one at a time, from before its first step until it has ended. */
final class Exchange {
  /** So few that many wait. */
  static final int COUNTERS = 4;

  private Exchange() {}

  static SagaDefinition<Order, Done> saga(RemoteClient remote) {
    var steps = new Steps(remote);
    return Saga.define("exchange", Order.class)
        .key(Order::id)
        .lock("counter", order -> String.valueOf(order.account() % COUNTERS))
        .step(steps.take("deposit"))
        .step(steps.ask("offer", Order.class))
        .pivot(steps.askAndVerify("swap"))
        .build();
  }
}

package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;

/** A saga that ends the process of whoever runs it, each time. */
final class Poison {
  /** With what status it does. */
  static final int STATUS = 66;

  private Poison() {}

  static SagaDefinition<Order, Done> saga() {
    var swallow =
        Step.named("swallow", Order.class)
            .local((order, tx) -> order.note(tx, "swallow"))
            .needsNoCompensation();
    var die =
        Step.named("die", Order.class)
            .local((order, tx) -> Runtime.getRuntime().halt(STATUS))
            .needsNoCompensation();
    return Saga.define("poison", Order.class).key(Order::id).step(swallow).step(die).build();
  }
}

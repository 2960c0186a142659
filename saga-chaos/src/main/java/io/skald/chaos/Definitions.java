package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.step.CompensatableStep;
import java.util.List;

/** What the nodes run. */
final class Definitions {
  private final List<SagaDefinition<Order, Done>> all;
  private final CompensatableStep<Order, String> pack;

  Definitions(RemoteClient remote) {
    this.all =
        List.of(
            Transfer.saga(remote),
            Booking.saga(remote),
            Booking.insurance(remote),
            Delivery.saga(remote),
            Exchange.saga(remote),
            Poison.saga());
    this.pack = Delivery.pack(remote);
  }

  List<SagaDefinition<Order, Done>> all() {
    return all;
  }

  SagaDefinition<Order, Done> named(String name) {
    return all.stream().filter(saga -> saga.name().equals(name)).findFirst().orElseThrow();
  }

  /** The step that is completed by token. */
  CompensatableStep<Order, String> pack() {
    return pack;
  }
}

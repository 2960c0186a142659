package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import java.util.List;
import java.util.stream.IntStream;

/** Branches beside each other with a try, a step for each of several, and a saga of its own. */
final class Booking {
  private Booking() {}

  /** A ticket of a booking, by its number. */
  record Ticket(int number) {}

  static SagaDefinition<Order, Done> saga(RemoteClient remote) {
    var steps = new Steps(remote);
    var tickets =
        Step.forEach("tickets", Order.class, Ticket.class, (order, results) -> tickets(order))
            .concurrency(2)
            .step(steps.ask("ticket", Ticket.class));
    var insure =
        Step.saga(
            "insure",
            Order.class,
            insurance(remote),
            (order, results) -> new Order(order.id(), order.account(), order.cents()));
    var settle = Step.named("settle", Order.class).local((order, tx) -> order.note(tx, "settle"));
    return Saga.define("booking", Order.class)
        .key(Order::id)
        .step(
            Step.parallel(
                "prepare", steps.take("seat"), steps.ask("hotel", Order.class), wallet(remote)))
        .step(tickets)
        .step(insure)
        .pivot(settle)
        .step(steps.tell("tell"))
        .build();
  }

  private static List<Ticket> tickets(Order order) {
    return IntStream.range(0, 1 + order.cents() % 3).mapToObj(Ticket::new).toList();
  }

  private static CompensatableStep<Order, Done> wallet(RemoteClient remote) {
    return Step.named("wallet", Order.class)
        .tryRemote(Done.class, (order, call) -> remote.tried(call))
        .timeout(Patience.CALL)
        .retry(Patience.BOUNDED)
        .confirm((order, done, call) -> remote.tell(call))
        .confirmTimeout(Patience.CALL)
        .confirmRetry(Patience.PERSISTENT)
        .cancel((order, done, call) -> remote.compensate(call))
        .compensationTimeout(Patience.CALL)
        .compensationRetry(Patience.PERSISTENT);
  }

  /** The saga a booking starts as one of its steps. */
  static SagaDefinition<Order, Done> insurance(RemoteClient remote) {
    var steps = new Steps(remote);
    return Saga.define("insurance", Order.class)
        .key(Order::id)
        .step(steps.take("premium"))
        .step(steps.ask("policy", Order.class))
        .build();
  }
}

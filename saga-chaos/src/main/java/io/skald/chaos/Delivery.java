package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import java.time.Duration;

/** Everything that waits: a delay, work handed out, a signal, and a deadline over all of it. */
final class Delivery {
  static final Signal<String> APPROVED = Signal.named("approved", String.class);

  /** What an approval is that nobody gave. */
  static final String NOBODY = "nobody";

  private Delivery() {}

  static SagaDefinition<Order, Done> saga(RemoteClient remote) {
    var steps = new Steps(remote);
    var approval = Step.await("approval", APPROVED).within(Patience.ANSWER).orElse(NOBODY);
    var hand = Step.named("hand", Order.class).local((order, tx) -> order.note(tx, "hand"));
    return Saga.define("delivery", Order.class)
        .deadline(Patience.DEADLINE)
        .key(Order::id)
        .step(steps.take("deposit"))
        .step(Step.delay("cool-off", Duration.ofMillis(200)))
        .step(pack(remote))
        .step(approval)
        .pivot(steps.askAndVerify("dispatch"))
        .step(Step.delay("travel", Duration.ofMillis(100)).afterPivot())
        .step(hand)
        .build();
  }

  /** Completed by token, with what the participant says it is. */
  static CompensatableStep<Order, String> pack(RemoteClient remote) {
    return Step.named("pack", Order.class)
        .async(String.class, (order, call) -> remote.handOut(call))
        .within(Patience.ANSWER)
        .retry(Patience.BOUNDED)
        .compensation((order, box, call) -> remote.compensate(call))
        .compensationTimeout(Patience.CALL)
        .compensationRetry(Patience.PERSISTENT);
  }
}

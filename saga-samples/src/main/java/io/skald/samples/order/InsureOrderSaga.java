package io.skald.samples.order;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import java.time.Duration;

/**
 * The saga that insures one order: a step of {@link ShipInPartsSaga}, which has all of it
 * compensated when the order cannot go on.
 */
final class InsureOrderSaga {
  static final String NAME = "insure-order";

  private final PolicyTable policies;
  private final Payments payments;

  InsureOrderSaga(PolicyTable policies, Participants participants) {
    this.policies = policies;
    payments = participants.payments();
  }

  /** The table of contents. There is no pivot in it, for it is a step before one. */
  SagaDefinition<PlaceOrder, Done> definition() {
    return Saga.define(NAME, PlaceOrder.class)
        .key(PlaceOrder::policyId)
        .step(payPremium())
        .step(Step.delay("until-cover-begins", Duration.ofMillis(500)))
        .step(openPolicy())
        .build();
  }

  /** Whoever does not answer is asked what became of it; if that stays open it is refunded. */
  private CompensatableStep<PlaceOrder, Messages.Payment> payPremium() {
    return Step.named("pay-premium", PlaceOrder.Bill.class)
        .remote(Messages.Payment.class, payments::charge)
        .timeout(Duration.ofMillis(800))
        .retry(PlaceOrderSaga.PATIENT)
        .verify(payments::find)
        .compensation(payments::refund)
        .compensationRetry(PlaceOrderSaga.TIRELESS)
        .from(PlaceOrder.class, (order, results) -> order.premium());
  }

  private CompensatableStep<PlaceOrder, Done> openPolicy() {
    return Step.named("open-policy", PlaceOrder.class)
        .local((order, tx) -> policies.open(tx.connection(), order))
        .compensation((order, done, tx) -> policies.cancel(tx.connection(), order.orderId()));
  }
}

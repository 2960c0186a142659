package io.skald.samples.order;

import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.PivotStep;
import io.skald.saga.step.RemoteStep;
import java.time.Duration;
import java.util.List;

/**
 * The saga of one order that is sent as a whole. Up to the payment everything can be compensated;
 * the payment is the pivot; what follows it is repeated until it succeeds.
 */
final class PlaceOrderSaga {
  static final String NAME = "place-order";

  /** Outlasts a payment service that is restarted. */
  static final Retry PATIENT =
      Retry.exponential(Duration.ofMillis(200)).attemptsMax(8).delayMax(Duration.ofSeconds(2));

  /** Until it is done. */
  static final Retry TIRELESS =
      Retry.exponential(Duration.ofMillis(200)).delayMax(Duration.ofSeconds(2));

  private final OrderTable orders;
  private final Inventory inventory;
  private final Payments payments;

  PlaceOrderSaga(OrderTable orders, Participants participants) {
    this.orders = orders;
    inventory = participants.inventory();
    payments = participants.payments();
  }

  /** The table of contents. */
  SagaDefinition<PlaceOrder, Messages.Parcel> definition() {
    return Saga.define(NAME, PlaceOrder.class)
        .key(PlaceOrder::orderId)
        .attribute("customer", PlaceOrder::customer)
        .step(createOrder())
        .step(reserveStock())
        .pivot(chargeCard().from(PlaceOrder.class, (order, results) -> order.bill(order.cents())))
        .step(shipWhole())
        .step(closeOrder())
        .returning(Messages.Parcel.class, (order, results) -> results.resultOf(shipWhole()));
  }

  /** In this service's own database: commits together with the engine's record of it. */
  CompensatableStep<PlaceOrder, Done> createOrder() {
    return Step.named("create-order", PlaceOrder.class)
        .local((order, tx) -> orders.insert(tx.connection(), order))
        .compensation((order, done, tx) -> orders.cancel(tx.connection(), order.orderId()));
  }

  /** Whoever does not answer in time is asked again with the same key. */
  CompensatableStep<PlaceOrder, Messages.Reservation> reserveStock() {
    return Step.named("reserve-stock", PlaceOrder.class)
        .remote(Messages.Reservation.class, inventory::reserve)
        .timeout(Duration.ofSeconds(1))
        .retry(Retry.exponential(Duration.ofMillis(200)).attemptsMax(4))
        .permanent(OutOfStockException.class)
        .compensation(inventory::release)
        .compensationRetry(TIRELESS);
  }

  /**
   * The point of no return. After a charge that nobody answered, payments is asked what became of
   * it; if that never becomes clear the charge is refunded, whether it took effect or not.
   */
  PivotStep<PlaceOrder.Bill, Messages.Payment> chargeCard() {
    return Step.named("charge-card", PlaceOrder.Bill.class)
        .remote(Messages.Payment.class, payments::charge)
        .timeout(Duration.ofMillis(800))
        .retry(PATIENT)
        .verify(payments::find)
        .compensationIfUnknown(payments::refund);
  }

  /** What is held must be sent once it is paid, however long that takes. */
  RemoteStep<PlaceOrder.Part, Messages.Parcel> shipParcel() {
    return Step.named("ship-parcel", PlaceOrder.Part.class)
        .remote(Messages.Parcel.class, inventory::ship)
        .timeout(Duration.ofSeconds(1))
        .retry(TIRELESS);
  }

  private RemoteStep<PlaceOrder, Messages.Parcel> shipWhole() {
    return shipParcel()
        .from(PlaceOrder.class, (order, results) -> order.whole(results.resultOf(reserveStock())));
  }

  private LocalStep<PlaceOrder, Done> closeOrder() {
    return Step.named("close-order", PlaceOrder.class)
        .local(
            (order, tx) ->
                orders.ship(tx.connection(), order.orderId(), List.of(tx.resultOf(shipWhole()))));
  }
}

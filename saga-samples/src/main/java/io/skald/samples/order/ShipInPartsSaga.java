package io.skald.samples.order;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.TypeRef;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.Results;
import io.skald.saga.step.RetriablePart;
import io.skald.samples.order.Messages.Decision;
import io.skald.samples.order.Messages.Parcel;
import io.skald.samples.order.Messages.Verdict;
import java.time.Duration;
import java.util.List;

/**
 * The saga of one order whose products are sent in a parcel each. What it has in common with {@link
 * PlaceOrderSaga} are the same steps; new are the deposit from the wallet (TCC), the desk that
 * approves what is dear (a signal), and the parcels.
 */
final class ShipInPartsSaga {
  static final String NAME = "ship-in-parts";
  static final Signal<Decision> DECISION = Signal.named("decision", Decision.class);

  /** What costs more, in cents, has to be approved. */
  static final long LIMIT = 10_000;

  private final OrderTable orders;
  private final ApprovalTable approvals;
  private final Wallet wallet;
  private final PlaceOrderSaga whole;

  ShipInPartsSaga(OrderTable orders, ApprovalTable approvals, Wallet wallet, PlaceOrderSaga whole) {
    this.orders = orders;
    this.approvals = approvals;
    this.wallet = wallet;
    this.whole = whole;
  }

  /** The table of contents. */
  SagaDefinition<PlaceOrder, List<Parcel>> definition() {
    return Saga.define(NAME, PlaceOrder.class)
        .key(PlaceOrder::orderId)
        .attribute("customer", PlaceOrder::customer)
        .step(whole.createOrder())
        .step(Step.parallel("prepare", whole.reserveStock(), holdDeposit()))
        .step(approve())
        .pivot(whole.chargeCard().from(PlaceOrder.class, this::rest))
        .step(shipParcels())
        .step(closeOrder())
        .returning(new TypeRef<>() {}, (order, results) -> results.resultOf(shipParcels()));
  }

  /** Held until the charge is certain, and only then taken: no refund if the card is declined. */
  private CompensatableStep<PlaceOrder, Messages.Hold> holdDeposit() {
    return Step.named("hold-deposit", PlaceOrder.Bill.class)
        .tryRemote(Messages.Hold.class, wallet::hold)
        .timeout(Duration.ofMillis(800))
        .retry(PlaceOrderSaga.PATIENT)
        .confirm(wallet::confirm)
        .cancel(wallet::cancel)
        .from(PlaceOrder.class, (order, results) -> order.deposit());
  }

  /** Below the limit nobody is asked. */
  private CompensatablePart<PlaceOrder, Done> approve() {
    var asked = Step.sequence("asked", PlaceOrder.class).step(askDesk()).step(decision());
    return Step.choice("approve", PlaceOrder.class, Done.class)
        .on((order, results) -> order.cents() > LIMIT, asked.step(heed()).end())
        .otherwiseNothing();
  }

  /** The desk finds what it is asked in a table; what has no answer is withdrawn. */
  private CompensatableStep<PlaceOrder, Done> askDesk() {
    return Step.named("ask-desk", PlaceOrder.class)
        .local((order, tx) -> approvals.ask(tx.connection(), order))
        .compensation((order, done, tx) -> approvals.withdraw(tx.connection(), order.orderId()));
  }

  /** Who hears nothing from the desk in time goes no further. */
  private CompensatablePart<Object, Decision> decision() {
    return Step.await("decision", DECISION).within(Duration.ofSeconds(4)).orCompensate();
  }

  /** A refusal is a decision and no failure. */
  private CompensatablePart<PlaceOrder, Done> heed() {
    return Step.choice("heed", PlaceOrder.class, Done.class)
        .on(
            (order, results) -> results.resultOf(decision()).verdict() == Verdict.REFUSED,
            Step.refuse(
                "refuse-order", PlaceOrder.class, (order, results) -> "refused by the desk"))
        .otherwiseNothing();
  }

  /** The card pays what the wallet does not. */
  private PlaceOrder.Bill rest(PlaceOrder order, Results results) {
    return order.bill(order.cents() - results.resultOf(holdDeposit()).cents());
  }

  /** Two parcels at a time; each has its own attempts. */
  private RetriablePart<PlaceOrder, List<Parcel>> shipParcels() {
    return Step.forEach("ship-parcels", PlaceOrder.class, PlaceOrder.Part.class, this::parts)
        .concurrency(2)
        .step(whole.shipParcel());
  }

  private List<PlaceOrder.Part> parts(PlaceOrder order, Results results) {
    return order.parts(results.resultOf(whole.reserveStock()));
  }

  private LocalStep<PlaceOrder, Done> closeOrder() {
    return Step.named("close-order", PlaceOrder.class)
        .local((o, tx) -> orders.ship(tx.connection(), o.orderId(), tx.resultOf(shipParcels())));
  }
}

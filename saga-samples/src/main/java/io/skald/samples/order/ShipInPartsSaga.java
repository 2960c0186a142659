package io.skald.samples.order;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.TypeRef;
import io.skald.saga.step.ChildSaga;
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
 * approves what is dear (a signal) and its insurance ({@link InsureOrderSaga}), the packers (an
 * asynchronous step), and the parcels.
 */
final class ShipInPartsSaga {
  static final String NAME = "ship-in-parts";
  static final Signal<Decision> DECISION = Signal.named("decision", Decision.class);

  /** What costs more, in cents, has to be approved and insured. */
  static final long LIMIT = 10_000;

  /** How long the packers have to say that they are done. */
  static final Duration PACKED_WITHIN = Duration.ofSeconds(5);

  private final OrderTable orders;
  private final ApprovalTable approvals;
  private final Inventory inventory;
  private final Wallet wallet;
  private final PlaceOrderSaga whole;
  private final SagaDefinition<PlaceOrder, Done> insurance;

  ShipInPartsSaga(
      OrderTable orders,
      ApprovalTable approvals,
      Participants participants,
      PlaceOrderSaga whole,
      SagaDefinition<PlaceOrder, Done> insurance) {
    this.orders = orders;
    this.approvals = approvals;
    this.whole = whole;
    this.insurance = insurance;
    inventory = participants.inventory();
    wallet = participants.wallet();
  }

  /**
   * The table of contents. What is not about to be paid after 16 seconds is compensated, so that
   * the customer knows after 24.
   */
  SagaDefinition<PlaceOrder, List<Parcel>> definition() {
    return Saga.define(NAME, PlaceOrder.class)
        .key(PlaceOrder::orderId)
        .attribute("customer", PlaceOrder::customer)
        .deadline(Duration.ofSeconds(24))
        .keptForCompensation(Duration.ofSeconds(8))
        .step(whole.createOrder())
        .step(Step.parallel("prepare", whole.reserveStock(), holdDeposit()))
        .step(aboveLimit())
        .step(packOrder())
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

  /** Below the limit nobody is asked, and nothing is insured. */
  private CompensatablePart<PlaceOrder, Done> aboveLimit() {
    var asked = Step.sequence("approve-and-insure", PlaceOrder.class).step(askDesk());
    return Step.choice("above-limit", PlaceOrder.class, Done.class)
        .on(
            (order, results) -> order.cents() > LIMIT,
            asked.step(decision()).step(heed()).step(insureOrder()).end())
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

  /** A saga of its own: whatever ends this one before the payment has it compensated, too. */
  private ChildSaga<PlaceOrder, Done> insureOrder() {
    return Step.saga("insure-order", PlaceOrder.class, insurance, (order, results) -> order);
  }

  /**
   * The packers say when they are done, or that something broke. If they say nothing in time, it is
   * unpacked, whether it was packed or not; what they say later changes nothing.
   */
  CompensatableStep<PlaceOrder, Messages.Packing> packOrder() {
    return Step.named("pack-order", PlaceOrder.class)
        .async(Messages.Packing.class, inventory::pack)
        .within(PACKED_WITHIN)
        .timeout(Duration.ofSeconds(1))
        .retry(PlaceOrderSaga.PATIENT)
        .compensation(inventory::unpack)
        .compensationRetry(PlaceOrderSaga.TIRELESS);
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

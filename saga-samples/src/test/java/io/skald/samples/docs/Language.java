package io.skald.samples.docs;

import io.skald.engine.FailureMatrix;
import io.skald.engine.SagaEngine;
import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaHead;
import io.skald.saga.Signal;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import io.skald.saga.TypeRef;
import io.skald.saga.diagram.SagaDiagram;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.ChildSaga;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.NeutralStep;
import io.skald.saga.step.ParallelGroup;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.RetriablePart;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The examples of docs/language.md, which {@link LanguageTest} compares with it. */
@SuppressWarnings("NullAway.Init") // nothing here is ever run
final class Language {
  private static final Signal<Approval> APPROVED = Signal.named("approved", Approval.class);

  private Orders orders;
  private Inventory inventory;
  private Wallet wallet;
  private Carrier carrier;
  private Mail mail;
  private final SagaDefinition<Insure, Policy> insurance =
      Saga.define("insurance", Insure.class)
          .step(
              Step.named("order-policy", Insure.class)
                  .remote((insure, call) -> mail.send("insurer", insure.order()))
                  .needsNoCompensation())
          .returning(Policy.class, (insure, results) -> new Policy(insure.order()));

  record PlaceOrder(String id, String customer, long cents, Instant shipAfter) {}

  record Insure(String order) {}

  record Policy(String id) {}

  record Row(String id) {}

  record Reservation(String id) {}

  record Hold(String id) {}

  record Parcel(String id) {}

  record Shipment(String id) {}

  record Booking(String id) {}

  record Approval(boolean isGranted, String by) {}

  interface Orders {
    Row insert(Connection connection, PlaceOrder order) throws SQLException;

    void cancel(Connection connection, String id) throws SQLException;

    void close(Connection connection, String id) throws SQLException;

    List<Parcel> parcels(Connection connection, String id) throws SQLException;
  }

  interface Inventory {
    Reservation reserve(PlaceOrder order, String key) throws IOException;

    void release(String key) throws IOException;
  }

  interface Wallet {
    Hold hold(String customer, long cents, String key) throws IOException;

    void capture(Hold hold, String key) throws IOException;

    void free(String key) throws IOException;
  }

  interface Carrier {
    void book(PlaceOrder order, String callback, String key) throws IOException;

    void cancel(String key) throws IOException;

    Shipment ship(Parcel parcel, String key) throws IOException;
  }

  interface Mail {
    void send(String customer, String text) throws IOException;
  }

  // ---- tasks

  CompensatableStep<PlaceOrder, Row> local() {
    return Step.named("create-order", PlaceOrder.class)
        .local(Row.class, (order, tx) -> orders.insert(tx.connection(), order))
        .compensation((order, row, tx) -> orders.cancel(tx.connection(), row.id()));
  }

  CompensatableStep<PlaceOrder, Reservation> remote() {
    return Step.named("reserve-stock", PlaceOrder.class)
        .remote(Reservation.class, (order, call) -> inventory.reserve(order, call.idempotencyKey()))
        .timeout(Duration.ofSeconds(2))
        .compensation((order, reservation, call) -> inventory.release(call.actionKey()));
  }

  CompensatableStep<PlaceOrder, Hold> tcc() {
    return Step.named("wallet", PlaceOrder.class)
        .tryRemote(
            Hold.class,
            (order, call) -> wallet.hold(order.customer(), order.cents(), call.idempotencyKey()))
        .confirm((order, hold, call) -> wallet.capture(hold, call.idempotencyKey()))
        .cancel((order, hold, call) -> wallet.free(call.actionKey()));
  }

  AsyncStep<PlaceOrder, Booking> async() {
    return Step.named("book-carrier", PlaceOrder.class)
        .async(
            Booking.class,
            (order, call) -> carrier.book(order, call.completionToken(), call.idempotencyKey()))
        .within(Duration.ofHours(6))
        .heartbeatWithin(Duration.ofMinutes(30));
  }

  void completed(SagaClient engine, String token, Booking booking) {
    boolean isFirst = engine.complete(async(), token, booking);
    boolean isWaiting = engine.heartbeat(token);
    boolean isFailed = engine.fail(token, "no van is free");
    if (!isFirst && !isWaiting && !isFailed) {
      throw new IllegalStateException("too late");
    }
  }

  // ---- groups

  ParallelGroup<PlaceOrder> parallel() {
    return Step.parallel("prepare", remote(), tcc(), async().needsNoCompensation());
  }

  ParallelGroup<PlaceOrder> together() {
    return Step.parallel("hold-both", remote(), tcc()).compensatedTogether();
  }

  CompensatablePart<PlaceOrder, Reservation> sequence() {
    return Step.sequence("stock", PlaceOrder.class).step(local()).step(remote()).end();
  }

  CompensatablePart<PlaceOrder, Done> choice() {
    return Step.choice("above-limit", PlaceOrder.class, Done.class)
        .on((order, results) -> order.cents() < 100_00, tell("below-limit"))
        .on((order, results) -> results.resultOf(approval()).isGranted(), tell("granted"))
        .otherwise(refusal());
  }

  Compensatable<PlaceOrder, Done> refusal() {
    return Step.refuse(
        "not-approved",
        PlaceOrder.class,
        (order, results) -> "refused by " + results.resultOf(approval()).by());
  }

  RetriablePart<PlaceOrder, List<Shipment>> forEach(LocalStep<PlaceOrder, Parcels> plan) {
    var ship =
        Step.named("ship-parcel", Parcel.class)
            .remote(Shipment.class, (parcel, call) -> carrier.ship(parcel, call.idempotencyKey()));
    return Step.forEach(
            "ship-parcels",
            PlaceOrder.class,
            Parcel.class,
            (order, results) -> results.resultOf(plan).list())
        .concurrency(4)
        .step(ship);
  }

  record Parcels(List<Parcel> list) {}

  ChildSaga<PlaceOrder, Policy> child() {
    return Step.saga(
        "insure", PlaceOrder.class, insurance, (order, results) -> new Insure(order.id()));
  }

  // ---- waits

  NeutralStep<Object, Approval> approval() {
    return Step.await("approval", APPROVED)
        .within(Duration.ofDays(2))
        .orElse(new Approval(false, "nobody"));
  }

  void approve(SagaClient engine, SagaDefinition<PlaceOrder, ?> placeOrder, Connection connection) {
    engine.signal(placeOrder, "order-4711", APPROVED, new Approval(true, "ada"));
    engine
        .joining(connection)
        .signal(placeOrder, "order-4712", APPROVED, new Approval(true, "bob"));
  }

  CompensatableStep<PlaceOrder, Done> ask() {
    return Step.named("ask", PlaceOrder.class)
        .remote((order, call) -> mail.send("desk", "approve: " + call.callbackToken(approval())))
        .needsNoCompensation();
  }

  NeutralStep<Object, Done> delay() {
    return Step.delay("cool-off", Duration.ofMinutes(5));
  }

  NeutralStep<PlaceOrder, Done> delayUntil() {
    return Step.delayUntil("not-yet", PlaceOrder.class, (order, results) -> order.shipAfter());
  }

  void cancelled(SagaEngine engine, SagaHandle<?> order) {
    engine.operator().cancel(order.id(), "ada", "ordered twice");
  }

  // ---- policies

  RemoteStep<PlaceOrder, Done> spent() {
    return Step.named("tell-customer", PlaceOrder.class)
        .remote((order, call) -> mail.send(order.customer(), "on its way"))
        .retry(Retry.exponential(Duration.ofSeconds(1)).attemptsMax(3))
        .ifSpent(Spent.goOnWith(Done.DONE));
  }

  CompensatableStep<PlaceOrder, Reservation> asked() {
    return Step.named("reserve-rare", PlaceOrder.class)
        .remote(Reservation.class, (order, call) -> inventory.reserve(order, call.idempotencyKey()))
        .ifSpent(Spent.askOperator())
        .compensation((order, reservation, call) -> inventory.release(call.actionKey()))
        .compensationRetry(Retry.exponential(Duration.ofSeconds(1)).attemptsMax(8))
        .compensationSkippedIfSpent();
  }

  private CompensatableStep<PlaceOrder, Done> tell(String name) {
    return spent().as(name).needsNoCompensation();
  }

  // ---- pictures and tables

  List<String> drawn(SagaDefinition<?, ?> placeOrder) {
    String picture = SagaDiagram.of(placeOrder).svg();
    String flowchart = SagaDiagram.of(placeOrder).mermaid();
    String matrix = FailureMatrix.of(placeOrder).markdown();
    return List.of(picture, flowchart, matrix);
  }

  // ---- all of it

  SagaHead<PlaceOrder> limited() {
    return Saga.define("place-order", PlaceOrder.class)
        .deadline(Duration.ofDays(3))
        .keptForCompensation(Duration.ofHours(2));
  }

  SagaDefinition<PlaceOrder, List<Shipment>> all() {
    var plan =
        Step.named("plan-parcels", PlaceOrder.class)
            .local(
                Parcels.class,
                (order, tx) -> new Parcels(orders.parcels(tx.connection(), order.id())));
    var shipAll = forEach(plan);
    return limited()
        .key(PlaceOrder::id)
        .step(local())
        .step(parallel())
        .step(approval())
        .step(choice())
        .step(child())
        .pivot(plan)
        .step(delay())
        .step(shipAll)
        .returning(TypeRef.listOf(Shipment.class), (order, results) -> results.resultOf(shipAll));
  }
}

package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import io.skald.testkit.InMemoryTables;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The simulator as somebody uses it who tests a saga of their own. */
class ApprovalTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final RemoteLedger carrier = new RemoteLedger();

  private SagaDefinition<String, Done> approvedOrder() {
    var approval = Step.await("approval", APPROVED).within(Duration.ofMinutes(3)).orCompensate();
    var book =
        Step.named("book", String.class)
            .local((parcel, tx) -> tx.unwrap(InMemoryTables.class).put("booked", parcel, 1))
            .compensation(
                (parcel, done, tx) -> tx.unwrap(InMemoryTables.class).remove("booked", parcel));
    var ship =
        Step.named("ship", String.class)
            .remote((parcel, call) -> carrier.perform(call))
            .compensation((parcel, done, call) -> carrier.compensate(call));
    var parcels =
        Step.forEach("parcels", String.class, String.class, (order, results) -> List.of("1", "2"))
            .concurrency(2)
            .step(Step.sequence("parcel", String.class).step(book).step(ship).end());
    return Saga.define("approved-order", String.class)
        .key(order -> order)
        .step(Step.parallel("both", approval, parcels))
        .build();
  }

  @Test
  void survivesEveryFaultWhileItsElementsShipAndItsApprovalIsAwaited() {
    SagaSimulator simulator =
        SagaSimulator.of(approvedOrder(), "order-1")
            .remote(carrier)
            .signal(APPROVED, "yes", Duration.ofMinutes(2));
    assertThat(simulator.faults(FaultPlan.none()).run().ends())
        .isEqualTo(Map.of("order-1", SagaStatus.COMPLETED));
    assertThat(CrashPoints.of(simulator).everySingle().runs()).isGreaterThan(50);
    assertThat(CrashPoints.of(simulator).pairs(50).runs()).isEqualTo(50);
  }

  @Test
  void compensatesWhatWasShippedIfNobodyApproves() {
    SimulationReport report =
        SagaSimulator.of(approvedOrder(), "order-1")
            .remote(carrier)
            .faults(FaultPlan.none())
            .check(store -> assertThat(store.table("booked")).isEmpty())
            .run();
    assertThat(report.ends()).isEqualTo(Map.of("order-1", SagaStatus.COMPENSATED));
    assertThat(carrier.standing()).isEmpty();
  }
}

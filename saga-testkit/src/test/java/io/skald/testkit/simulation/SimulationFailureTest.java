package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.testkit.InMemoryTables;
import java.io.IOException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A failed run is read by somebody who has nothing but its text. */
class SimulationFailureTest {
  private static final String CANARY = "payload-that-nobody-may-see";

  private final SagaDefinition<Order, Done> refused =
      Saga.define("refused", Order.class)
          .key(Order::id)
          .step(
              Step.named("write", Order.class)
                  .local(
                      String.class,
                      (order, tx) -> {
                        tx.unwrap(InMemoryTables.class).put("orders", order.id(), order);
                        return order.secret();
                      })
                  .needsNoCompensation())
          .step(
              Step.named("ask", Order.class)
                  .remote(String.class, (order, call) -> order.secret())
                  .needsNoCompensation())
          .step(
              Step.named("call", Order.class)
                  .remote(
                      (order, call) -> {
                        throw new IOException("nobody answers\n  at port " + call.attempt());
                      })
                  .retry(Retry.defaults().attemptsMax(2))
                  .needsNoCompensation())
          .build();

  private final SagaSimulator simulator = SagaSimulator.of(refused, new Order("order-1", CANARY));

  record Order(String id, String secret) {}

  @Test
  void showsTheErrorsTheLogHoldsWithoutAnyPayload() {
    SimulationFailure failure =
        failure(
            simulator
                .faults(FaultPlan.none())
                .check(store -> assertThat(store.table("orders").size()).isZero()));

    assertThat(failure).hasMessageNotContaining(CANARY);
    assertThat(failure.getMessage().lines())
        .containsSubsequence(
            "recorded:",
            "  order-1 COMPENSATED, IOException: nobody answers at port 2",
            "    call ACTION UNKNOWN, attempt 2, last error: IOException: nobody answers at port 2",
            "schedule:");
  }

  @Test
  void saysWhatABrokenInvariantMeansWithoutAnyPayload() {
    SimulationFailure failure =
        LongStream.range(0, 500)
            .mapToObj(simulator::seed)
            .map(seeded -> seeded.store(BrokenStores.CLAIM_KEEPS_EPOCH.decorator()).replay())
            .filter(replay -> !replay.holds())
            .findFirst()
            .orElseThrow()
            .failure();

    assertThat(failure)
        .hasMessageContaining(
            "I4 (whoever writes to a saga owns it when the write commits) is broken: ")
        .hasMessageContaining("order-1")
        .hasMessageNotContaining(CANARY);
  }

  @Test
  void namesEveryInvariantWithItsMeaning() {
    assertThat(Invariant.values())
        .allSatisfy(
            invariant ->
                assertThat(invariant.brokenBy("what was found"))
                    .matches("I\\d+ \\([a-z ,]{20,100}\\) is broken: what was found"));
  }

  private static SimulationFailure failure(SagaSimulator simulator) {
    SimulationFailure failure = catchThrowableOfType(SimulationFailure.class, simulator::run);
    assertThat(failure).as("a run that fails").isNotNull();
    return failure;
  }
}

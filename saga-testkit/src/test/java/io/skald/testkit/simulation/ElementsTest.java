package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.Step;
import io.skald.saga.view.Direction;
import io.skald.testkit.InMemorySagaStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is recorded of the elements of a {@code forEach}. */
class ElementsTest {
  @Test
  void keepsWhatTheLastAttemptSaidWhereNobodyCanTellWhetherItTookEffect() {
    var send =
        Step.named("send", String.class)
            .remote(
                (parcel, call) -> {
                  throw new IllegalStateException(parcel + " fell off");
                })
            .retry(Retry.exponential(Duration.ofSeconds(1)).attemptsMax(1))
            .verify((parcel, call) -> Outcome.<Done>unknown())
            .compensation((parcel, done, call) -> {});
    var sendAll =
        Step.forEach(
                "send-all", String.class, String.class, (order, results) -> List.of("one", "two"))
            .step(send);
    var saga = Saga.define("parcels", String.class).key(order -> order).step(sendAll).build();

    SimulationReport report =
        SagaSimulator.of(saga, "order-1")
            .faults(FaultPlan.none())
            .check(store -> assertThat(errorOf(store, "send-all/1/send")).contains("one fell off"))
            .run();
    assertThat(report.ends()).containsKey("order-1");
  }

  private static String errorOf(InMemorySagaStore store, String path) {
    SagaSnapshot found = store.load(store.findByKey("order-1", 1).getFirst().id()).orElseThrow();
    return LogTree.find(found, path, Direction.ACTION).map(LogRow::error).orElseThrow();
  }
}

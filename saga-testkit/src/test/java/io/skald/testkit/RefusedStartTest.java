package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.SagaEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is null where nothing may be is refused in words, however the saga is started. */
class RefusedStartTest {
  private static final SagaDefinition<Order, Done> KEYED =
      Saga.define("keyed", Order.class)
          .key(Order::id)
          .step(Step.named("only", Order.class).local((order, tx) -> {}).needsNoCompensation())
          .build();
  private static final SagaDefinition<Order, Done> FOUND =
      Saga.define("found", Order.class)
          .attribute("customer", Order::id)
          .step(Step.named("only", Order.class).local((order, tx) -> {}).needsNoCompensation())
          .build();

  private final List<String> calls = new ArrayList<>();
  private final List<SagaEvent> events = new CopyOnWriteArrayList<>();
  private final SagaEngine engine =
      SagaEngine.builder(new InMemorySagaStore())
          .define(KEYED)
          .define(FOUND)
          .listener(events::add)
          .build();

  record Order(String id) {}

  @BeforeEach
  void open() {
    engine.open();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void refusesANullKey() {
    for (SagaClient client : clients()) {
      assertThatThrownBy(() -> client.start(KEYED, nameless()))
          .isInstanceOf(SagaDataException.class)
          .hasMessage(
              "business key: null (expected: a text; the function given to key(..) of saga keyed"
                  + " made none)");
    }
    assertNothingHappened();
  }

  @Test
  void refusesANullAttribute() {
    for (SagaClient client : clients()) {
      assertThatThrownBy(() -> client.start(FOUND, nameless()))
          .isInstanceOf(SagaDataException.class)
          .hasMessage(
              "attribute customer: null (expected: a text; the function given to attribute(..) of"
                  + " saga found made none)");
    }
    assertNothingHappened();
  }

  @Test
  @SuppressWarnings("NullAway") // what must not be given
  void refusesANullInput() {
    for (SagaClient client : clients()) {
      assertThatThrownBy(() -> client.start(KEYED, null))
          .isInstanceOf(SagaDataException.class)
          .hasMessage("input: null (expected: Order, the input of saga keyed)");
    }
    assertNothingHappened();
  }

  /** One that starts in transactions of its own, one that joins a caller's. */
  private List<SagaClient> clients() {
    return List.of(engine, engine.joining(Connections.recording(calls)));
  }

  @SuppressWarnings("NullAway") // as a codec makes it that leaves out what is missing
  private static Order nameless() {
    return new Order(null);
  }

  private void assertNothingHappened() {
    assertThat(events).isEmpty();
    assertThat(calls).isEmpty();
  }
}

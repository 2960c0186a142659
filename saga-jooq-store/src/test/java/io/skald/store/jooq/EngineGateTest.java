package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.DeployGate;
import io.skald.engine.SagaEngine;
import io.skald.engine.codec.CensusJson;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHead;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.view.Census;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.OrderSteps.Order;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Definitions against the sagas in flight, on real PostgreSQL. */
class EngineGateTest {
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final String FINDING =
      "3 sagas stand at wait of gated version 1, which is not defined here, at a step that version"
          + " 2 removed: keep defining it until they have ended, or move them to another version"
          + " before";

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final SagaDefinition<Order, Done> first =
      head(1)
          .step(steps.recording("a"))
          .step(Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate())
          .step(steps.recording("b"))
          .build();
  private final SagaDefinition<Order, Done> second = head(2).step(steps.recording("a")).build();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static SagaHead<Order> head(int version) {
    return Saga.define("gated", Order.class).version(version).key(Order::id);
  }

  /** Three sagas that wait, and whose engine has gone. */
  private void leave() {
    SagaEngine engine = fixture.open(first);
    for (int order = 1; order <= 3; order++) {
      SagaId unused = engine.start(first, Order.of("o" + order)).id();
    }
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .until(
            () ->
                fixture
                    .database
                    .value("select count(*) from %s.saga_log where status = 'WAITING'")
                    .equals("3"));
    engine.close();
  }

  private SagaEngine built(DeployGate.Mode mode, SagaDefinition<?, ?>... definitions) {
    return fixture.built(builder -> builder.gate(mode), definitions);
  }

  @Test
  void sagasInFlightThatNothingIsDefinedForAreNamedWithWhereTheyStand() {
    leave();
    assertThat(built(DeployGate.Mode.LOG, second).versions().check().findings())
        .containsExactly(FINDING);
    assertThat(built(DeployGate.Mode.LOG, first, second).versions().check().isOpen()).isTrue();
  }

  @Test
  void aCensusThatWasExportedSaysTheSameWithoutADatabase() {
    leave();
    Census census = built(DeployGate.Mode.LOG, first).versions().census();
    assertThat(census.sagas()).isEqualTo(3);
    String document = CensusJson.write(census);
    fixture.database.execute("delete from %s.saga");

    assertThat(DeployGate.check(List.of(second), CensusJson.read(document)).findings())
        .containsExactly(FINDING);
    assertThat(DeployGate.check(List.of(first), CensusJson.read(document)).isOpen()).isTrue();
  }

  @Test
  void anEngineThatIsToldToRefusesToStartAndOthersStart() {
    leave();
    SagaEngine refusing = built(DeployGate.Mode.REFUSE, second);
    assertThatThrownBy(refusing::open)
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessage(FINDING);
    assertThat(fixture.database.count("saga_node")).isZero();

    built(DeployGate.Mode.LOG, second).open();
    built(DeployGate.Mode.REFUSE, first, second).open();
    assertThat(fixture.database.count("saga_node")).isEqualTo(2);
  }

  @Test
  void anEngineThatIsNotToLookStarts() {
    leave();
    AtomicInteger looks = new AtomicInteger();
    SagaStore store = counting(looks);
    for (DeployGate.Mode mode : List.of(DeployGate.Mode.OFF, DeployGate.Mode.LOG)) {
      try (SagaEngine engine = SagaEngine.builder(store).gate(mode).define(second).build()) {
        engine.open();
      }
      assertThat(looks).hasValue(mode == DeployGate.Mode.OFF ? 0 : 1);
    }
  }

  private SagaStore counting(AtomicInteger looks) {
    SagaStore store = fixture.database.store();
    InvocationHandler counting =
        (proxy, method, values) -> {
          looks.addAndGet(method.getName().equals("standings") ? 1 : 0);
          return method.invoke(store, values);
        };
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(), new Class<?>[] {SagaStore.class}, counting);
  }

  @Test
  void aCensusTellsWhatComesNextWhereTheDefinitionIsKnown() {
    leave();
    fixture.database.execute(
        """
        update %s.saga_log
        set status = 'SUCCEEDED'
        where path = 'wait' and saga_id = (select id from %s.saga where business_key = 'o1');
        delete from %s.saga_log
        where saga_id = (select id from %s.saga where business_key = 'o2');
        """);
    assertThat(built(DeployGate.Mode.LOG, first).versions().census().groups())
        .extracting(Census.Group::place)
        .containsExactlyInAnyOrder("at a", "at wait", "at b");
    assertThat(built(DeployGate.Mode.LOG, second).versions().census().groups())
        .extracting(Census.Group::place)
        .containsExactlyInAnyOrder("at the beginning", "at wait", "after wait");
  }

  @Test
  void aSagaThatHasEndedIsInNoCensus() {
    SagaEngine engine = fixture.open(second);
    fixture.await(engine, engine.start(second, Order.of("o1")).id(), SagaStatus.COMPLETED);
    assertThat(engine.versions().census().groups()).isEmpty();
    assertThat(built(DeployGate.Mode.LOG).versions().check().isOpen()).isTrue();
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.DuplicateSagaException;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.OrderSteps.Order;
import java.sql.Connection;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sagas as users start and await them, on real PostgreSQL. */
class EngineStartsTest {
  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void givesBackTheSameSagaForTheSameKeyAndInput() {
    var saga =
        Saga.define("same", Order.class).key(Order::id).step(steps.recording("only")).build();
    SagaEngine engine = fixture.open(saga);

    assertThat(engine.start(saga, Order.of("o1")).id())
        .isEqualTo(engine.start(saga, Order.of("o1")).id());
    assertThatThrownBy(() -> engine.start(saga, new Order("o1", "another note")))
        .isInstanceOf(DuplicateSagaException.class);
  }

  @Test
  void awaitsForAsLongAsADurationCanSay() throws Exception {
    var saga =
        Saga.define("patient", Order.class).key(Order::id).step(steps.recording("only")).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(ChronoUnit.FOREVER.getDuration()))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  // ---- in the caller's transaction

  @Test
  void joinsTheCallersTransaction() throws Exception {
    var saga =
        Saga.define("joined", Order.class).key(Order::id).step(steps.recording("only")).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> committed;
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      engine.joining(connection).start(saga, Order.of("rolled back"));
      connection.rollback();
      committed = engine.joining(connection).start(saga, Order.of("committed"));
      assertThatThrownBy(() -> committed.await(Duration.ofSeconds(1)))
          .isInstanceOf(IllegalSagaStateException.class)
          .hasMessageContaining("has committed");
      connection.commit();
    }

    assertThat(committed.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(engine.find(saga, "rolled back")).isEmpty();
    assertThat(engine.viewsOfKey("committed")).hasSize(1);
  }

  @Test
  void runsAJoinedStartWithoutAClaimOnceItIsCommitted() throws Exception {
    var saga =
        Saga.define("joined", Order.class).key(Order::id).step(steps.recording("only")).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle;
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      handle = engine.joining(connection).start(saga, Order.of("o1"));
      connection.commit();
    }

    // nobody awaits the handle: the node looks for the commit itself
    fixture.await(engine, handle.id(), SagaStatus.COMPLETED);
    assertThat(fixture.database.value("select epoch from %s.saga")).isEqualTo("0");
  }

  @Test
  void leavesAJoinedStartToOthersWhoseNodeIsGoneBeforeTheCommit() throws Exception {
    var saga =
        Saga.define("joined", Order.class).key(Order::id).step(steps.recording("only")).build();
    SagaEngine gone = fixture.open(saga);
    SagaEngine other = fixture.open(saga);
    SagaHandle<Done> handle;
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      handle = gone.joining(connection).start(saga, Order.of("o1"));
      gone.close();
      connection.commit();
    }

    fixture.await(other, handle.id(), SagaStatus.COMPLETED);
    assertThat(fixture.database.value("select claimed_epoch from %s.saga")).isNotEqualTo("0");
  }

  @Test
  @SuppressWarnings("NullAway") // what must not be given
  void refusesToJoinNoConnection() {
    SagaEngine engine = fixture.open();

    assertThatThrownBy(() -> engine.joining(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("connection");
  }

  // ---- input

  @Test
  void refusesBadInputBeforeAnythingIsStored() {
    var saga = Saga.define("bad", Order.class).key(Order::id).step(steps.recording("only")).build();
    var other =
        Saga.define("other", Order.class).key(Order::id).step(steps.recording("only")).build();
    SagaEngine engine = fixture.open(saga);

    assertThatThrownBy(() -> engine.start(saga, new Order("o1", "x".repeat(1_100_000))))
        .isInstanceOf(SagaDataException.class)
        .hasMessageContaining("expected: <= 1048576");
    assertThatThrownBy(() -> engine.start(saga, new Order("o1", "x\ud800y")))
        .isInstanceOf(SagaDataException.class)
        .hasMessage("input: contains a lone surrogate (expected: text that is valid Unicode)");
    assertThatThrownBy(() -> engine.start(saga, Order.of("")))
        .isInstanceOf(SagaDataException.class)
        .hasMessage("business key: 0 characters (expected: 1 to 255)");
    assertThatThrownBy(() -> engine.start(saga, Order.of("a\u0000b")))
        .isInstanceOf(SagaDataException.class)
        .hasMessageContaining("U+0000");
    assertThatThrownBy(() -> engine.start(other, Order.of("o1")))
        .isInstanceOf(UnknownSagaException.class);
    var looped =
        Saga.define("loop", Loop.class)
            .step(Step.named("only", Loop.class).local((loop, tx) -> {}).needsNoCompensation())
            .build();
    SagaEngine second = fixture.open(looped);
    assertThatThrownBy(() -> second.start(looped, new Loop()))
        .isInstanceOf(SagaDataException.class);
    assertThat(fixture.database.count("saga")).isZero();
  }

  static final class Loop {
    public Loop getSelf() {
      return this;
    }
  }

  @Test
  void keepsTextThatJsonCanHoldAsItIs() throws Exception {
    String note = "a\u0000b \uD83D\uDE00 '; drop table saga; -- %s \u202E";
    var seen = new CopyOnWriteArrayList<String>();
    var saga =
        Saga.define("text", Order.class)
            .key(Order::id)
            .step(
                Step.named("only", Order.class)
                    .local((order, tx) -> seen.add(order.note()))
                    .needsNoCompensation())
            .build();
    fixture.open(saga).start(saga, new Order("o1", note)).await(EngineFixture.SOON);

    assertThat(seen).containsExactly(note);
  }
}

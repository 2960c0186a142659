package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.engine.codec.JsonUpcast;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.Upcast;
import io.skald.saga.error.DuplicateSagaException;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sagas whose payloads were stored in an older shape, on real PostgreSQL. */
class EngineUpcastsTest {
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final String OWNER = "select owner from %s.saga";

  private static final Upcast PRICED =
      JsonUpcast.ofObject(
          order -> {
            if (order.containsKey("cents")) {
              order.put("price", Map.of("cents", order.remove("cents")));
            }
          });

  private static final Upcast NUMBERED =
      json -> json.contains("\"number\"") ? json : "{\"number\":\"#%s\"}".formatted(json);

  private final EngineFixture fixture = new EngineFixture();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final SagaDefinition<OldOrder, String> written = written();
  private final CompensatableStep<Order, Row> book =
      Step.named("book", Order.class)
          .local(Row.class, (order, tx) -> new Row("#0"))
          .compensation((order, row, tx) -> calls.add("took back " + row.number()));
  private final SagaDefinition<Order, String> read = read();
  private final SagaDefinition<Order, String> upcasting =
      read.upcastingInput(PRICED).upcastingResult(book, NUMBERED);

  /** As the first release had it. */
  record OldOrder(String id, int cents) {}

  /** As the second one has it. */
  record Order(String id, Price price) {
    Order {
      Objects.requireNonNull(price, "price");
    }
  }

  record Price(int cents) {}

  record Row(String number) {}

  @AfterEach
  void close() {
    fixture.close();
  }

  private static CompensatablePart<Object, String> waiting() {
    return Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate();
  }

  private SagaDefinition<OldOrder, String> written() {
    return Saga.define("shaped", OldOrder.class)
        .key(OldOrder::id)
        .step(
            Step.named("book", OldOrder.class)
                .local(Integer.class, (order, tx) -> 7)
                .compensation((order, row, tx) -> calls.add("took back " + row)))
        .step(waiting())
        .step(
            Step.named("bill", OldOrder.class)
                .remote(String.class, (order, call) -> "old")
                .needsNoCompensation())
        .returning(String.class, (order, results) -> "old");
  }

  private SagaDefinition<Order, String> read() {
    var bill =
        Step.named("bill", Order.class)
            .remote(
                String.class,
                (order, call) -> call.resultOf(book).number() + " " + order.price().cents())
            .needsNoCompensation();
    return Saga.define("shaped", Order.class)
        .key(Order::id)
        .step(book)
        .step(waiting())
        .step(bill)
        .returning(String.class, (order, results) -> results.resultOf(bill));
  }

  /** A saga that an older release left where it waits. */
  private SagaId left(String key) {
    SagaEngine older = fixture.open(written);
    SagaId id = older.start(written, new OldOrder(key, 250)).id();
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .until(() -> fixture.database.value(OWNER).equals("null"));
    older.close();
    return id;
  }

  @Test
  void whatAnOlderReleaseStoredIsBroughtUpAndGoneOnWith() throws Exception {
    SagaId id = left("o1");
    SagaEngine engine = fixture.open(upcasting);
    engine.signal(upcasting, "o1", GO, "now");

    fixture.await(engine, id, SagaStatus.COMPLETED);
    SagaHandle<String> handle = engine.find(upcasting, "o1").orElseThrow();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("#7 250"));
  }

  @Test
  void aStartAgainIsTheSameOneThoughItsInputWasStoredInAnOlderShape() {
    SagaId id = left("o1");
    SagaEngine engine = fixture.open(upcasting);

    assertThat(engine.start(upcasting, new Order("o1", new Price(250))).id()).isEqualTo(id);
    assertThatThrownBy(() -> engine.start(upcasting, new Order("o1", new Price(251))))
        .isInstanceOf(DuplicateSagaException.class);
  }

  @Test
  void whatThisReleaseStoresIsLeftAsItIs() throws Exception {
    SagaEngine engine = fixture.open(upcasting);
    SagaHandle<String> handle = engine.start(upcasting, new Order("o1", new Price(1)));
    engine.signal(upcasting, "o1", GO, "now");
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("#0 1"));
  }

  @Test
  void aCompensationIsGivenTheResultThatWasBroughtUp() {
    SagaId id = left("o1");
    SagaEngine engine = fixture.open(upcasting);
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("took back #7");
  }

  @Test
  void aSagaWhoseInputCannotBeReadIsStuckKeepsItsBytesAndStopsNoOther() throws Exception {
    SagaId id = left("o1");
    String bytes = fixture.database.value("select input from %s.saga");
    SagaEngine engine = fixture.open(read);
    engine.signal(read, "o1", GO, "now");

    var stuck = fixture.await(engine, id, SagaStatus.STUCK);
    assertThat(stuck.reason().orElseThrow())
        .startsWith("the input cannot be read: payload cannot be read as ")
        .doesNotContain("250");
    assertThat(fixture.database.value("select input from %s.saga")).isEqualTo(bytes);
    SagaHandle<String> other = engine.start(read, new Order("o2", new Price(1)));
    engine.signal(read, "o2", GO, "now");
    assertThat(other.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("#0 1"));

    engine.close();
    SagaEngine mended = fixture.open(upcasting);
    mended.operator().retry(id, "ada", "deployed what reads it");
    fixture.await(mended, id, SagaStatus.COMPLETED);
    assertThat(calls).isEmpty();
  }

  @Test
  void aSagaWithAResultThatCannotBeReadIsStuckBeforeAnythingElseIsDone() {
    SagaId id = left("o1");
    SagaEngine engine = fixture.open(read.upcastingInput(PRICED));
    engine.signal(read, "o1", GO, "now");

    var stuck = fixture.await(engine, id, SagaStatus.STUCK);
    assertThat(stuck.reason().orElseThrow())
        .startsWith("a recorded result cannot be read: step book: payload cannot be read as ");
    assertThat(fixture.database.value("select payload from %s.saga_log where path = 'book'"))
        .isEqualTo("7");
    assertThat(stuck.steps()).noneMatch(step -> step.path().equals("bill"));
  }

  @Test
  void anUpcastThatFailsMakesTheSagaStuckAndSaysNothingOfThePayload() {
    SagaId id = left("o1");
    Upcast failing =
        json -> {
          throw new IllegalStateException("met " + json);
        };
    SagaEngine engine = fixture.open(upcasting.upcastingResult(book, failing));
    engine.signal(read, "o1", GO, "now");

    assertThat(fixture.await(engine, id, SagaStatus.STUCK).reason())
        .contains(
            "a recorded result cannot be read: step book: payload cannot be brought up to the"
                + " present shape: IllegalStateException");
  }

  /** Else a retry would not know that the call may have been made before. */
  @Test
  void whatAnOwnerThatDiedMayHaveDoneIsRecordedBeforeItsSagaIsStuck() {
    SagaId id = left("o1");
    fixture.database.execute(
        """
        update %s.saga_log set status = 'SUCCEEDED', payload = '"now"' where path = 'wait';
        update %s.saga set owner = gen_random_uuid(), wake_at = null
        """);
    SagaEngine engine = fixture.open(read);

    fixture.await(engine, id, SagaStatus.STUCK);
    assertThat(
            fixture.database.value(
                "select status || ' ' || attempt from %s.saga_log where path = 'bill'"))
        .isEqualTo("RETRYING 1");
  }

  @Test
  void anUpcastOfAResultThatIsNotRecordedIsRefused() {
    var other = Step.named("other", Order.class).local((order, tx) -> {}).needsNoCompensation();
    assertThatThrownBy(() -> read.upcastingResult(other, NUMBERED).name())
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessage(
            "saga shaped version 1: there is no recorded result of step other to be brought up"
                + " (expected: a step of this version, no sequence and no group)");
  }
}

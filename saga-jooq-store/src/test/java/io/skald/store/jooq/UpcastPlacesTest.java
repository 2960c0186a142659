package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.Upcast;
import io.skald.saga.step.CompensatablePart;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Payloads of an older shape in every place that is not a plain step's result: what a signal
 * carries, what a sub-saga came to, the elements of a forEach and what was done for each. The older
 * release has numbers where the newer one has rows.
 */
class UpcastPlacesTest {
  private static final Signal<Integer> OLD_PAID = Signal.named("paid", Integer.class);
  private static final Signal<Row> PAID = Signal.named("paid", Row.class);
  private static final Signal<String> GO = Signal.named("go", String.class);

  private static final Upcast NUMBERED =
      json -> json.contains("number") ? json : row(Integer.parseInt(json.strip()));

  private static final Upcast ALL_NUMBERED =
      json ->
          json.contains("number")
              ? json
              : Pattern.compile("\\d+")
                  .matcher(json)
                  .replaceAll(number -> row(Integer.parseInt(number.group())));

  private final EngineFixture fixture = new EngineFixture();

  record Row(String number) {}

  private static String row(int number) {
    return "{\"number\":\"#%d\"}".formatted(number);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static CompensatablePart<Object, String> waiting() {
    return Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate();
  }

  /** A saga that the older release has left where it waits. */
  private SagaId left(SagaDefinition<String, ?> older) {
    SagaEngine engine = fixture.open(older);
    SagaId id = engine.start(older, "o1").id();
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .until(
            () ->
                fixture
                    .database
                    .value(
                        "select count(*) from %s.saga s join %s.saga_log l on l.saga_id = s.id"
                            + " where s.owner is null and l.path like '%wait' and l.status ="
                            + " 'WAITING'")
                    .equals("1"));
    engine.close();
    return id;
  }

  private SagaEnd<String> ended(SagaDefinition<String, String> newer, int waits) throws Exception {
    SagaEngine engine = fixture.open(newer);
    SagaHandle<String> handle = engine.find(newer, "o1").orElseThrow();
    for (int wait = 0; wait < waits; wait++) {
      engine.signal(handle.id(), GO, "now");
    }
    return handle.await(EngineFixture.SOON);
  }

  @Test
  void whatASignalCarriedIsBroughtUpWhereItIsAwaited() throws Exception {
    var oldPay = Step.await("pay", OLD_PAID).within(Duration.ofDays(1)).orCompensate();
    SagaDefinition<String, Integer> older =
        Saga.define("paid", String.class)
            .key(key -> key)
            .step(oldPay)
            .returning(Integer.class, (in, results) -> results.resultOf(oldPay));
    var pay = Step.await("pay", PAID).within(Duration.ofDays(1)).orCompensate();
    SagaDefinition<String, String> newer =
        Saga.define("paid", String.class)
            .key(key -> key)
            .step(pay)
            .returning(String.class, (in, results) -> results.resultOf(pay).number())
            .upcastingResult(pay, NUMBERED);
    try (SagaEngine engine = fixture.open(older)) {
      engine.signal(older, "o1", OLD_PAID, 7);
    }

    SagaEngine engine = fixture.open(newer);
    assertThat(engine.start(newer, "o1").await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>("#7"));
    SagaHandle<String> other = engine.start(newer, "o2");
    engine.signal(newer, "o2", PAID, new Row("#8"));
    assertThat(other.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("#8"));
  }

  @Test
  void whatASubSagaCameToIsBroughtUpWhereItWasStarted() throws Exception {
    var count = Step.named("count", String.class).local(Integer.class, (in, tx) -> 7);
    SagaDefinition<String, Integer> oldChild =
        Saga.define("counted", String.class)
            .step(count.needsNoCompensation())
            .returning(Integer.class, (in, results) -> 7);
    var oldCounting = Step.saga("counting", String.class, oldChild, (in, results) -> in);
    SagaDefinition<String, Integer> older =
        Saga.define("counts", String.class)
            .key(key -> key)
            .step(oldCounting)
            .step(waiting())
            .returning(Integer.class, (in, results) -> results.resultOf(oldCounting));
    SagaDefinition<String, Row> child =
        Saga.define("counted", String.class)
            .step(count.needsNoCompensation())
            .returning(Row.class, (in, results) -> new Row("#0"));
    var counting = Step.saga("counting", String.class, child, (in, results) -> in);
    SagaDefinition<String, String> newer =
        Saga.define("counts", String.class)
            .key(key -> key)
            .step(counting)
            .step(waiting())
            .returning(String.class, (in, results) -> results.resultOf(counting).number())
            .upcastingResult(counting, NUMBERED);
    SagaId unused = left(older);

    assertThat(ended(newer, 1)).isEqualTo(new SagaEnd.Completed<>("#7"));
  }

  @Test
  void theElementsOfAForEachAndWhatWasDoneForEachAreBroughtUp() throws Exception {
    SagaDefinition<String, Integer> older =
        Saga.define("each", String.class)
            .key(key -> key)
            .step(
                Step.forEach("all", String.class, Integer.class, (in, results) -> List.of(1, 2))
                    .concurrency(1)
                    .step(
                        Step.sequence("one", Integer.class)
                            .step(
                                Step.named("book", Integer.class)
                                    .local(Integer.class, (number, tx) -> number * 10)
                                    .needsNoCompensation())
                            .step(waiting())
                            .step(
                                Step.named("label", Integer.class)
                                    .local(String.class, (number, tx) -> "old")
                                    .needsNoCompensation())
                            .end()))
            .returning(Integer.class, (in, results) -> 0);
    SagaId unused = left(older);

    assertThat(ended(newerEach(), 2)).isEqualTo(new SagaEnd.Completed<>("#1 #10, #2 #20"));
  }

  private SagaDefinition<String, String> newerEach() {
    var book =
        Step.named("book", Row.class)
            .local(Row.class, (element, tx) -> new Row(element.number() + "0"))
            .needsNoCompensation();
    var all =
        Step.forEach(
                "all",
                String.class,
                Row.class,
                (in, results) -> List.of(new Row("#1"), new Row("#2")))
            .concurrency(1)
            .step(
                Step.sequence("one", Row.class)
                    .step(book)
                    .step(waiting())
                    .step(
                        Step.named("label", Row.class)
                            .local(
                                String.class,
                                (element, tx) ->
                                    element.number() + " " + tx.resultOf(book).number())
                            .needsNoCompensation())
                    .end());
    return Saga.define("each", String.class)
        .key(key -> key)
        .step(all)
        .returning(String.class, (in, results) -> String.join(", ", results.resultOf(all)))
        .upcastingResult(all, ALL_NUMBERED)
        .upcastingResult(book, NUMBERED);
  }
}

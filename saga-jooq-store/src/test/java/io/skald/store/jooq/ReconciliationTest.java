package io.skald.store.jooq;

import static io.skald.store.jooq.ReconciliationFixture.NAME;
import static io.skald.store.jooq.ReconciliationFixture.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.Violation.State;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What checks find, and of which saga they say so. */
class ReconciliationTest {
  private final ReconciliationFixture fixture = new ReconciliationFixture();
  private final TestDatabase database = fixture.database;
  private final Reconciliation reconciliation = fixture.node(fixture.hasOrder());

  @AfterEach
  void close() {
    reconciliation.close();
    fixture.close();
  }

  @Test
  void whatIsFoundTwiceInARowIsConfirmedAndNamesItsSaga() {
    SagaId saga = fixture.startSaga("o1");
    fixture.endSaga(saga);
    fixture.pay("o1");
    fixture.pay("o2");
    fixture.order("o2");

    assertThat(fixture.check(reconciliation))
        .singleElement()
        .returns(State.SEEN_ONCE, Violation::state);
    assertThat(fixture.check(reconciliation))
        .singleElement()
        .returns("o1", Violation::businessKey)
        .returns(State.CONFIRMED, Violation::state)
        .returns(saga, violation -> violation.saga().orElseThrow())
        .returns(SagaStatus.COMPLETED, violation -> violation.status().orElseThrow())
        .matches(violation -> violation.firstSeenAt().isBefore(violation.lastSeenAt()));
    assertThat(report(reconciliation, NAME))
        .returns("place-order", InvariantReport::definition)
        .returns(1, InvariantReport::confirmed)
        .returns(0, InvariantReport::seenOnce)
        .returns(false, InvariantReport::isCapped)
        .matches(report -> report.checkedAt().isPresent() && report.error().isEmpty())
        .matches(report -> !report.took().orElseThrow().isNegative())
        .matches(report -> report.dueAt().isAfter(report.readAt().plus(Duration.ofMinutes(59))));
  }

  @Test
  void whatIsFoundOnceAndNotAgainIsGone() {
    fixture.pay("o1");
    assertThat(fixture.check(reconciliation)).hasSize(1);
    fixture.order("o1");
    assertThat(fixture.check(reconciliation)).isEmpty();
    database.execute("delete from %s.orders");

    assertThat(fixture.check(reconciliation))
        .singleElement()
        .returns(State.SEEN_ONCE, Violation::state);
  }

  @Test
  void whatHealsIsGoneAtTheNextCheck() {
    fixture.pay("o1");
    fixture.check(reconciliation);
    assertThat(fixture.check(reconciliation)).hasSize(1);

    fixture.order("o1");

    assertThat(fixture.check(reconciliation)).isEmpty();
    assertThat(report(reconciliation, NAME)).returns(0, InvariantReport::confirmed);
  }

  @Test
  void aSagaInFlightIsReportedApartHoweverOftenItIsFound() {
    SagaId saga = fixture.startSaga("o1");
    fixture.pay("o1");
    fixture.check(reconciliation);
    fixture.check(reconciliation);
    assertThat(fixture.check(reconciliation))
        .singleElement()
        .returns(State.IN_FLIGHT, Violation::state)
        .returns(SagaStatus.RUNNING, violation -> violation.status().orElseThrow());
    assertThat(report(reconciliation, NAME))
        .returns(0, InvariantReport::confirmed)
        .returns(1, InvariantReport::inFlight);

    fixture.endSaga(saga);

    assertThat(fixture.check(reconciliation))
        .as("the query may have seen it while the saga was at it")
        .singleElement()
        .returns(State.SEEN_ONCE, Violation::state);
    assertThat(fixture.check(reconciliation))
        .singleElement()
        .returns(State.CONFIRMED, Violation::state);
  }

  @Test
  void aSagaThatGoesOnPutsItsViolationBackInFlight() {
    SagaId saga = fixture.startSaga("o1");
    stuck(saga);
    fixture.pay("o1");
    fixture.check(reconciliation);
    assertThat(fixture.check(reconciliation))
        .as("a stuck saga puts nothing right")
        .singleElement()
        .returns(State.CONFIRMED, Violation::state)
        .returns(SagaStatus.STUCK, violation -> violation.status().orElseThrow());

    database.execute("update %s.saga set status = 'COMPENSATING', wake_at = clock_timestamp()");

    assertThat(fixture.check(reconciliation))
        .singleElement()
        .returns(State.IN_FLIGHT, Violation::state);
  }

  private void stuck(SagaId saga) {
    database.execute(
        "update %s.saga set status = 'STUCK', owner = null, wake_at = null where id = '"
            + saga
            + "'");
  }

  @Test
  void aKeyOfWhichThereIsNoSagaIsReportedWithoutOne() {
    fixture.pay("nobody");
    fixture.check(reconciliation);

    assertThat(fixture.check(reconciliation))
        .singleElement()
        .returns(State.CONFIRMED, Violation::state)
        .matches(violation -> violation.saga().isEmpty() && violation.status().isEmpty());
  }

  @Test
  void theSagaStaysNamedWhenRetentionHasRemovedIt() {
    SagaId saga = fixture.startSaga("o1");
    fixture.endSaga(saga);
    fixture.pay("o1");
    fixture.check(reconciliation);
    assertThat(Fixtures.purged(fixture.store, Duration.ZERO, 10)).isOne();

    assertThat(fixture.check(reconciliation))
        .singleElement()
        .returns(saga, violation -> violation.saga().orElseThrow())
        .matches(violation -> violation.status().isEmpty());
  }

  @Test
  void anotherDefinitionsSagaOfTheSameKeyIsNotMeant() {
    fixture.startSaga("o1");
    database.execute("update %s.saga set definition = 'refund'");
    fixture.pay("o1");

    assertThat(fixture.check(reconciliation))
        .singleElement()
        .matches(violation -> violation.saga().isEmpty());
  }

  @Test
  void aKeyThatIsFoundManyTimesIsOneViolation() {
    IntStream.range(0, 50).forEach(i -> fixture.pay("o1"));
    fixture.pay("o2");
    Invariant two = fixture.hasOrder().withViolationsMax(2);

    assertThat(fixture.check(fixture.node(two))).hasSize(2);
    assertThat(report(reconciliation, NAME)).returns(false, InvariantReport::isCapped);
  }

  @Test
  void ofAMillionViolationsTheFirstAreKeptAndItIsSaidThatThereAreMore() {
    database.execute(
        "insert into %s.payment select 'o' || lpad(i::text, 7, '0') from generate_series(1,"
            + " 1000000) i");
    fixture.check(reconciliation);

    assertThat(fixture.check(reconciliation))
        .hasSize(1_000)
        .allMatch(violation -> violation.state() == State.CONFIRMED)
        .last()
        .returns("o0001000", Violation::businessKey);
    assertThat(report(reconciliation, NAME))
        .returns(1_000, InvariantReport::confirmed)
        .returns(true, InvariantReport::isCapped);
    assertThat(database.count("saga_violation")).isEqualTo(1_000);
  }

  @Test
  void nothingButTheKeyIsKept() {
    fixture.pay("o1");
    fixture.check(reconciliation);

    assertThat(database.value("select v::text from %s.saga_violation v"))
        .startsWith("(payment-has-order,o1,,1,")
        .doesNotContain("captured");
  }

  @Test
  void aQuestionMarkABraceAndAPercentSignInAQueryMeanWhatTheyMeanInSql() {
    Invariant odd =
        fixture.invariant(
            NAME,
            "select '{%d}' as business_key where jsonb '{\"a\": 1}' ? 'a' and '{fn now()}' <> ''");

    assertThat(fixture.check(fixture.node(odd)))
        .singleElement()
        .returns("{%d}", Violation::businessKey);
  }

  @Test
  void whatTheNodeHasReadLastIsThereForMetricsWithoutAQuestion() {
    assertThat(reconciliation.latest()).isEmpty();
    fixture.pay("o1");
    fixture.check(reconciliation);
    fixture.check(reconciliation);

    database.execute("drop table %s.saga_violation");

    assertThat(reconciliation.latest())
        .singleElement()
        .returns(NAME, InvariantReport::name)
        .returns(1, InvariantReport::confirmed);
  }
}

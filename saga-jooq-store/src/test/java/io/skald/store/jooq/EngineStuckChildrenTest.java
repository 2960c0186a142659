package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.ChildSaga;
import io.skald.saga.step.LocalStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What it means for a saga that one it started cannot go on: the table of docs/language.md. */
class EngineStuckChildrenTest {
  private static final String STEP = "insure-it";

  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final AtomicBoolean isMended = new AtomicBoolean();

  private final LocalStep<Order, Done> pivot =
      Step.named("pivot", Order.class).local((order, tx) -> {});

  /** Stuck at its only step, on its way forward, and on its way back until it is mended. */
  private final SagaDefinition<String, Done> insurance =
      Saga.define("insurance", String.class)
          .step(
              Step.named("insure", String.class)
                  .remote(
                      (in, call) -> {
                        throw new IOException("down");
                      })
                  .retry(Retry.never())
                  .ifSpent(Spent.askOperator())
                  .compensation((in, done, call) -> compensate())
                  .compensationRetry(Retry.never()))
          .build();

  private final ChildSaga<Order, Done> insuring =
      Step.saga(STEP, Order.class, insurance, (order, results) -> order.id());
  private final SagaDefinition<Order, Done> before =
      Saga.define("before", Order.class).step(steps.recording("row")).step(insuring).build();
  private final SagaDefinition<Order, Done> after =
      Saga.define("after", Order.class).pivot(pivot).step(insuring.afterPivot()).build();

  /** Where the parent stands when its sub-saga is stuck. */
  enum Parent {
    BEFORE_ITS_PIVOT,
    PAST_ITS_PIVOT,
    ON_ITS_WAY_BACK
  }

  /** What becomes of the sub-saga then. */
  enum Fate {
    STUCK,
    RESOLVED,
    /** Deleted by hand: retention keeps it as long as its parent is there. */
    GONE
  }

  /** Both, by their ids. */
  record Family(SagaEngine engine, SagaId parent, SagaId child) {}

  @AfterEach
  void close() {
    fixture.close();
  }

  private void compensate() {
    if (!isMended.get()) {
      throw new PermanentFailure("not to be had back");
    }
    steps.calls().add("insurance compensated");
  }

  /** A parent whose sub-saga is stuck on its way forward. */
  private Family stuck(SagaDefinition<Order, Done> saga) {
    SagaEngine engine = fixture.open(saga);
    SagaId parent = engine.start(saga, Order.of("o1")).id();
    Awaitility.await().until(() -> engine.find(insurance, parent + ":" + STEP).isPresent());
    SagaId child = engine.find(insurance, parent + ":" + STEP).orElseThrow().id();
    fixture.await(engine, child, SagaStatus.STUCK);
    return new Family(engine, parent, child);
  }

  /** A parent that compensates, and whose sub-saga is stuck on its way back. */
  private Family stuckOnTheWayBack() {
    Family family = stuck(before);
    cancel(family, family.parent());
    return family;
  }

  /** Cancels one of the two, and the sub-saga is stuck on its way back. */
  private static void cancel(Family family, SagaId saga) {
    family.engine().operator().cancel(saga, "ada", "changed my mind");
    Awaitility.await("the sub-saga is stuck at its compensation")
        .atMost(EngineFixture.SOON)
        .until(() -> isStuckOnItsWayBack(family.engine().view(family.child()).orElseThrow()));
  }

  private static boolean isStuckOnItsWayBack(SagaView view) {
    return view.status() == SagaStatus.STUCK
        && view.steps().stream().anyMatch(step -> step.direction() == Direction.COMPENSATION);
  }

  private Family family(Parent parent) {
    return switch (parent) {
      case BEFORE_ITS_PIVOT -> stuck(before);
      case PAST_ITS_PIVOT -> stuck(after);
      case ON_ITS_WAY_BACK -> stuckOnTheWayBack();
    };
  }

  private void befalls(Fate fate, Family family) {
    SagaId child = family.child();
    switch (fate) {
      case STUCK -> aDayPasses(family.parent());
      case RESOLVED -> family.engine().operator().resolve(child, "ada", "settled by hand");
      case GONE -> {
        fixture.database.execute("delete from %s.saga where id = '" + child + "'");
        aDayPasses(family.parent());
      }
    }
  }

  /** It waits to be told, and looks by itself within the day. */
  private void aDayPasses(SagaId parent) {
    awaitThatItSleeps(parent);
    fixture.database.execute(
        """
        with waiting as (
          update %s.saga_log set retry_at = clock_timestamp()
          where saga_id = '$id' and status = 'WAITING')
        update %s.saga set wake_at = clock_timestamp() where id = '$id'
        """
            .replace("$id", parent.toString()));
  }

  private void awaitThatItSleeps(SagaId parent) {
    String asleep =
        "select count(*) from %s.saga where owner is null and wake_at > now() + interval '23 hours'"
            + " and id = '"
            + parent
            + "'";
    TestDatabase.await(() -> fixture.database.value(asleep).equals("1"));
  }

  private static String recorded(SagaView view) {
    return view.steps().stream()
        .filter(step -> step.path().equals(STEP))
        .map(step -> step.direction() + " " + step.status())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          BEFORE_ITS_PIVOT | STUCK    | RUNNING      | ACTION WAITING
          BEFORE_ITS_PIVOT | RESOLVED | COMPENSATED  | ACTION UNKNOWN, COMPENSATION SUCCEEDED
          BEFORE_ITS_PIVOT | GONE     | STUCK        | ACTION UNKNOWN, COMPENSATION FAILED
          PAST_ITS_PIVOT   | STUCK    | RUNNING      | ACTION WAITING
          PAST_ITS_PIVOT   | RESOLVED | STUCK        | ACTION UNKNOWN
          PAST_ITS_PIVOT   | GONE     | STUCK        | ACTION UNKNOWN
          ON_ITS_WAY_BACK  | STUCK    | COMPENSATING | ACTION UNKNOWN, COMPENSATION WAITING
          ON_ITS_WAY_BACK  | RESOLVED | COMPENSATED  | ACTION UNKNOWN, COMPENSATION SUCCEEDED
          ON_ITS_WAY_BACK  | GONE     | STUCK        | ACTION UNKNOWN, COMPENSATION FAILED
          """)
  void saysWhatASagaThatCannotGoOnMeansForItsParent(
      Parent parent, Fate fate, SagaStatus status, String recorded) {
    Family family = family(parent);
    befalls(fate, family);

    SagaView view = fixture.await(family.engine(), family.parent(), status);
    if (fate == Fate.STUCK) {
      awaitThatItSleeps(family.parent());
      view = family.engine().view(family.parent()).orElseThrow();
    }
    assertThat(view.status()).isEqualTo(status);
    assertThat(recorded(view)).isEqualTo(recorded);
  }

  @Test
  void saysWhyItCompensatesThoughAnOperatorResolvedTheOtherSaga() {
    Family family = stuck(before);
    befalls(Fate.RESOLVED, family);

    SagaView view = fixture.await(family.engine(), family.parent(), SagaStatus.COMPENSATED);
    assertThat(view.reason().orElseThrow())
        .isEqualTo(
            "the saga it started was resolved: %s: settled by hand".formatted(family.child()));
    assertThat(steps.calls()).containsExactly("row", "row o1 compensated");
  }

  @Test
  void aStuckSagaIsCancelledWhenItsParentCompensates() {
    isMended.set(true);
    Family family = stuck(before);
    family.engine().operator().cancel(family.parent(), "ada", "changed my mind");

    fixture.await(family.engine(), family.parent(), SagaStatus.COMPENSATED);
    fixture.await(family.engine(), family.child(), SagaStatus.COMPENSATED);
    assertThat(steps.calls()).containsExactly("row", "insurance compensated", "row o1 compensated");
  }

  @Test
  void aParentGoesOnOnceTheSagaThatWasStuckOnItsWayBackHasCompensated() {
    Family family = stuckOnTheWayBack();
    isMended.set(true);
    family.engine().operator().retry(family.child(), "ada", "mended");

    fixture.await(family.engine(), family.parent(), SagaStatus.COMPENSATED);
    assertThat(steps.calls()).containsExactly("row", "insurance compensated", "row o1 compensated");
  }

  @Test
  void aSagaThatIsStuckOnItsWayBackAlreadyIsLeftToItsOperator() {
    Family family = stuck(before);
    cancel(family, family.child());
    cancel(family, family.parent());
    Awaitility.await("the parent waits for the sub-saga to come back")
        .atMost(EngineFixture.SOON)
        .until(
            () -> recorded(family.engine().view(family.parent()).orElseThrow()),
            "ACTION UNKNOWN, COMPENSATION WAITING"::equals);

    String done = "select string_agg(actor || ' ' || action, ', ') from %s.saga_audit";
    assertThat(fixture.database.value(done + " where saga_id = '" + family.child() + "'"))
        .isEqualTo("ada cancel");
    isMended.set(true);
    family.engine().operator().retry(family.child(), "ada", "mended");
    fixture.await(family.engine(), family.parent(), SagaStatus.COMPENSATED);
  }

  @Test
  void aParentPastItsPivotCallsNoSagaBack() {
    Family family = stuck(after);
    var operator = family.engine().operator();

    assertThatThrownBy(() -> operator.cancel(family.parent(), "ada", "changed my mind"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("point of no return");
    assertThat(family.engine().view(family.child()).orElseThrow().status())
        .isEqualTo(SagaStatus.STUCK);
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.DefinitionRef;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.view.SagaTimeline;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A pivot that is begun only in time, by what is recorded of other sagas, on real PostgreSQL. */
class EnginePivotInTimeTest {
  private final EngineFixture fixture = new EngineFixture();
  private final OrderSteps steps = new OrderSteps(fixture.database);
  private final SagaDefinition<Order, Done> saga =
      Saga.define("in-time", Order.class)
          .key(Order::id)
          .deadline(Duration.ofHours(1))
          .pivotOnlyInTime()
          .step(steps.recording("reserve"))
          .pivot(
              Step.named("pay", Order.class)
                  .local(
                      (order, tx) -> {
                        steps.calls().add("pay");
                      }))
          .build();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** Sagas that completed, two hours after they had reserved; of a hundred one took a day. */
  private void completed(int sagas) {
    fixture.database.execute(
        """
        with s as (
          insert into %s.saga (id, definition, version, fingerprint, business_key, status, input,
            input_digest, finished_at)
          select gen_random_uuid(), 'in-time', 1, '<fingerprint>', 'k' || n, 'COMPLETED', '{}', 'd',
            now() - n * interval '1 second'
          from generate_series(1, <sagas>) n
          returning id, business_key, finished_at)
        insert into %s.saga_log (saga_id, path, direction, step_name, seq, status, attempt,
          attempt_base, epoch, finished_at)
        select id, step, 'ACTION', step, seq, 'SUCCEEDED', 1, 0, 0,
          finished_at - before * case when business_key = 'k1' then 12 else 1 end
        from s cross join (values ('reserve', 1, interval '2 hours'), ('pay', 2, interval '0'))
          l (step, seq, before)
        """
            .replace("<fingerprint>", saga.fingerprint())
            .replace("<sagas>", String.valueOf(sagas)));
  }

  @Test
  void aSagaWhoseRestWouldTakeTooLongIsCompensatedAndSaysWhy() throws Exception {
    completed(100);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));
    SagaEnd<Done> end = handle.await(EngineFixture.SOON);

    SagaView view = engine.view(handle.id()).orElseThrow();
    assertThat(view.reason().orElseThrow())
        .matches(
            "too little of the deadline is left for what follows the pivot: 35\\d\\d\\.\\d{3} s,"
                + " and in 99 of 100 sagas it took up to 7200\\.000 s");
    assertThat(end).isEqualTo(new SagaEnd.Compensated<>("pay", view.reason().orElseThrow()));
    assertThat(steps.calls()).containsExactly("reserve", "reserve o1 compensated");
    assertThat(SagaTimeline.of(view).toString())
        .contains("because: too little of the deadline is left for what follows the pivot: 35");
  }

  @Test
  void aSagaOfWhichTooFewHaveCompletedIsGoneOnWith() throws Exception {
    completed(99);
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(steps.calls()).containsExactly("reserve", "pay");
  }

  @Test
  void aSagaIsGoneOnWithIfThereIsTime() throws Exception {
    completed(100);
    fixture.database.execute(
        "update %s.saga_log set finished_at = finished_at + interval '90 minutes' where path ="
            + " 'reserve'");
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void howLongSagasTookIsReadAlongTheIndexOfEnds() {
    EndedSagas.fill(fixture.database);
    fixture.database.execute(
        "update %s.saga set finished_at = finished_at - interval '1 day' where finished_at is not"
            + " null");
    completed(100);
    fixture.database.execute("vacuum analyze %s.saga");
    var plans = new StorePlans(fixture.database);
    var ref = new DefinitionRef("in-time", 1, saga.fingerprint());
    assertThat(plans.store().restTimes(ref, List.of("reserve"), 1000)).hasSize(100);

    assertThat(plans.plan())
        .containsPattern("Scan Backward using saga_parent_id_finished_at_idx[^>]*Index Cond")
        .containsPattern(StorePlans.by("saga_log_pkey"))
        .doesNotContain("Sort Key: s.finished_at", "Hash Join", "Merge Join");
  }
}

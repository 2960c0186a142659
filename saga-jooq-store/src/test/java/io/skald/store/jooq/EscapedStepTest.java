package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.Tx;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaStatus;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.jdbc.PgConnection;

/** Sagas whose local steps end their own transaction: what they wrote may be committed. */
class EscapedStepTest {
  private final EngineFixture fixture = new EngineFixture();
  private final AtomicBoolean commits = new AtomicBoolean(true);
  private final List<String> done = new CopyOnWriteArrayList<>();

  private final CompensatableStep<String, Done> first =
      Step.named("first", String.class)
          .local((key, tx) -> done.add("first"))
          .compensation((key, result, tx) -> done.add("first undone"));
  private final CompensatableStep<String, Done> escapes =
      Step.named("escapes", String.class)
          .local((key, tx) -> write(key, tx))
          .compensation((key, result, tx) -> done.add("escapes undone"));
  private final SagaDefinition<String, Done> forward =
      Saga.define("forward", String.class).step(first).step(escapes).build();

  private final CompensatableStep<String, Done> undone =
      Step.named("undone", String.class)
          .local((key, tx) -> done.add("undone"))
          .compensation((key, result, tx) -> write(key, tx));
  private final CompensatableStep<String, Done> refused =
      Step.named("refused", String.class)
          .local(
              (key, tx) -> {
                throw new PermanentFailure("no");
              })
          .needsNoCompensation();
  private final SagaDefinition<String, Done> back =
      Saga.define("back", String.class).step(first).step(undone).step(refused).build();

  /** Writes a row, and commits it by a back door. */
  private void write(String key, Tx tx) throws SQLException {
    done.add("written");
    try (Statement statement = tx.connection().createStatement()) {
      statement.execute(
          "insert into %s.business values ('%s')".formatted(fixture.database.schema(), key));
    }
    if (commits.get()) {
      tx.connection().unwrap(PgConnection.class).commit();
    }
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private SagaHandle<Done> stuck(SagaEngine engine, SagaDefinition<String, Done> saga, String step)
      throws Exception {
    SagaHandle<Done> handle = engine.start(saga, "a");
    assertThat(handle.await(EngineFixture.SOON))
        .isInstanceOfSatisfying(
            SagaEnd.Stuck.class,
            end -> {
              assertThat(end.step()).isEqualTo(step);
              assertThat(end.reason())
                  .contains("ended its own transaction")
                  .contains("skip it")
                  .contains("retry");
            });
    assertThat(fixture.database.count("business")).isOne();
    assertThat(fixture.database.value("select count(*) from %s.saga_log where path = 'escapes'"))
        .isEqualTo("0");
    return handle;
  }

  @Test
  void aStepThatCommitsByABackDoorIsMadeOnceAndNotCompensated() throws Exception {
    stuck(fixture.open(forward), forward, "escapes");

    assertThat(done).containsExactly("first", "written");
    assertThat(fixture.events).hasAtLeastOneElementOfType(SagaEvent.Stuck.class);
  }

  @Test
  void anOperatorSkipsAStepThatEscaped() throws Exception {
    SagaEngine engine = fixture.open(forward);
    SagaHandle<Done> handle = stuck(engine, forward, "escapes");
    engine.operator().skip(handle.id(), escapes, Done.DONE, "olga", "it is all there");

    fixture.await(engine, handle.id(), SagaStatus.COMPLETED);
    assertThat(done).containsExactly("first", "written");
  }

  @Test
  void anOperatorRetriesAStepThatEscaped() throws Exception {
    SagaEngine engine = fixture.open(forward);
    SagaHandle<Done> handle = stuck(engine, forward, "escapes");
    fixture.database.execute("truncate %s.business");
    commits.set(false);
    engine.operator().retry(handle.id(), "olga", "mended");

    fixture.await(engine, handle.id(), SagaStatus.COMPLETED);
    assertThat(fixture.database.count("business")).isOne();
    assertThat(done).containsExactly("first", "written", "written");
  }

  @Test
  void anOperatorResolvesASagaWhoseStepEscaped() throws Exception {
    SagaEngine engine = fixture.open(forward);
    SagaHandle<Done> handle = stuck(engine, forward, "escapes");
    engine.operator().resolve(handle.id(), "olga", "done by hand");

    fixture.await(engine, handle.id(), SagaStatus.RESOLVED);
  }

  @Test
  void aCompensationThatEscapesIsMadeOnceAndSkippedByAnOperator() throws Exception {
    SagaEngine engine = fixture.open(back);
    SagaHandle<Done> handle = stuck(engine, back, "undone");
    assertThat(done).containsExactly("first", "undone", "written");
    engine.operator().skipCompensation(handle.id(), undone, "olga", "it is all there");

    fixture.await(engine, handle.id(), SagaStatus.COMPENSATED);
    assertThat(done).containsExactly("first", "undone", "written", "first undone");
  }
}

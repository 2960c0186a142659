package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Standing;
import io.skald.engine.spi.UnknownStatus;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaSummary;
import io.skald.saga.view.SagaView;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A later version of the library, beside this one, records what this one does not know: that saga
 * is left to nodes of that version, or needs a human where this node owns it; nothing of it is
 * lost, and no other saga is disturbed.
 */
class LaterVersionsTest {
  private static final Signal<String> GO = Signal.named("go", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
  private final SagaDefinition<String, Done> order =
      Saga.define("order", String.class)
          .key(key -> key)
          .step(
              Step.named("book", String.class)
                  .local(String.class, (in, tx) -> "seat 7")
                  .compensation((in, seat, tx) -> {}))
          .step(Step.await("wait", GO).within(Duration.ofHours(1)).orElse("nobody"))
          .step(
              Step.named("pay", String.class)
                  .remote((in, call) -> meanwhile.get().run())
                  .needsNoCompensation())
          .build();

  private final SagaDefinition<String, Done> family =
      Saga.define("family", String.class)
          .key(key -> key)
          .step(Step.saga("place", String.class, order, (key, results) -> key))
          .build();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A saga that waits for its signal. */
  private SagaId waiting(SagaEngine engine, String key) {
    SagaId id = engine.start(order, key).id();
    awaitWaiting(engine, id);
    return id;
  }

  private void awaitWaiting(SagaEngine engine, SagaId id) {
    TestDatabase.await(
        () ->
            engine.view(id).orElseThrow().steps().size() == 2
                && "0".equals(valueOf(id, "count(owner)", "saga", "id")));
  }

  private String valueOf(SagaId id, String what, String table, String column) {
    return fixture.database.value(
        "select %s from %%s.%s where %s = '%s'".formatted(what, table, column, id));
  }

  private void say(SagaId id, String column, String value) {
    fixture.database.execute(
        "update %%s.saga_log set %s = '%s' where step_name = 'book' and saga_id = '%s'"
            .formatted(column, value, id));
  }

  private String log(SagaId id) {
    return valueOf(id, "string_agg(l::text, ';' order by seq)", "saga_log l", "saga_id");
  }

  /** It is not stuck: a node of that version goes on with it. */
  @ParameterizedTest
  @CsvSource({"status, PONDERING, SUCCEEDED", "direction, REVIEW, ACTION"})
  void aClaimPassesOverASagaWhoseLogItDoesNotKnow(String column, String value, String known) {
    SagaEngine engine = fixture.open(order);
    SagaId later = waiting(engine, "later");
    SagaId other = waiting(engine, "other");
    say(later, column, value);
    String before = log(later);

    engine.signal(order, "later", GO, "now");
    engine.signal(order, "other", GO, "now");

    fixture.await(engine, other, SagaStatus.COMPLETED);
    assertThat(log(later)).isEqualTo(before);
    assertThat(engine.view(later).orElseThrow().status()).isEqualTo(SagaStatus.RUNNING);
    say(later, column, known);
    fixture.await(engine, later, SagaStatus.COMPLETED);
  }

  @Test
  void aClaimPassesOverASagaWhoseStatusItDoesNotKnow() {
    SagaEngine engine = fixture.open(order);
    SagaId due = waiting(engine, "due");
    SagaId orphan = waiting(engine, "orphan");
    SagaId known = waiting(engine, "known");
    update(due, "status = 'PONDERING', urgent = true, wake_at = clock_timestamp()");
    update(orphan, "status = 'PONDERING', owner = gen_random_uuid(), wake_at = null");
    List<String> before = List.of(row(due), row(orphan));

    engine.signal(order, "known", GO, "now");
    fixture.await(engine, known, SagaStatus.COMPLETED);
    assertThat(List.of(row(due), row(orphan))).isEqualTo(before);

    for (SagaId id : List.of(due, orphan)) {
      update(id, "status = 'RUNNING'");
      engine.signal(id, GO, "now");
      fixture.await(engine, id, SagaStatus.COMPLETED);
    }
  }

  /** As long as this node lived, no node of that version could go on with it. */
  @Test
  void theSelfCheckGivesASagaUpWhoseStatusItDoesNotKnow() {
    SagaEngine engine = fixture.open(order);
    SagaId later = waiting(engine, "later");
    SagaId known = waiting(engine, "known");
    update(later, "status = 'PONDERING'");
    long epoch = epoch(later);
    fixture.database.execute("update %s.saga set owner = (select id from %s.saga_node)");
    TestDatabase.await(() -> "0".equals(valueOf(later, "count(owner)", "saga", "id")));
    String given = row(later);
    assertThat(epoch(later)).isEqualTo(epoch + 1);
    assertThat(valueOf(later, "status", "saga", "id")).isEqualTo("PONDERING");
    assertThat(valueOf(later, "wake_at <= clock_timestamp()", "saga", "id")).isEqualTo("t");
    engine.signal(order, "known", GO, "now");

    fixture.await(engine, known, SagaStatus.COMPLETED);
    assertThat(row(later)).isEqualTo(given);
  }

  private long epoch(SagaId id) {
    return Long.parseLong(valueOf(id, "epoch", "saga", "id"));
  }

  /** As if it had been deleted, it would be given up for good. */
  @Test
  void aParentDoesNotTakeAChildForDeletedWhoseStatusItDoesNotKnow() {
    SagaEngine engine = fixture.open(order, family);
    SagaId parent = engine.start(family, "parent").id();
    TestDatabase.await(() -> engine.find(order, "parent").isPresent());
    SagaId later = engine.find(order, "parent").orElseThrow().id();
    awaitWaiting(engine, later);
    TestDatabase.await(() -> "0".equals(valueOf(parent, "count(owner)", "saga", "id")));
    update(later, "status = 'PONDERING', wake_at = null");
    fixture.database.execute(
        "update %%s.saga_log set retry_at = created_at where saga_id = '%s'".formatted(parent));
    String before = log(parent);
    long epoch = epoch(parent);
    update(parent, "wake_at = clock_timestamp()");

    TestDatabase.await(() -> epoch(parent) > epoch + 1 || !before.equals(log(parent)));
    assertThat(log(parent)).isEqualTo(before);
    update(later, "status = 'RUNNING', wake_at = clock_timestamp()");
    engine.signal(later, GO, "now");
    fixture.await(engine, parent, SagaStatus.COMPLETED);
  }

  @Test
  void whoeverWaitsForASagaWhoseStatusItDoesNotKnowGoesOnWaiting() throws Exception {
    SagaEngine engine = fixture.open(order);
    SagaHandle<Done> handle = engine.start(order, "later");
    awaitWaiting(engine, handle.id());
    update(handle.id(), "status = 'PONDERING', wake_at = null");
    assertThatThrownBy(() -> handle.await(Duration.ofMillis(200)))
        .isInstanceOf(TimeoutException.class);

    update(handle.id(), "status = 'RUNNING', wake_at = clock_timestamp()");
    engine.signal(handle.id(), GO, "now");
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
  }

  /** An operator may have moved it by a console of that version. */
  @Test
  void aParentThatCompensatesWaitsForAChildWhoseStatusItDoesNotKnow() {
    SagaEngine engine = fixture.open(order, family);
    SagaId parent = engine.start(family, "parent").id();
    TestDatabase.await(() -> engine.find(order, "parent").isPresent());
    SagaId later = engine.find(order, "parent").orElseThrow().id();
    awaitWaiting(engine, later);
    TestDatabase.await(() -> "0".equals(valueOf(parent, "count(owner)", "saga", "id")));
    update(later, "status = 'PONDERING', wake_at = null");
    long epoch = epoch(parent);
    engine.operator().cancel(parent, "ada", "not wanted");

    TestDatabase.await(() -> epoch(parent) > epoch + 3);
    assertThat(engine.view(parent).orElseThrow().status()).isNotEqualTo(SagaStatus.STUCK);
    update(later, "status = 'RUNNING'");
    fixture.await(engine, parent, SagaStatus.COMPENSATED);
  }

  @Test
  void whoeverSpeaksToAStepHearsThatThisVersionDoesNotKnowItsStatus() {
    SagaEngine engine = fixture.open(order);
    SagaId later = waiting(engine, "later");
    say(later, "status", "PONDERING");

    assertThatThrownBy(() -> fixture.database.store().addressee(later, "book"))
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("book")
        .hasMessageContaining("a later version");
  }

  @Test
  void whereManyAreReadASagaWhoseStatusItDoesNotKnowIsLeftOut() {
    SagaEngine engine = fixture.open(order);
    SagaId later = waiting(engine, "later");
    SagaId known = waiting(engine, "known");
    SagaStore store = fixture.database.store();
    update(later, "status = 'PONDERING', wake_at = null");

    assertThat(store.rows(List.of(later, known))).extracting(SagaRow::id).containsExactly(known);
    assertThat(store.findByKey("later", 10)).isEmpty();
    assertThat(store.standings(List.of()).standings())
        .extracting(Standing::status)
        .containsExactly(SagaStatus.RUNNING);
    assertThat(engine.search(SagaQuery.all()).sagas())
        .extracting(SagaSummary::id)
        .containsExactly(known);
    assertThatThrownBy(() -> engine.view(later)).hasMessageContaining("a later version");
  }

  @Test
  void saysWhatItDoesNotKnowOnceThatHasBeenLeftForAMinute() {
    SagaEngine engine = fixture.open(order);
    List<SagaId> due = List.of(waiting(engine, "one"), waiting(engine, "two"));
    SagaId step = waiting(engine, "step");
    SagaId fresh = waiting(engine, "fresh");
    SagaId elsewhere = waiting(engine, "elsewhere");
    String ago = "clock_timestamp() - interval '2 minutes'";
    due.forEach(id -> update(id, "status = 'PONDERING', wake_at = " + ago));
    say(step, "status", "RESTING");
    update(step, "owner = gen_random_uuid(), wake_at = null, updated_at = " + ago);
    update(fresh, "status = 'MUSING', wake_at = clock_timestamp()");
    fixture.database.execute(
        """
        insert into %s.saga_node (id, name, definitions, lease, expires_at)
        values (gen_random_uuid(), 'later', '{}', '1 day', clock_timestamp() + interval '1 day')
        """);
    update(
        elsewhere,
        "status = 'DREAMING', wake_at = null, updated_at = %s, owner = (%s)"
            .formatted(ago, "select id from %s.saga_node where name = 'later'"));

    SagaId first = Collections.min(due);
    assertThat(fixture.database.store().unknownStatuses())
        .containsExactly(
            new UnknownStatus("ACTION RESTING", step, 1), new UnknownStatus("PONDERING", first, 2));
  }

  private void update(SagaId id, String columns) {
    fixture.database.execute("update %%s.saga set %s where id = '%s'".formatted(columns, id));
  }

  private String row(SagaId id) {
    return valueOf(id, "s::text", "saga s", "id");
  }

  @Test
  void theSelfCheckLeavesThatSagaStuckAndNoOther() {
    SagaEngine engine = fixture.open(order);
    SagaId later = waiting(engine, "later");
    SagaId known = waiting(engine, "known");
    say(later, "status", "PONDERING");
    String before = log(later);

    fixture.database.execute("update %s.saga set owner = (select id from %s.saga_node)");
    engine.signal(order, "known", GO, "now");

    fixture.await(engine, later, SagaStatus.STUCK);
    fixture.await(engine, known, SagaStatus.COMPLETED);
    assertThat(log(later)).isEqualTo(before);
  }

  /** As an operator's console of a later version may do while the saga runs here. */
  @Test
  void anOwnerThatLostItsFenceToItLeavesThatSagaStuck() {
    SagaEngine engine = fixture.open(order);
    SagaId later = waiting(engine, "later");
    meanwhile.set(
        () -> {
          fixture.database.execute("update %s.saga set epoch = epoch + 1 where owner is not null");
          say(later, "status", "PONDERING");
        });

    engine.signal(order, "later", GO, "now");

    assertThat(fixture.await(engine, later, SagaStatus.STUCK).reason().orElseThrow())
        .contains("a later version");
    assertThat(valueOf(later, "string_agg(status, ' ' order by seq)", "saga_log", "saga_id"))
        .startsWith("PONDERING SUCCEEDED");
  }

  @Test
  void thatSagaIsSeenButNotMovedByHandUntilItsVersionIsKnown() {
    SagaEngine engine = fixture.open(order);
    SagaId later = waiting(engine, "later");
    say(later, "status", "PONDERING");
    assertThat(engine.view(later).orElseThrow().steps())
        .extracting(SagaView.StepView::path)
        .containsExactly("wait");
    assertThatThrownBy(() -> engine.operator().cancel(later, "ada", "not wanted"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("a later version");
    say(later, "status", "SUCCEEDED");
    engine.signal(order, "later", GO, "now");
    fixture.await(engine, later, SagaStatus.COMPLETED);
  }
}

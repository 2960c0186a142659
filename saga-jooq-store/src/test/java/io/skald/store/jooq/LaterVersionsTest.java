package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A later version of the library, beside this one, records what this one does not know: that saga
 * needs a human, nothing of it is lost, and no other saga is disturbed.
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

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A saga that waits for its signal. */
  private SagaId waiting(SagaEngine engine, String key) {
    SagaId id = engine.start(order, key).id();
    TestDatabase.await(
        () ->
            engine.view(id).orElseThrow().steps().size() == 2
                && "0".equals(valueOf(id, "count(owner)", "saga", "id")));
    return id;
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

  @ParameterizedTest
  @CsvSource({"status, PONDERING, ACTION PONDERING", "direction, REVIEW, REVIEW SUCCEEDED"})
  void aClaimLeavesThatSagaStuckAndNoOther(String column, String value, String shown) {
    SagaEngine engine = fixture.open(order);
    SagaId later = waiting(engine, "later");
    SagaId known = waiting(engine, "known");
    say(later, column, value);
    String before = log(later);

    engine.signal(order, "later", GO, "now");
    engine.signal(order, "known", GO, "now");

    fixture.await(engine, known, SagaStatus.COMPLETED);
    SagaView stuck = fixture.await(engine, later, SagaStatus.STUCK);
    assertThat(stuck.reason().orElseThrow())
        .contains("book is " + shown)
        .contains("a later version");
    assertThat(log(later)).isEqualTo(before);
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
    engine.signal(order, "later", GO, "now");
    fixture.await(engine, later, SagaStatus.STUCK);

    assertThatThrownBy(() -> engine.operator().retry(later, "ada", "again"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("a later version");
    say(later, "status", "SUCCEEDED");
    engine.operator().retry(later, "ada", "the version is known now");

    fixture.await(engine, later, SagaStatus.COMPLETED);
  }
}

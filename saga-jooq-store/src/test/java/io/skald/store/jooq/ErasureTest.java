package io.skald.store.jooq;

import static io.skald.store.jooq.SecretSagas.APPROVED;
import static io.skald.store.jooq.SecretSagas.CANARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.DuplicateSagaException;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.InFlightReport;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaTimeline;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.SecretSagas.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What an operator erases is in no column of any table any more, and whoever reads sagas reads on.
 * The canary is in every payload, attribute and message of an exception.
 */
class ErasureTest {
  private final EngineFixture fixture = new EngineFixture();
  private final SecretSagas sagas = new SecretSagas(fixture.database);
  private final SagaDefinition<Secret, Secret> everything = sagas.everything();

  @AfterEach
  void close() {
    fixture.close();
  }

  private SagaEngine open(List<SagaDefinition<Secret, Done>> others) {
    List<SagaDefinition<?, ?>> all = new ArrayList<>(others);
    all.add(everything);
    all.add(sagas.child());
    return fixture.open(all.toArray(SagaDefinition<?, ?>[]::new));
  }

  private SagaHandle<Secret> completed(SagaEngine engine) throws Exception {
    SagaHandle<Secret> handle = engine.start(everything, Secret.of("o1"));
    sagas.complete(engine, handle);
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    return handle;
  }

  /** Every column of every row of every table of the schema, as text. */
  private String stored() {
    StringBuilder stored = new StringBuilder();
    for (Tables.Declared table : Tables.of(fixture.database.schema()).all()) {
      String all = "select coalesce(string_agg(t::text, ' '), '') from %s.";
      stored.append(fixture.database.value(all + table.table().getName() + " t"));
    }
    return stored.toString();
  }

  @Test
  void noColumnOfAnyTableHoldsAnyOfIt() throws Exception {
    sagas.prepare();
    List<SagaDefinition<Secret, Done>> failures = sagas.failures();
    SagaEngine engine = open(failures);
    List<SagaId> ids = new ArrayList<>(List.of(completed(engine).id()));
    SagaHandle<Secret> cancelled = engine.start(everything, Secret.of("o2"));
    SecretSagas.awaitWaiting(engine, cancelled, "book");
    engine.signal(cancelled.id(), APPROVED, Secret.of("nobody takes it"));
    engine.operator().cancel(cancelled.id(), "olga", "ordered twice");
    assertThat(cancelled.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    ids.add(cancelled.id());
    for (SagaDefinition<Secret, Done> failure : failures) {
      SagaHandle<Done> handle = engine.start(failure, Secret.of(failure.name()));
      if (handle.await(EngineFixture.SOON) instanceof SagaEnd.Stuck<Done>) {
        engine.operator().resolve(handle.id(), "olga", "done by hand");
      }
      ids.add(handle.id());
    }
    engine.signal(everything, "nobody", APPROVED, Secret.of("nobody"));
    assertThat(stored()).contains(CANARY);

    for (SagaId id : ids) {
      String key = engine.view(id).orElseThrow().businessKey();
      assertThat(engine.operator().eraseKey(key, "olga", "asked for")).isPositive();
      assertThat(engine.operator().eraseKey(key, "olga", "asked for")).isZero();
    }
    assertThat(engine.operator().eraseKey("nobody", "olga", "asked for")).isZero();
    assertThat(stored()).doesNotContain(CANARY).contains("asked for");
    assertThat(fixture.database.value("select count(*) from %s.saga where erased_at is null"))
        .isEqualTo("0");
  }

  @Test
  void theKeyOfALockThatWasLeftBehindIsErased() throws Exception {
    SagaEngine engine = open(List.of());
    SagaHandle<Secret> handle = completed(engine);
    fixture.database.execute(
        """
        insert into %s.saga_lock (saga_id, name, key, slots, since)
        values ('SAGA', 'secret', 'CANARY', 1, now())
        """
            .replace("SAGA", handle.id().toString())
            .replace("CANARY", CANARY));
    assertThat(engine.operator().erase(handle.id(), "olga", "asked for")).isEqualTo(2);

    assertThat(fixture.database.count("saga_lock")).isZero();
    // its note is taken by the next poll
    Awaitility.await().until(() -> !stored().contains(CANARY));
  }

  /** What the engine writes into the audit by itself is beyond an erasure's reach. */
  @Test
  void theAuditOfASagaThatWasCalledBackSaysNothingOfWhatItsParentMet() throws Exception {
    SagaDefinition<Secret, Done> parent =
        SecretSagas.head("parent", sagas.local("before"))
            .step(
                Step.saga(
                    "insure",
                    Secret.class,
                    sagas.child(),
                    (in, results) -> new Secret(in.key() + "-child", in.text())))
            .step(
                Step.named("refusing", Secret.class)
                    .remote(
                        (in, call) -> {
                          throw new PermanentFailure("no more " + in.text());
                        })
                    .needsNoCompensation())
            .build();
    SagaEngine engine = fixture.open(parent, sagas.child());
    SagaHandle<Done> handle = engine.start(parent, Secret.of("o1"));
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(fixture.database.value("select action from %s.saga_audit")).isEqualTo("call-back");

    assertThat(engine.operator().eraseKey("o1", "olga", "asked for")).isEqualTo(2);
    assertThat(stored()).doesNotContain(CANARY).contains("its parent compensates");
  }

  @Test
  void whoeverReadsAnErasedSagaReadsOn() throws Exception {
    SagaEngine engine = open(List.of());
    SagaHandle<Secret> handle = completed(engine);
    assertThat(engine.operator().erase(handle.id(), "olga", "asked for")).isEqualTo(2);

    SagaView view = engine.view(handle.id()).orElseThrow();
    assertThat(view.erasedAt()).isPresent();
    assertThat(view.attributes()).isEmpty();
    assertThat(view.steps()).isNotEmpty().allMatch(step -> step.error().isEmpty());
    assertThat(SagaTimeline.of(view).toString()).contains("COMPLETED", "erased at ");
    assertThat(engine.viewsOfKey("o1")).hasSize(1);
    assertThat(engine.search(SagaQuery.all().key("o1")).sagas()).hasSize(1);
    assertThat(engine.search(SagaQuery.all().attribute("note", CANARY)).sagas()).isEmpty();
    assertThat(engine.versions().check().isOpen()).isTrue();
    assertThat(engine.versions().census().groups()).isEmpty();
    assertThat(engine.versions().dryRun(everything)).returns(0L, InFlightReport::fit);
    assertThat(engine.versions().dryRun(everything).isClean()).isTrue();
    assertThat(fixture.database.value("select count(*) from %s.saga_v1")).isEqualTo("2");
  }

  @Test
  void whoWaitsForAnErasedSagaIsToldThatItsResultIsGone() throws Exception {
    SagaEngine engine = open(List.of());
    SagaId id = completed(engine).id();
    engine.operator().erase(id, "olga", "asked for");
    SagaHandle<Secret> found = engine.find(everything, "o1").orElseThrow();

    assertThatThrownBy(() -> found.await(EngineFixture.SOON))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("has completed and was erased");
    assertThatThrownBy(() -> found.end().toCompletableFuture().join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalSagaStateException.class);
  }

  @Test
  void aSagaIsNotRunAgainForTheKeyOfAnErasedOne() throws Exception {
    SagaEngine engine = open(List.of());
    engine.operator().erase(completed(engine).id(), "olga", "asked for");

    assertThatThrownBy(() -> engine.start(everything, Secret.of("o1")))
        .isInstanceOf(DuplicateSagaException.class)
        .hasMessageContaining("was erased");
    assertThat(fixture.database.count("saga")).isEqualTo(2);
  }

  @Test
  void aSagaInFlightIsNotErasedAndItIsSaidWhatToDo() throws Exception {
    var stuck = sagas.stuckAfterThePivot();
    SagaEngine engine = open(List.of(stuck));
    SagaHandle<Secret> running = engine.start(everything, Secret.of("o1"));
    SagaHandle<Done> waiting = engine.start(stuck, Secret.of("o2"));
    assertThat(waiting.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);

    assertThatThrownBy(() -> engine.operator().erase(running.id(), "olga", "asked for"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("is RUNNING and cannot be erased")
        .hasMessageContaining("cancel it");
    assertThatThrownBy(() -> engine.operator().eraseKey("o2", "olga", "asked for"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("is STUCK and cannot be erased")
        .hasMessageContaining("resolve it");
    var nobody = new SagaId(UUID.randomUUID());
    assertThatThrownBy(() -> engine.operator().erase(nobody, "olga", "asked for"))
        .isInstanceOf(UnknownSagaException.class);
    assertThatThrownBy(() -> engine.operator().eraseKey("o1", "olga", " "))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(fixture.database.count("saga_audit")).isZero();
    sagas.complete(engine, running);
    assertThat(running.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void aSubSagaIsErasedWithTheOneThatStartedIt() throws Exception {
    SagaEngine engine = open(List.of());
    SagaHandle<Secret> handle = completed(engine);
    SagaView child = engine.viewsOfKey("o1-child").getFirst();

    assertThatThrownBy(() -> engine.operator().erase(child.id(), "olga", "asked for"))
        .isInstanceOf(IllegalSagaStateException.class)
        .hasMessageContaining("was started by saga " + handle.id());
    engine.operator().erase(handle.id(), "olga", "asked for");
    assertThat(engine.view(child.id()).orElseThrow().erasedAt()).isPresent();
  }

  @Test
  void anArchiveIsHandedNothingThatWasErased() throws Exception {
    SagaEngine engine = open(List.of());
    SagaHandle<Secret> handle = completed(engine);
    engine.operator().erase(handle.id(), "olga", "asked for");
    List<SagaSnapshot> kept = new ArrayList<>();
    var all = new Expiry(Duration.ZERO, EnumSet.allOf(SagaStatus.class), Map.of());
    var store = fixture.database.store();
    for (int batch = 0; batch < 2; batch++) {
      var unused =
          store.purge(all, Instant.EPOCH, 10, (connection, batched) -> kept.addAll(batched));
    }

    assertThat(kept).isEmpty();
    assertThat(fixture.database.count("saga")).isZero();
    assertThat(fixture.database.count("saga_log")).isZero();
    assertThat(fixture.database.count("saga_signal")).isZero();
  }
}

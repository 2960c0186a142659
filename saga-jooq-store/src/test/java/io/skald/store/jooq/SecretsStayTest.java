package io.skald.store.jooq;

import static io.skald.store.jooq.SecretSagas.APPROVED;
import static io.skald.store.jooq.SecretSagas.CANARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.SecretSagas.Secret;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What is in a payload, an attribute or a token is in no line of the log at any level, in no
 * exception that Skald throws, with all its causes, and in no text of a value it hands out.
 */
class SecretsStayTest {
  private final EngineFixture fixture = new EngineFixture();
  private final SecretSagas sagas = new SecretSagas(fixture.database);
  private final AllLogged log = new AllLogged();

  @AfterEach
  void close() {
    fixture.close();
    log.close();
  }

  private void requireSilence() {
    assertThat(log.text().lines().filter(line -> line.contains(CANARY))).as("logged").isEmpty();
    for (String token : sagas.tokens.values()) {
      assertThat(log.text()).doesNotContain(token);
    }
    assertThat(sagas.threads).allMatch(name -> name.startsWith("skald-"));
    assertThat(fixture.events.toString()).doesNotContain(CANARY);
  }

  // ---- sagas

  @Test
  void ofEveryConstructNothingIsLogged() throws Exception {
    var saga = sagas.everything();
    SagaEngine engine = fixture.open(saga, sagas.child());
    SagaHandle<Secret> handle = engine.start(saga, Secret.of("o1"));
    sagas.complete(engine, handle);
    SagaEnd<Secret> end = handle.await(EngineFixture.SOON);

    assertThat(end).isEqualTo(new SagaEnd.Completed<>(Secret.of("o1")));
    // the driver is heard as well, and the pool, and what jOOQ has to say
    assertThat(log.text())
        .contains("DEBUG io.skald.saga")
        .contains("DEBUG com.zaxxer")
        .contains("org.postgresql");
    requireSilence();
    assertThat(engine.view(handle.id()).orElseThrow().toString()).doesNotContain(CANARY);
    assertThat(handle + " " + end + " " + engine.health() + " " + saga + APPROVED)
        .doesNotContain(CANARY);
  }

  @Test
  void ofEveryFailureNothingIsLoggedButItsKind() throws Exception {
    sagas.prepare();
    List<SagaDefinition<Secret, Done>> failures = sagas.failures();
    SagaEngine engine = fixture.open(failures.toArray(SagaDefinition<?, ?>[]::new));
    Map<String, SagaEnd<Done>> ends = new LinkedHashMap<>();
    for (SagaDefinition<Secret, Done> failure : failures) {
      var handle = engine.start(failure, Secret.of(failure.name()));
      ends.put(failure.name(), handle.await(EngineFixture.SOON));
      assertThat(engine.view(handle.id()).orElseThrow().toString()).doesNotContain(CANARY);
    }

    assertThat(ends.values()).noneMatch(SagaEnd.Completed.class::isInstance);
    assertThat(ends.get("refused-by-the-store")).isInstanceOf(SagaEnd.Stuck.class);
    assertThat(ends.toString()).doesNotContain(CANARY);
    // what exceptions said is where the documents say it is
    assertThat(errors()).contains(CANARY).contains("Key (id)=(" + CANARY + ") already exists");
    assertThat(log.text()).contains("PermanentFailure").contains("PSQLException");
    requireSilence();
  }

  private String errors() {
    return fixture.database.value("select string_agg(error, ' ') from %s.saga_log");
  }

  @Test
  void ofWhatCannotBeReadNothingIsLogged() throws Exception {
    var approval = sagas.approval();
    var saga =
        SecretSagas.head("reading", sagas.local("before"))
            .step(approval)
            .step(
                sagas
                    .remote("after")
                    .from(Secret.class, (in, results) -> results.resultOf(sagas.local("before"))))
            .returning(Secret.class, (in, results) -> results.resultOf(approval));
    SagaEngine engine = fixture.open(saga);
    for (String broken : List.of("saga set input", "saga_log set payload")) {
      SagaHandle<Secret> handle = engine.start(saga, Secret.of(broken));
      SecretSagas.awaitWaiting(engine, handle, "approval");
      fixture.database.execute(
          "update %s."
              + broken
              + " = '{\"key\":1,\"text\":{\""
              + CANARY
              + "\"' where "
              + of(handle, broken));
      engine.signal(handle.id(), APPROVED, Secret.of("o1"));

      SagaEnd<Secret> end = handle.await(EngineFixture.SOON);
      assertThat(end).isNotInstanceOf(SagaEnd.Completed.class);
      assertThat(end.toString()).doesNotContain(CANARY);
      assertThat(engine.view(handle.id()).orElseThrow().reason().orElseThrow())
          .contains("cannot be read as")
          .doesNotContain(CANARY);
    }
    requireSilence();
  }

  private static String of(SagaHandle<?> handle, String broken) {
    return broken.startsWith("saga_log")
        ? "saga_id = '" + handle.id() + "' and path = 'before'"
        : "id = '" + handle.id() + "'";
  }

  // ---- refusals

  @Test
  void noExceptionOfACallQuotesWhatItWasGiven() throws Exception {
    var saga = sagas.everything();
    SagaEngine engine = fixture.open(saga, sagas.child());
    SagaHandle<Secret> handle = engine.start(saga, Secret.of("o1"));
    SecretSagas.awaitWaiting(engine, handle, "book");
    String token = sagas.token("book");
    String other = token.substring(0, token.length() - 1) + "X";
    var wrong = Step.named("book", Secret.class).async(String.class, (in, call) -> {});
    List<Throwable> refusals = new ArrayList<>();
    refuse(refusals, () -> engine.start(saga, new Secret("o1", CANARY + " changed")));
    refuse(refusals, () -> engine.start(saga, new Secret("o2", CANARY.repeat(30))));
    refuse(refusals, () -> engine.start(saga, new Secret("o2", CANARY + "\0")));
    refuse(refusals, () -> engine.start(saga, new Secret("o2", CANARY.repeat(90_000))));
    refuse(refusals, () -> engine.start(saga, new Secret("o2", CANARY + "\ud800")));
    refuse(refusals, () -> engine.signal(saga, "o1", APPROVED, new Secret("", CANARY + "\ud800")));
    refuse(refusals, () -> engine.signal(saga, "o1", SecretSagas.MISTYPED, CANARY));
    refuse(refusals, () -> engine.complete(sagas.callback(), token, Secret.of("o1")));
    refuse(refusals, () -> engine.complete(wrong, token, CANARY));
    refuse(refusals, () -> engine.complete(sagas.book(), other, Secret.of("o1")));
    refuse(refusals, () -> engine.complete(sagas.book(), CANARY, Secret.of("o1")));
    refuse(refusals, () -> engine.heartbeat(sagas.token("book").substring(1)));
    refuse(
        refusals,
        () -> engine.operator().skip(handle.id(), sagas.book(), Secret.of(""), "olga", "by hand"));
    refuse(refusals, () -> handle.await(Duration.ofMillis(1)));

    requireDiscretion(refusals);
    requireSilence();
  }

  @Test
  void noExceptionOfTheStoreQuotesTheRowThatWasRefused() throws Exception {
    var saga = sagas.everything();
    SagaEngine engine = fixture.open(saga, sagas.child());
    SagaHandle<Secret> handle = engine.start(saga, Secret.of("o1"));
    SecretSagas.awaitWaiting(engine, handle, "book");
    // one after the other: in one transaction they and the engine's looks may wait for each other
    fixture.database.execute(
        "alter table %s.saga add constraint refused check (input = '') not valid");
    fixture.database.execute(
        "alter table %s.saga_signal add constraint refused check (payload = '') not valid");
    List<Throwable> refusals = new ArrayList<>();
    refuse(refusals, () -> engine.start(saga, Secret.of("o2")));
    refuse(refusals, () -> engine.signal(saga, "o1", APPROVED, Secret.of("o1")));
    refuse(refusals, () -> engine.signal(handle.id(), APPROVED, Secret.of("o1")));
    refuse(refusals, () -> engine.complete(sagas.book(), sagas.token("book"), Secret.of("o1")));
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      refuse(refusals, () -> engine.joining(connection).start(saga, Secret.of("o2")));
      connection.rollback();
      refuse(
          refusals, () -> engine.joining(connection).signal(saga, "o1", APPROVED, Secret.of("o1")));
      connection.rollback();
    }
    refuse(refusals, () -> engine.operator().cancel(handle.id(), "olga", "no longer wanted"));

    assertThat(refusals).allSatisfy(refusal -> assertThat(refusal).hasMessageContaining("23514"));
    // what is wrong is said all the same, without the row
    assertThat(refusals)
        .allSatisfy(
            refusal -> assertThat(refusal).rootCause().hasMessageContaining("check constraint"));
    requireDiscretion(refusals);
    requireSilence();
  }

  private static void refuse(List<Throwable> refusals, ThrowingCallable call) {
    Throwable refusal = catchThrowable(call);
    assertThat(refusal).as("refusal number " + (refusals.size() + 1)).isNotNull();
    refusals.add(refusal);
  }

  private void requireDiscretion(List<Throwable> refusals) {
    assertThat(refusals.stream().flatMap(SecretsStayTest::with))
        .allSatisfy(
            refusal -> {
              assertThat(refusal.toString()).doesNotContain(CANARY);
              assertThat(sagas.tokens.values()).noneMatch(refusal.toString()::contains);
            });
  }

  private static Stream<Throwable> with(Throwable refusal) {
    Stream<Throwable> others =
        Stream.concat(Stream.ofNullable(refusal.getCause()), Stream.of(refusal.getSuppressed()));
    return Stream.concat(Stream.of(refusal), others.flatMap(SecretsStayTest::with));
  }

  @Test
  void aListenerThatFailsWithWhatItHeardIsNamedAndNotQuoted() throws Exception {
    var saga = Saga.define("heard", Secret.class).key(Secret::key).step(sagas.remote("a")).build();
    SagaEngine engine =
        fixture.open(
            builder ->
                builder.listener(
                    event -> {
                      throw new IllegalStateException(CANARY);
                    }),
            saga);

    engine.start(saga, Secret.of("o1")).end().toCompletableFuture().get(20, TimeUnit.SECONDS);

    assertThat(log.text()).contains("failed with java.lang.IllegalStateException");
    assertThat(
            fixture.await(engine, engine.find(saga, "o1").orElseThrow().id(), SagaStatus.COMPLETED))
        .isNotNull();
    requireSilence();
  }
}

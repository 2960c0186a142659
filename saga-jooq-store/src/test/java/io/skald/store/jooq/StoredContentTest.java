package io.skald.store.jooq;

import static io.skald.store.jooq.SecretSagas.APPROVED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.engine.codec.JacksonCodec;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.TypeRef;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.LogStatus;
import io.skald.store.jooq.SecretSagas.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What may be in a payload, a key, an attribute, a note: what is accepted comes back as it was,
 * what is not is refused in words before anything is stored.
 */
class StoredContentTest {
  /** What a JSON text or an SQL statement, a format, a terminal or a lookup could stumble over. */
  private static final List<String> TEXTS =
      List.of(
          "",
          "x",
          " ",
          "NULL",
          "null",
          "'; drop table saga; --",
          "\"} {\\\\ , \\u0000 {a,b}",
          "%s %n %1$s {} ${jndi:ldap://localhost/x} #{x} $$ ? :name",
          "skald.saga",
          "right to left \u202E and zero width \u200B",
          "e\u0301 \uD83D\uDE00 \uFFFD \uFFFF \u2028 \u2029 \u00A0",
          "<script>alert(1)</script>");

  private final EngineFixture fixture = new EngineFixture();
  private final SecretSagas sagas = new SecretSagas(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  /** What its step answered, its signal, and the input it has seen. */
  private SagaDefinition<Secret, List<String>> echo() {
    var echo =
        Step.named("echo", Secret.class)
            .remote(String.class, (in, call) -> in.text())
            .needsNoCompensation();
    var approval = sagas.approval();
    return SecretSagas.head("echo", echo)
        .step(approval)
        .returning(
            new TypeRef<>() {},
            (in, results) ->
                List.of(results.resultOf(echo), results.resultOf(approval).text(), in.text()));
  }

  private List<String> echoed(SagaEngine engine, Secret in) throws Exception {
    var saga = echo();
    SagaHandle<List<String>> handle = engine.start(saga, in);
    engine.signal(saga, in.key(), APPROVED, in);
    SagaEnd<List<String>> end = handle.await(EngineFixture.SOON);
    assertThat(end).isInstanceOf(SagaEnd.Completed.class);
    return ((SagaEnd.Completed<List<String>>) end).output();
  }

  @Test
  void textsComeBackAsTheyWereWhereverTheyStand() throws Exception {
    SagaEngine engine = fixture.open(echo());
    for (String text : TEXTS) {
      String key = "key " + text;
      assertThat(echoed(engine, new Secret(key, text))).containsOnly(text).hasSize(3);

      var view = engine.viewsOfKey(key).getFirst();
      assertThat(view.businessKey()).isEqualTo(key);
      assertThat(view.attributes()).containsEntry("note", text);
      assertThat(engine.find(echo(), key)).isPresent();
    }
  }

  /** In JSON they are escaped; as attributes they could not be. */
  @Test
  void payloadsHoldControlCharactersToo() throws Exception {
    var echo =
        Step.named("echo", String.class).local(String.class, (in, tx) -> in).needsNoCompensation();
    var saga =
        Saga.define("controls", String.class)
            .step(echo)
            .returning(String.class, (in, results) -> results.resultOf(echo));
    StringBuilder controls = new StringBuilder("\u007F\u0085\u009F");
    for (char c = 0; c < ' '; c++) {
      controls.append(c);
    }

    assertThat(fixture.open(saga).start(saga, controls.toString()).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(controls.toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "a\nb", "a\u007Fb", "a\u0085b", "\uD800", "a\uDC00b", "LONG"})
  void keysAndAttributesThatAreNoTextAreRefused(String text) {
    String unfit = text.replace("LONG", "x".repeat(256));
    SagaEngine engine = fixture.open(echo());
    refuses(() -> engine.start(echo(), new Secret(unfit, "")), "business key: ", unfit);
    refuses(() -> engine.start(echo(), new Secret("o1", unfit)), "attribute note: ", unfit);
    refuses(() -> engine.signal(echo(), unfit, APPROVED, Secret.of("")), "business key: ", unfit);

    assertThat(fixture.database.count("saga") + fixture.database.count("saga_signal")).isZero();
  }

  private static void refuses(ThrowingCallable call, String what, String unfit) {
    assertThatThrownBy(call)
        .isInstanceOf(SagaDataException.class)
        .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain(unfit))
        .message()
        .containsAnyOf(what, "input: ", "signal: ")
        .contains("(expected: ");
  }

  @Test
  void theLongestKeysComeBackAsTheyWere() throws Exception {
    SagaEngine engine = fixture.open(echo());
    for (String key : List.of("x".repeat(255), "\u6F22".repeat(255), "\uD83D\uDE00".repeat(127))) {
      assertThat(echoed(engine, new Secret(key, key))).containsOnly(key);
      assertThat(engine.find(echo(), key)).isPresent();
    }
  }

  // ---- limits

  private static Secret ofBytes(String letter, int bytes) {
    int empty = new JacksonCodec().encode(new Secret("o1", ""), Secret.class).length();
    int rest = bytes - empty;
    int each = letter.getBytes(StandardCharsets.UTF_8).length;
    return new Secret("o1", letter.repeat(rest / each) + "x".repeat(rest % each));
  }

  private SagaEngine small(SagaDefinition<?, ?> saga) {
    return fixture.open(
        builder -> builder.options(EngineFixture.impatient().withPayloadBytesMax(1024)), saga);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\u00FC", "\u6F22", "\uD83D\uDE00"})
  void payloadsAreAcceptedUpToTheLimitAndNotAByteBeyond(String letter) throws Exception {
    var approval = sagas.approval();
    var echo =
        Step.named("echo", Secret.class).local(Secret.class, (in, tx) -> in).needsNoCompensation();
    var saga =
        Saga.define("limits", Secret.class)
            .key(Secret::key)
            .step(echo)
            .step(approval)
            .returning(Secret.class, (in, results) -> results.resultOf(approval));
    SagaEngine engine = small(saga);
    Secret fits = ofBytes(letter, 1024);
    Secret tooLarge = ofBytes(letter, 1025);
    assertThatThrownBy(() -> engine.start(saga, tooLarge))
        .hasMessage("input: 1025 bytes (expected: <= 1024)");
    assertThat(fixture.database.count("saga")).isZero();
    SagaHandle<Secret> handle = engine.start(saga, fits);
    assertThatThrownBy(() -> engine.signal(saga, "o1", APPROVED, tooLarge))
        .hasMessage("signal: 1025 bytes (expected: <= 1024)");
    assertThat(fixture.database.count("saga_signal")).isZero();
    engine.signal(saga, "o1", APPROVED, fits);

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>(fits));
  }

  @Test
  void aResultThatIsTooLargeRollsALocalStepBack() throws Exception {
    var step =
        Step.named("a", Secret.class)
            .local(
                Secret.class,
                (in, tx) -> {
                  sagas.write(tx, "business", "o1");
                  return ofBytes("x", 1025);
                })
            .needsNoCompensation();
    var saga = Saga.define("local", Secret.class).key(Secret::key).step(step).build();
    SagaHandle<Done> handle = small(saga).start(saga, Secret.of("o1"));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "a", "SagaDataException: result: 1025 bytes (expected: <= 1024)"));
    assertThat(fixture.database.count("business")).isZero();
  }

  @Test
  void aResultThatIsTooLargeAfterARemoteEffectIsCompensatedAsAnEmptyOne() throws Exception {
    var compensated = new CopyOnWriteArrayList<Optional<Secret>>();
    var attempts = new CopyOnWriteArrayList<Integer>();
    var step =
        Step.named("a", Secret.class)
            .remote(
                Secret.class,
                (in, call) -> {
                  attempts.add(call.attempt());
                  return ofBytes("x", 1025);
                })
            .retry(Retry.exponential(Duration.ofMillis(5)))
            .compensation((in, result, call) -> compensated.add(result));
    var saga = Saga.define("remote", Secret.class).key(Secret::key).step(step).build();
    SagaEngine engine = small(saga);
    SagaHandle<Done> handle = engine.start(saga, Secret.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(attempts).as("what took effect is not repeated").containsExactly(1);
    assertThat(compensated).containsExactly(Optional.empty());
    assertThat(engine.view(handle.id()).orElseThrow().steps().getFirst().status())
        .isEqualTo(LogStatus.UNKNOWN);
  }

  // ---- words of operators

  @Test
  void whatAnOperatorSaysIsStoredWithoutWhatNoTableHolds() throws Exception {
    var saga = sagas.stuckAfterThePivot();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle = engine.start(saga, Secret.of("o1"));
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);

    engine.operator().resolve(handle.id(), "ol\0ga\u202E", "by\uD800 hand'; --");

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Resolved<>("ol\uFFFDga\uFFFD", "by\uFFFD hand'; --"));
    assertThat(fixture.database.value("select actor || ' ' || reason from %s.saga_audit"))
        .isEqualTo("ol\uFFFDga\uFFFD by\uFFFD hand'; --");
  }

  // ---- names

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a b",
        "a/b",
        "..",
        "%s",
        "{}",
        "${jndi:x}",
        "'; drop",
        "a\nb",
        "\u202Eb",
        "\u00FC"
      })
  void namesThatMeanSomethingElsewhereAreRefused(String name) {
    refusesName(() -> Saga.define(name, String.class));
    refusesName(() -> Step.named(name, String.class));
    refusesName(() -> Signal.named(name, String.class));
    refusesName(() -> Saga.define("a", String.class).attribute(name, in -> in));
    refusesName(() -> SkaldSchema.ddl(name));
  }

  private static void refusesName(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: ")
        .hasMessageNotContainingAny("\n", "\u202E");
  }

  // ---- of another version, or by another hand

  @Test
  void aStepThatTheDefinitionDoesNotHaveIsLeftAlone() throws Exception {
    var saga = echo();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<List<String>> handle = engine.start(saga, new Secret("o1", "x"));
    SecretSagas.awaitWaiting(engine, handle, "approval");
    fixture.database.execute(
        """
        insert into %s.saga_log (
          saga_id, path, direction, step_name, seq, status, attempt, attempt_base, epoch)
        select id, 'ghost', 'ACTION', 'ghost', 99, 'SUCCEEDED', 1, 0, 0
        from %s.saga
        """);
    engine.signal(saga, "o1", APPROVED, new Secret("o1", "x"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(engine.view(handle.id()).orElseThrow().steps())
        .anyMatch(step -> step.path().equals("ghost"));
  }

  @Test
  void payloadsOfAnEarlierAndOfALaterVersionAreRead() throws Exception {
    var saga = echo();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<List<String>> handle = engine.start(saga, new Secret("o1", "x"));
    SecretSagas.awaitWaiting(engine, handle, "approval");
    fixture.database.execute(
        """
        update %s.saga
        set input = '{"@class":"java.lang.Object","text":"y","later":[1e400,{"a":null}]}'
        """);
    engine.signal(saga, "o1", APPROVED, new Secret("o1", "x"));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(List.of("x", "x", "y")));
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Retry;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.error.SagaStoreException.Kind;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.OrderSteps.Order;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of a step by token: which word it hears, and what whoever says it is told. */
@Timeout(60)
class EngineTokensTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final TokenSteps steps = new TokenSteps();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A store whose sends go through something. */
  private SagaStore store(UnaryOperator<Callable<Object>> sends) {
    SagaStore store = fixture.database.store();
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          Callable<Object> call = () -> invoke(store, method, arguments);
          return method.getName().equals("signal") ? sends.apply(call).call() : call.call();
        };
    Class<?>[] types = {SagaStore.class};
    return (SagaStore) Proxy.newProxyInstance(SagaStore.class.getClassLoader(), types, handler);
  }

  private static Object invoke(SagaStore store, Method method, Object[] arguments)
      throws Exception {
    try {
      return method.invoke(store, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private static SagaEngine opened(SagaStore store, SagaDefinition<?, ?> saga) {
    SagaEngine engine =
        SagaEngine.builder(store).options(EngineFixture.impatient()).define(saga).build();
    engine.open();
    return engine;
  }

  @Test
  void aCompletionWhoseAnswerWasLostIsKnownAsTheOneThatWasSent() throws Exception {
    var sent = new AtomicInteger();
    SagaStore store =
        store(
            send ->
                () -> {
                  Object answer = send.call();
                  if (sent.incrementAndGet() == 1) {
                    throw new SagaStoreException("cut", Kind.TRANSIENT, null);
                  }
                  return answer;
                });
    var book = steps.book();
    var saga = TokenSteps.afterPivot(book);
    try (SagaEngine engine = opened(store, saga)) {
      SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

      assertThat(engine.complete(book, steps.token(1), "seat 7")).isTrue();
      assertThat(sent).hasValue(2);
      assertThat(engine.complete(book, steps.token(1), "seat 7")).isFalse();
      assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    }
  }

  @Test
  void aCompletionThatIsOvertakenByTheEndOfTheTimeSaysSo() throws Exception {
    SagaStore store =
        store(
            send ->
                () -> {
                  Awaitility.await().until(() -> status("book").equals("UNKNOWN"));
                  return send.call();
                });
    var book = steps.book().within(Duration.ofMillis(500)).retry(Retry.never());
    var saga = TokenSteps.afterPivot(book);
    try (SagaEngine engine = opened(store, saga)) {
      SagaHandle<String> handle = engine.start(saga, Order.of("o1"));

      assertThat(engine.complete(book, steps.token(1), "seat 7")).isFalse();
      fixture.await(engine, handle.id(), SagaStatus.STUCK);
      assertThat(fixture.database.count("saga_signal")).isZero();
    }
  }

  private String status(String path) {
    return fixture.database.value("select status from %s.saga_log where path = '" + path + "'");
  }

  @Test
  void aTokenOfASagaThatIsNotThereIsAsWrongAsAnyOther() throws Exception {
    var book = steps.book();
    var saga = TokenSteps.afterPivot(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> unused = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);
    String ofNobody = (secret.startsWith("A") ? "B" : "A") + secret.substring(1);

    for (String wrong : List.of(ofNobody, secret + "0", secret.replace('#', '/'), "no token")) {
      assertThatThrownBy(() -> engine.complete(book, wrong, "seat 7"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("token: not one of a saga that is there (expected: as it was given)");
    }
  }

  @Test
  void onlyWorkThatIsHandedOutCanFail() throws Exception {
    var approval = Step.await("approval", APPROVED).within(Duration.ofDays(1)).orCompensate();
    var saga = steps.asking(approval);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);

    assertThatThrownBy(() -> engine.fail(secret, "no"))
        .hasMessage("token: one of a wait for a signal (expected: one of an asynchronous step)");
    assertThatThrownBy(() -> engine.heartbeat(secret))
        .hasMessage("token: one of a wait for a signal (expected: one of an asynchronous step)");
    assertThat(fixture.database.count("saga_signal")).isZero();
    assertThat(engine.complete(approval, secret, "ada")).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
  }

  @Test
  void aStepThatFailedByTokenAndIsRetriedIsCompletedByTheTokenItGivesAwayThen() throws Exception {
    var book = steps.book();
    var saga = TokenSteps.afterPivot(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    assertThat(engine.fail(steps.token(1), "fully booked")).isTrue();
    fixture.await(engine, handle.id(), SagaStatus.STUCK);

    engine.operator().retry(handle.id(), "ada", "seats are back");

    assertThat(engine.complete(book, steps.token(2), "seat 7")).isTrue();
    assertThat(engine.complete(book, steps.token(1), "seat 6")).isFalse();
    assertThat(engine.complete(book, steps.token(2), "seat 8")).isFalse();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }

  @Test
  void whatIsSaidOfWorkBeforeItIsHandedOutOnceMoreIsNotHeard() throws Exception {
    var book = steps.book().within(Duration.ofSeconds(2)).retry(Retry.never());
    var saga = TokenSteps.afterPivot(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    fixture.await(engine, handle.id(), SagaStatus.STUCK);
    // as one that came when its time had just run out
    fixture.database.execute(
        "insert into %s.saga_signal (id, definition, business_key, name, error)"
            + " select gen_random_uuid(), definition, business_key, '@book#0', 'too late'"
            + " from %s.saga");

    engine.operator().retry(handle.id(), "ada", "once more");

    assertThat(engine.fail(steps.token(1), "too late")).isFalse();
    assertThat(engine.complete(book, steps.token(2), "seat 7")).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaBody;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaHead;
import io.skald.saga.Signal;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalAction;
import io.skald.saga.step.RemoteAction;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.Tx;
import io.skald.saga.view.LogStatus;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.jooq.DSLContext;

/**
 * One saga with every construct, and one for each way to fail, all of whose payloads, attributes
 * and messages of exceptions hold a secret. Safe for use by several threads.
 */
final class SecretSagas {
  static final String CANARY = "canary-7f3a91";
  static final Duration LONG = Duration.ofDays(1);
  static final Signal<Secret> APPROVED = Signal.named("approved", Secret.class);
  static final Signal<String> MISTYPED = Signal.named("approved", String.class);
  private static final Retry TWICE = Retry.exponential(Duration.ofMillis(5)).attemptsMax(2);

  final Map<String, String> tokens = new ConcurrentHashMap<>();
  final Set<String> threads = ConcurrentHashMap.newKeySet();
  private final TestDatabase database;
  private final CountDownLatch never = new CountDownLatch(1);

  /** What payloads are made of. */
  record Secret(String key, String text) {
    static Secret of(String key) {
      return new Secret(key, CANARY);
    }
  }

  SecretSagas(TestDatabase database) {
    this.database = database;
  }

  static SagaBody<Secret> head(String name, Compensatable<Secret, ?> first) {
    return head(name).step(first);
  }

  private static SagaHead<Secret> head(String name) {
    return Saga.define(name, Secret.class).key(Secret::key).attribute("note", Secret::text);
  }

  // ---- steps

  private Secret seen(Secret in) {
    threads.add(Thread.currentThread().getName());
    return in;
  }

  void write(Tx tx, String table, String value) throws SQLException {
    String sql = "insert into %s.%s (id) values (?)".formatted(database.schema(), table);
    try (PreparedStatement insert = tx.connection().prepareStatement(sql)) {
      insert.setString(1, value);
      insert.executeUpdate();
    }
  }

  CompensatableStep<Secret, Secret> local(String name) {
    return Step.named(name, Secret.class)
        .local(
            Secret.class,
            (in, tx) -> {
              write(tx, "business", in.key() + " " + name);
              return seen(in);
            })
        .compensation((in, result, tx) -> write(tx, "business", in.key() + " un" + name));
  }

  /** Its SQL is bound by jOOQ. */
  private CompensatableStep<Secret, Secret> queried(String name) {
    String sql = "insert into %s.business values (?, ?)".formatted(database.schema());
    return Step.named(name, Secret.class)
        .local(
            Secret.class,
            (in, tx) -> {
              tx.unwrap(DSLContext.class).execute(sql, in.key() + " " + name, in.text());
              return in;
            })
        .needsNoCompensation();
  }

  RemoteStep<Secret, Secret> remoteStep(String name) {
    return Step.named(name, Secret.class).remote(Secret.class, (in, call) -> seen(in)).retry(TWICE);
  }

  CompensatableStep<Secret, Secret> remote(String name) {
    return remoteStep(name).compensation((in, result, call) -> seen(in));
  }

  private CompensatableStep<Secret, Secret> tcc(String name) {
    return Step.named(name, Secret.class)
        .tryRemote(Secret.class, (in, call) -> seen(in))
        .confirm((in, hold, call) -> seen(hold))
        .cancel((in, hold, call) -> seen(in));
  }

  AsyncStep<Secret, Secret> book() {
    return Step.named("book", Secret.class)
        .async(Secret.class, (in, call) -> tokens.put("book", call.completionToken()))
        .within(LONG)
        .heartbeatWithin(LONG);
  }

  CompensatablePart<Object, Secret> approval() {
    return Step.await("approval", APPROVED).within(LONG).orCompensate();
  }

  CompensatablePart<Object, Secret> callback() {
    return Step.await("callback", APPROVED).within(LONG).orCompensate();
  }

  private CompensatableStep<Secret, Done> ask() {
    return Step.named("ask", Secret.class)
        .remote((in, call) -> tokens.put("callback", call.callbackToken(callback())))
        .needsNoCompensation();
  }

  private RemoteStep<Secret, Secret> pivot() {
    return remoteStep("pivot").verify((in, call) -> Outcome.succeeded(in));
  }

  // ---- every construct

  private CompensatablePart<Secret, Secret> choice() {
    return Step.choice("choice", Secret.class, Secret.class)
        .on((in, results) -> in.text().isEmpty(), remote("never"))
        .otherwise(remote("taken"));
  }

  private CompensatablePart<Secret, List<Secret>> each() {
    return Step.forEach("each", Secret.class, Secret.class, (in, results) -> List.of(in, in))
        .concurrency(2)
        .step(remote("ship"));
  }

  SagaDefinition<Secret, Secret> child() {
    var policy = local("policy");
    return head("child", policy).returning(Secret.class, (in, results) -> results.resultOf(policy));
  }

  /** Waits for the signal {@link #APPROVED}, and for both tokens. */
  SagaDefinition<Secret, Secret> everything() {
    var branch = Step.sequence("branch", Secret.class).step(queried("q")).step(remote("r")).end();
    var approval = approval();
    var tail =
        Step.named("tail", Secret.class)
            .remote(Secret.class, (in, call) -> fail(new IOException("tail: " + in.text())))
            .retry(TWICE)
            .ifSpent(Spent.goOnWith(Secret.of("spent")));
    return head("everything")
        .lock("secret", in -> in.text() + in.key())
        .step(local("write"))
        .step(tcc("hold"))
        .step(Step.parallel("group", branch, book().needsNoCompensation(), choice()))
        .step(each())
        .step(
            Step.saga(
                "insure",
                Secret.class,
                child(),
                (in, results) -> new Secret(in.key() + "-child", in.text())))
        .step(approval)
        .step(ask())
        .step(callback())
        .step(Step.delay("pause", Duration.ofMillis(5)))
        .step(Step.delayUntil("until", Secret.class, (in, results) -> Instant.EPOCH))
        .pivot(pivot())
        .step(tail)
        .returning(Secret.class, (in, results) -> results.resultOf(approval));
  }

  /** The token that a step gave away. */
  String token(String step) {
    return Objects.requireNonNull(tokens.get(step), step);
  }

  /** Does what {@link #everything} waits for; one signal is of another type, and is left. */
  void complete(SagaEngine engine, SagaHandle<Secret> handle) {
    awaitWaiting(engine, handle, "book");
    String book = token("book");
    assertThat(engine.heartbeat(book)).isTrue();
    assertThat(engine.complete(book(), book, Secret.of("booked"))).isTrue();
    awaitWaiting(engine, handle, "approval");
    engine.signal(handle.id(), MISTYPED, CANARY);
    engine.signal(handle.id(), APPROVED, Secret.of("o1"));
    awaitWaiting(engine, handle, "callback");
    String callback = token("callback");
    assertThat(engine.complete(callback(), callback, Secret.of("told"))).isTrue();
  }

  static void awaitWaiting(SagaEngine engine, SagaHandle<?> handle, String path) {
    Awaitility.await("saga " + handle.id() + " waits at " + path)
        .atMost(EngineFixture.SOON)
        .until(
            () ->
                engine.view(handle.id()).orElseThrow().steps().stream()
                    .anyMatch(s -> s.path().equals(path) && s.status() == LogStatus.WAITING));
  }

  // ---- every failure

  @SuppressWarnings("TypeParameterUnusedInFormals") // what would be returned
  private static <T> T fail(Exception failure) throws Exception {
    throw failure;
  }

  private static CompensatableStep<Secret, Secret> failing(RemoteAction<Secret, Secret> action) {
    return Step.named("failing", Secret.class)
        .remote(Secret.class, action)
        .retry(TWICE)
        .timeout(Duration.ofMillis(200))
        .compensation((in, result, call) -> {});
  }

  private static CompensatableStep<Secret, Secret> failingLocally(
      LocalAction<Secret, Secret> action) {
    return Step.named("failing", Secret.class)
        .local(Secret.class, action)
        .retry(TWICE)
        .needsNoCompensation();
  }

  /** Each ends without anybody's help: compensated, or stuck. */
  List<SagaDefinition<Secret, Done>> failures() {
    return List.of(
        failing("permanently", failing((in, call) -> fail(new PermanentFailure(in.text())))),
        failing("unknown", failing((in, call) -> fail(new IOException("lost: " + in.text())))),
        failing("too-large", failing((in, call) -> new Secret("", in.text().repeat(90_000)))),
        failing("too-late", failing(this::interrupted)),
        failing("unverified", unverified()),
        failing("compensation", uncompensated()),
        failing("underivable", underivable()),
        failing("undecidable", undecidable()),
        failing("unique", failingLocally((in, tx) -> twice(in, tx, "business"))),
        failing("swallowed", failingLocally(this::swallowing)),
        failing("deferred", failingLocally(this::orphan)),
        failing("queried", failingLocally(this::queriedTwice)),
        failing("escaped", failingLocally(this::escaping)),
        failing("too-large-locally", failingLocally((in, tx) -> large(in))),
        failing("refused-by-the-store", remote("refused")),
        stuckAfterThePivot());
  }

  private SagaDefinition<Secret, Done> failing(String name, Compensatable<Secret, ?> step) {
    return head(name, local("before")).step(step).step(refusing()).build();
  }

  private static CompensatableStep<Secret, Done> refusing() {
    return Step.named("refusing", Secret.class)
        .remote((in, call) -> fail(new PermanentFailure("no more " + in.text())))
        .needsNoCompensation();
  }

  private Secret interrupted(Secret in, Call call) throws Exception {
    try {
      never.await();
      return in;
    } catch (InterruptedException e) {
      throw new IllegalStateException(in.text(), e);
    }
  }

  private static Secret large(Secret in) {
    return new Secret("", in.text().repeat(90_000));
  }

  private static CompensatableStep<Secret, Secret> unverified() {
    return Step.named("failing", Secret.class)
        .remote(Secret.class, (in, call) -> fail(new IOException(in.text())))
        .retry(TWICE)
        .verify((in, call) -> fail(new IllegalStateException("verify: " + in.text())))
        .compensation((in, result, call) -> {});
  }

  private static CompensatableStep<Secret, Secret> uncompensated() {
    return Step.named("failing", Secret.class)
        .remote(Secret.class, (in, call) -> in)
        .compensation((in, result, call) -> fail(new IOException("undo: " + in.text())))
        .compensationRetry(TWICE);
  }

  private CompensatableStep<Secret, Secret> underivable() {
    return remote("failing")
        .from(Secret.class, (in, results) -> fail(new IllegalStateException(in.text())));
  }

  private CompensatablePart<Secret, Secret> undecidable() {
    return Step.choice("failing", Secret.class, Secret.class)
        .on((in, results) -> fail(new IllegalStateException(in.text())), remote("never"))
        .otherwise(remote("taken"));
  }

  private Secret twice(Secret in, Tx tx, String table) throws SQLException {
    write(tx, table, in.text());
    write(tx, table, in.text());
    return in;
  }

  private Secret swallowing(Secret in, Tx tx) {
    try {
      return twice(in, tx, "business");
    } catch (SQLException e) {
      return in;
    }
  }

  /** The value is refused when the transaction commits. */
  private Secret orphan(Secret in, Tx tx) throws SQLException {
    write(tx, "orphan", in.text());
    return in;
  }

  private Secret queriedTwice(Secret in, Tx tx) {
    String sql = "insert into %s.business values (?)".formatted(database.schema());
    tx.unwrap(DSLContext.class).execute(sql, in.text());
    tx.unwrap(DSLContext.class).execute(sql, in.text());
    return in;
  }

  private Secret escaping(Secret in, Tx tx) throws SQLException {
    database.execute(tx.connection(), "commit");
    throw new IllegalStateException(in.text());
  }

  SagaDefinition<Secret, Done> stuckAfterThePivot() {
    return Saga.define("stuck", Secret.class)
        .key(Secret::key)
        .pivot(pivot())
        .step(
            Step.named("failing", Secret.class)
                .remote((in, call) -> fail(new PermanentFailure(in.text()))))
        .build();
  }

  /** What the failures need beside the tables that are there. */
  void prepare() {
    database.execute(
        """
        create table %s.orphan (
          id text references %s.business deferrable initially deferred);
        alter table %s.saga_log add constraint refused check (step_name <> 'refused');
        """);
  }
}

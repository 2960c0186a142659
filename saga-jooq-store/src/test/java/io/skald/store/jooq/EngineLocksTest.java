package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaHead;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaSummary;
import io.skald.saga.view.SagaTimeline;
import io.skald.saga.view.SagaView;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sagas with locks, from start to end, on real PostgreSQL. */
@Timeout(60)
class EngineLocksTest {
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final Duration LONG = Duration.ofDays(1);

  /** What is moved, from which account. */
  record Transfer(String id, String account) {}

  private final EngineFixture fixture = new EngineFixture();
  private final List<String> did = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static SagaHead<Transfer> head(String name) {
    return Saga.define(name, Transfer.class).key(Transfer::id).lock("account", Transfer::account);
  }

  /** One that holds its lock until it is told to go on. */
  private SagaDefinition<Transfer, Done> holding() {
    return head("holding")
        .step(
            Step.named("a", Transfer.class)
                .remote((in, call) -> did.add(in.id() + " begins"))
                .compensation((in, done, call) -> did.add(in.id() + " is undone")))
        .step(Step.await("go", GO).within(LONG).orCompensate())
        .step(
            Step.named("b", Transfer.class)
                .local((in, tx) -> did.add(in.id() + " ends"))
                .needsNoCompensation())
        .build();
  }

  private SagaDefinition<Transfer, Done> quick(LockWait wait) {
    return head("quick")
        .lockWait(wait)
        .pivot(Step.named("q", Transfer.class).local((in, tx) -> did.add(in.id() + " runs")))
        .build();
  }

  private SagaHandle<Done> held(SagaEngine engine, SagaDefinition<Transfer, Done> saga) {
    SagaHandle<Done> handle = engine.start(saga, new Transfer("first", "1"));
    awaitWaiting(engine, handle, "go");
    return handle;
  }

  private static void awaitWaiting(SagaEngine engine, SagaHandle<?> handle, String path) {
    Awaitility.await("waits at " + path)
        .atMost(EngineFixture.SOON)
        .until(
            () ->
                engine.view(handle.id()).orElseThrow().steps().stream()
                    .anyMatch(
                        step -> step.path().equals(path) && step.status() == LogStatus.WAITING));
  }

  private static <O> SagaEnd<O> ended(SagaHandle<O> handle) throws Exception {
    return handle.await(EngineFixture.SOON);
  }

  private int locksLeft() {
    return fixture.database.count("saga_permit");
  }

  // ---- its turn

  @Test
  void aSagaWaitsUntilTheOneThatHasItsLockHasEnded() throws Exception {
    var holding = holding();
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(holding, quick);
    SagaHandle<Done> first = held(engine, holding);
    SagaHandle<Done> second = engine.start(quick, new Transfer("second", "1"));
    SagaHandle<Done> other = engine.start(quick, new Transfer("other", "2"));
    assertThat(ended(other)).isInstanceOf(SagaEnd.Completed.class);
    awaitWaiting(engine, second, "@locks");
    engine.signal(first.id(), GO, "on");

    assertThat(ended(second)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("first begins", "other runs", "first ends", "second runs");
    assertThat(locksLeft()).isZero();
  }

  @Test
  void whoeverWaitsSaysForWhom() throws Exception {
    var holding = holding();
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(holding, quick);
    SagaHandle<Done> first = held(engine, holding);
    SagaHandle<Done> second = engine.start(quick, new Transfer("second", "1"));
    awaitWaiting(engine, second, "@locks");

    SagaView view = engine.view(second.id()).orElseThrow();
    assertThat(view.next()).isEqualTo("its turn for lock account");
    assertThat(view.nextAt()).isEmpty();
    assertThat(view.steps().getFirst().error())
        .contains("lock account: saga %s comes first".formatted(first.id()));
    assertThat(engine.search(SagaQuery.all().standsAt("@locks")).sagas())
        .extracting(SagaSummary::id)
        .containsExactly(second.id());
    assertThat(SagaTimeline.of(view).toString())
        .contains("@locks", "waiting", "lock account: saga " + first.id());
    assertThat(
            fixture.database.value(
                """
                select string_agg(
                  concat_ws(' ', name, key, definition, status, held_at is not null, shared), '; '
                  order by asked_at)
                from %s.saga_lock_v1
                """))
        .isEqualTo("account 1 holding RUNNING t f; account 1 quick RUNNING f f");
  }

  @Test
  void aSagaOfAnEndedTransactionTakesItsPlaceWithIt() throws Exception {
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(quick);
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      engine.joining(connection).start(quick, new Transfer("gone", "1"));
      connection.rollback();
      SagaHandle<Done> handle = engine.joining(connection).start(quick, new Transfer("there", "1"));
      connection.commit();
      connection.setAutoCommit(true);

      assertThat(ended(handle)).isInstanceOf(SagaEnd.Completed.class);
    }
    assertThat(did).containsExactly("there runs");
    assertThat(locksLeft()).isZero();
  }

  @Test
  void locksAreTakenByAnotherNodeAsWell() throws Exception {
    var holding = holding();
    var quick = quick(LockWait.untilDeadline());
    SagaEngine one = fixture.open(holding);
    SagaEngine other = fixture.open(quick);
    SagaHandle<Done> first = held(one, holding);
    SagaHandle<Done> second = other.start(quick, new Transfer("second", "1"));
    awaitWaiting(other, second, "@locks");
    one.signal(first.id(), GO, "on");

    assertThat(ended(second)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("first begins", "first ends", "second runs");
  }

  // ---- in vain

  @Test
  void aSagaThatWaitsForTooLongIsRefusedBeforeItsFirstStep() throws Exception {
    var holding = holding();
    var quick = quick(LockWait.atMost(Duration.ofMillis(100)));
    SagaEngine engine = fixture.open(holding, quick);
    SagaHandle<Done> first = held(engine, holding);
    SagaHandle<Done> second = engine.start(quick, new Transfer("second", "1"));

    assertThat(ended(second))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "@locks",
                "its locks were not free within 100 ms: lock account: saga %s comes first"
                    .formatted(first.id())));
    assertThat(did).containsExactly("first begins");
    assertThat(locksLeft()).isOne();
  }

  @Test
  void aSagaThatDoesNotWaitIsRefusedAtOnce() throws Exception {
    var holding = holding();
    var quick = quick(LockWait.none());
    SagaEngine engine = fixture.open(holding, quick);
    SagaHandle<Done> first = held(engine, holding);

    assertThat(ended(engine.start(quick, new Transfer("second", "1"))))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "@locks",
                "its locks were not free: lock account: saga %s comes first"
                    .formatted(first.id())));
    assertThat(ended(engine.start(quick, new Transfer("third", "2"))))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void theDeadlineEndsTheWait() throws Exception {
    var holding = holding();
    var late =
        head("late")
            .deadline(Duration.ofMillis(300))
            .pivot(Step.named("q", Transfer.class).local((in, tx) -> did.add("late")))
            .build();
    SagaEngine engine = fixture.open(holding, late);
    held(engine, holding);

    assertThat(ended(engine.start(late, new Transfer("second", "1"))))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "@locks", "deadline passed, and it was still waiting for lock account"));
    assertThat(did).containsExactly("first begins");
    assertThat(locksLeft()).isOne();
  }

  @Test
  void anOperatorCancelsASagaThatWaits() throws Exception {
    var holding = holding();
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(holding, quick);
    SagaHandle<Done> first = held(engine, holding);
    SagaHandle<Done> second = engine.start(quick, new Transfer("second", "1"));
    SagaHandle<Done> third = engine.start(quick, new Transfer("third", "1"));
    awaitWaiting(engine, second, "@locks");
    engine.operator().cancel(second.id(), "olga", "not needed");

    assertThat(ended(second)).isInstanceOf(SagaEnd.Compensated.class);
    engine.signal(first.id(), GO, "on");
    assertThat(ended(third)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("first begins", "first ends", "third runs");
  }

  @ParameterizedTest
  @SuppressWarnings("NullAway") // what a function of somebody else's may answer
  @ValueSource(strings = {"", " ", "\u0000", "LONG", "NULL"})
  void aKeyThatIsNoneFailsTheStart(String key) {
    String used = key.equals("LONG") ? "x".repeat(256) : key;
    var saga =
        Saga.define("badly-locked", String.class)
            .lock("account", in -> in.equals("NULL") ? null : in)
            .pivot(Step.named("p", String.class).local((in, tx) -> {}))
            .build();
    SagaEngine engine = fixture.open(saga);

    assertThatThrownBy(() -> engine.start(saga, used))
        .isInstanceOf(SagaDataException.class)
        .hasMessageStartingWith("key of lock account: ");
    assertThat(fixture.database.count("saga")).isZero();
  }

  /** It made one at the start: somebody has changed it since, under the same version. */
  @Test
  void aKeyThatCannotBeMadeAnyMoreEndsTheSagaBeforeItsFirstStep() throws Exception {
    var asked = new AtomicInteger();
    var saga =
        Saga.define("changed", String.class)
            .lock("account", in -> asked.getAndIncrement() == 0 ? in : "\u0000")
            .pivot(Step.named("p", String.class).local((in, tx) -> did.add("p")))
            .build();
    SagaEngine engine = fixture.open(saga);

    assertThat(ended(engine.start(saga, "1")))
        .isInstanceOfSatisfying(
            SagaEnd.Compensated.class,
            end -> assertThat(end.reason()).contains("key of lock account: contains U+0000"));
    assertThat(did).isEmpty();
    assertThat(locksLeft()).isZero();
  }

  // ---- stuck

  @Test
  void aStuckSagaKeepsItsLockUntilItIsResolved() throws Exception {
    var stuck =
        head("stuck")
            .pivot(Step.named("p", Transfer.class).local((in, tx) -> {}))
            .step(
                Step.named("t", Transfer.class)
                    .remote(
                        (in, call) -> {
                          throw new PermanentFailure("no");
                        }))
            .build();
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(stuck, quick);
    SagaHandle<Done> first = engine.start(stuck, new Transfer("first", "1"));
    assertThat(ended(first)).isInstanceOf(SagaEnd.Stuck.class);
    assertThat(engine.view(first.id()).orElseThrow().next())
        .endsWith("resolve it; until then it keeps lock account");
    SagaHandle<Done> second = engine.start(quick, new Transfer("second", "1"));
    awaitWaiting(engine, second, "@locks");
    assertThat(
            fixture.database.value("select status from %s.saga_lock_v1 where held_at is not null"))
        .isEqualTo("STUCK");
    engine.operator().retry(first.id(), "olga", "once more");
    fixture.await(engine, first.id(), SagaStatus.STUCK);
    assertThat(did).isEmpty();
    engine.operator().resolve(first.id(), "olga", "done by hand");

    assertThat(ended(second)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(locksLeft()).isZero();
  }

  @Test
  void aSagaThatCompensatesKeepsItsLockUntilItHas() throws Exception {
    var holding = holding();
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(holding, quick);
    SagaHandle<Done> first = held(engine, holding);
    SagaHandle<Done> second = engine.start(quick, new Transfer("second", "1"));
    awaitWaiting(engine, second, "@locks");
    engine.operator().cancel(first.id(), "olga", "not needed");

    assertThat(ended(second)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("first begins", "first is undone", "second runs");
  }

  @Test
  void theLockOfADeadNodesSagaIsItsOwnUntilAnotherNodeHasEndedIt() throws Exception {
    var holding = holding();
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(holding, quick);
    SagaHandle<Done> first = held(engine, holding);
    SagaHandle<Done> second = engine.start(quick, new Transfer("second", "1"));
    awaitWaiting(engine, second, "@locks");
    // as a node leaves it that is killed while it runs the saga
    fixture.database.execute(
        "update %s.saga set owner = gen_random_uuid(), wake_at = null where business_key ="
            + " 'first'");
    engine.signal(first.id(), GO, "on");

    assertThat(ended(second)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("first begins", "first ends", "second runs");
  }

  // ---- sub-sagas

  private SagaDefinition<Transfer, Done> child(Function<Transfer, String> key) {
    return Saga.define("child", Transfer.class)
        .key(in -> in.id() + " child")
        .lock("account", key)
        .step(
            Step.named("c", Transfer.class)
                .local((in, tx) -> did.add("child runs"))
                .needsNoCompensation())
        .step(Step.await("go", GO).within(LONG).orCompensate())
        .build();
  }

  private SagaDefinition<Transfer, Done> parent(SagaDefinition<Transfer, Done> child) {
    return head("parent")
        .step(
            Step.named("a", Transfer.class)
                .local((in, tx) -> did.add("parent runs"))
                .compensation((in, done, tx) -> did.add("parent is undone")))
        .step(Step.saga("child", Transfer.class, child, (in, results) -> in))
        .build();
  }

  @Test
  void aSubSagaSharesTheLockOfItsParent() throws Exception {
    var child = child(Transfer::account);
    var parent = parent(child);
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(parent, quick);
    SagaHandle<Done> family = engine.start(parent, new Transfer("p", "1"));
    Awaitility.await().until(() -> did.contains("child runs"));
    SagaHandle<Done> stranger = engine.start(quick, new Transfer("second", "1"));
    awaitWaiting(engine, stranger, "@locks");
    assertThat(fixture.database.value("select count(*) from %s.saga_lock_v1 where shared"))
        .isEqualTo("1");
    engine.signal(child, "p child", GO, "on");

    assertThat(ended(family)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(ended(stranger)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("parent runs", "child runs", "second runs");
    assertThat(locksLeft()).isZero();
  }

  @Test
  void aSubSagaOfAnotherKeyIsRefusedAndItsParentCompensates() throws Exception {
    var parent = parent(child(in -> "another"));
    SagaEngine engine = fixture.open(parent);
    SagaHandle<Done> family = engine.start(parent, new Transfer("p", "1"));

    assertThat(ended(family))
        .isInstanceOfSatisfying(
            SagaEnd.Compensated.class,
            end ->
                assertThat(end.reason())
                    .startsWith("the saga it started compensated: ")
                    .endsWith(
                        ": lock account: the saga that started it holds none of that key (expected:"
                            + " the same key as there)"));
    assertThat(did).containsExactly("parent runs", "parent is undone");
    assertThat(locksLeft()).isZero();
  }
}

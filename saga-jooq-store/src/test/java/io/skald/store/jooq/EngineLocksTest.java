package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.Saga;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaSummary;
import io.skald.saga.view.SagaTimeline;
import io.skald.saga.view.SagaView;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sagas that wait for their locks, from start to end, on real PostgreSQL. */
@Timeout(60)
class EngineLocksTest extends EngineLockScene {
  // ---- its turn

  @Test
  void aSagaWaitsUntilTheOneThatHasItsLockHasEnded() throws Exception {
    var rivals = rivals(LockWait.untilDeadline());
    SagaHandle<Done> other = rivals.alsoStarted("other", "2");
    assertThat(ended(other)).isInstanceOf(SagaEnd.Completed.class);
    awaitWaiting(rivals.engine(), rivals.second(), "@locks");
    rivals.letFirstGoOn();

    assertThat(ended(rivals.second())).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("first begins", "other runs", "first ends", "second runs");
    assertThat(locksLeft()).isZero();
  }

  @Test
  void asManyGoOnAtOnceAsASemaphoreLets() throws Exception {
    var underWay = new AtomicInteger();
    var most = new AtomicInteger();
    var threeTogether = new CyclicBarrier(3);
    var step =
        Step.named("a", Transfer.class)
            .remote(
                (in, call) -> {
                  most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                  threeTogether.await(10, TimeUnit.SECONDS);
                })
            .compensation((in, done, call) -> {});
    var after =
        Step.named("b", Transfer.class)
            .local((in, tx) -> did.add(in.id() + underWay.decrementAndGet()));
    var saga =
        Saga.define("few", Transfer.class)
            .key(Transfer::id)
            .semaphore("few", 3)
            .step(step)
            .pivot(after)
            .build();
    List<SagaEngine> nodes = List.of(fixture.open(saga), fixture.open(saga));
    var handles = new ArrayList<SagaHandle<Done>>();
    for (int n = 0; n < 39; n++) {
      handles.add(nodes.get(n % 2).start(saga, new Transfer("few " + n, "1")));
    }

    for (SagaHandle<Done> handle : handles) {
      assertThat(ended(handle)).isInstanceOf(SagaEnd.Completed.class);
    }
    assertThat(did).hasSize(39);
    assertThat(most).hasValue(3);
    assertThat(locksLeft()).isZero();
  }

  @Test
  void whoeverWaitsSaysForWhom() throws Exception {
    var rivals = rivals(LockWait.untilDeadline());
    awaitWaiting(rivals.engine(), rivals.second(), "@locks");

    SagaView view = rivals.engine().view(rivals.second().id()).orElseThrow();
    assertThat(view.next()).isEqualTo("its turn for lock account");
    assertThat(view.nextAt()).isEmpty();
    assertThat(view.steps().getFirst().error())
        .contains("lock account: saga %s comes first".formatted(rivals.first().id()));
    assertThat(rivals.engine().search(SagaQuery.all().standsAt("@locks")).sagas())
        .extracting(SagaSummary::id)
        .containsExactly(rivals.second().id());
    assertThat(SagaTimeline.of(view).toString())
        .contains("@locks", "waiting", "lock account: saga " + rivals.first().id());
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

  /** Should somebody have written past the engine, who leaves no note. */
  @Test
  void aSagaThatWaitsWithoutLimitAsksAgainOnceADayThoughNobodyHasWokenIt() throws Exception {
    var rivals = rivals(LockWait.untilDeadline());
    awaitParked(rivals.second());
    String inHours =
        "select round(extract(epoch from wake_at - now()) / 3600) from %s.saga where id = '"
            + rivals.second().id()
            + "'";
    assertThat(fixture.database.value(inHours)).isEqualTo("24");
    makeDue(rivals.second());
    awaitParked(rivals.second());
    assertThat(fixture.database.value(inHours)).isEqualTo("24");

    fixture.database.execute(
        "delete from %s.saga_lock where saga_id = '" + rivals.first().id() + "'");
    makeDue(rivals.second());
    assertThat(ended(rivals.second())).isInstanceOf(SagaEnd.Completed.class);
  }

  /** As if its time had come. */
  private void makeDue(SagaHandle<?> handle) {
    fixture.database.execute(
        """
        update %s.saga_log set retry_at = clock_timestamp() where saga_id = 'SAGA';
        update %s.saga set wake_at = clock_timestamp() where id = 'SAGA'
        """
            .replace("SAGA", handle.id().toString()));
  }

  @Test
  void whoWaitsAndWasADeadNodesKeepsItsPlace() throws Exception {
    var rivals = rivals(LockWait.untilDeadline());
    awaitParked(rivals.second());
    SagaHandle<Done> third = rivals.alsoStarted("third", "1");
    awaitParked(third);
    fixture.database.execute(
        "update %s.saga set owner = gen_random_uuid(), wake_at = null where business_key ="
            + " 'second'");
    rivals.letFirstGoOn();

    assertThat(ended(third)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("first begins", "first ends", "second runs", "third runs");
  }

  // ---- in vain

  @Test
  void aSagaThatWaitsForTooLongIsRefusedBeforeItsFirstStep() throws Exception {
    var rivals = rivals(LockWait.atMost(Duration.ofMillis(100)));

    assertThat(ended(rivals.second()))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "@locks",
                "its locks were not free within 100 ms: lock account: saga %s comes first"
                    .formatted(rivals.first().id())));
    assertThat(did).containsExactly("first begins");
    assertThat(locksLeft()).isOne();
  }

  @Test
  void aSagaThatDoesNotWaitIsRefusedAtOnce() throws Exception {
    var rivals = rivals(LockWait.none());

    assertThat(ended(rivals.second()))
        .isEqualTo(
            new SagaEnd.Compensated<>(
                "@locks",
                "its locks were not free: lock account: saga %s comes first"
                    .formatted(rivals.first().id())));
    assertThat(ended(rivals.alsoStarted("third", "2"))).isInstanceOf(SagaEnd.Completed.class);
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
    var rivals = rivals(LockWait.untilDeadline());
    SagaHandle<Done> third = rivals.alsoStarted("third", "1");
    awaitWaiting(rivals.engine(), rivals.second(), "@locks");
    rivals.engine().operator().cancel(rivals.second().id(), "olga", "not needed");

    assertThat(ended(rivals.second())).isInstanceOf(SagaEnd.Compensated.class);
    rivals.letFirstGoOn();
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
}

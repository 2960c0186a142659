package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.view.SagaStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sagas that keep their locks: that are stuck, compensate, or have started others. */
@Timeout(60)
class EngineKeptLocksTest extends EngineLockScene {
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

  /** As it does when each node has died that was given its locks for it. */
  @Test
  void aSagaThatGotStuckBeforeItRecordedItsLocksSaysThatItMayKeepThem() {
    var holding = holding();
    SagaEngine engine = fixture.open(holding);
    SagaHandle<Done> first = held(engine, holding);
    awaitParked(first);
    fixture.database.execute(
        """
        update %s.saga set status = 'STUCK', wake_at = null where id = 'SAGA';
        delete from %s.saga_log where saga_id = 'SAGA'
        """
            .replace("SAGA", first.id().toString()));

    assertThat(engine.view(first.id()).orElseThrow().next())
        .endsWith("resolve it; until then it may keep lock account");
  }

  @Test
  void thePageFindsStuckSagasThatHoldLocksAndThoseThatHoldUpOthers() throws Exception {
    var rivals = rivals(LockWait.untilDeadline());
    awaitParked(rivals.second());
    assertThat(documented("locks that stuck sagas hold")).isEqualTo("nothing");
    assertThat(documented("locks that nobody holds")).isEqualTo("nothing");

    String first = "id = '%s'".formatted(rivals.first().id());
    fixture.database.execute("update %s.saga set status = 'STUCK' where " + first);
    assertThat(documented("locks that stuck sagas hold")).isEqualTo("account");
    fixture.database.execute("delete from %s.saga_lock where saga_" + first);
    fixture.database.execute("update %s.saga_lock set since = since - interval '2 minutes'");
    assertThat(documented("locks that nobody holds")).isEqualTo("account");
  }

  /** The first value that a query of the page answers. */
  private String documented(String about) throws IOException {
    String page = Files.readString(Path.of("..", "docs", "operations.md"));
    String query = page.substring(page.indexOf("-- " + about));
    return fixture.database.value(query.substring(0, query.indexOf(';')).replace("skald.", "%s."));
  }

  /** It is refused once more before it has waited for as long as it may. */
  @Test
  void aSagaThatGotStuckWhileItWaitedMayWaitAnewWhenItIsRetried() throws Exception {
    var rivals = rivals(LockWait.atMost(Duration.ofSeconds(20)));
    awaitParked(rivals.second());
    fixture.database.execute(
        """
        update %s.saga set status = 'STUCK', wake_at = null where id = 'SAGA';
        update %s.saga_log set retry_at = clock_timestamp() where saga_id = 'SAGA';
        delete from %s.saga_lock where saga_id = 'SAGA'
        """
            .replace("SAGA", rivals.second().id().toString()));
    rivals.engine().operator().retry(rivals.second().id(), "olga", "readable again");
    awaitParked(rivals.second());
    rivals.letFirstGoOn();

    assertThat(ended(rivals.second())).isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void aSagaThatCompensatesKeepsItsLockUntilItHas() throws Exception {
    var rivals = rivals(LockWait.untilDeadline());
    awaitWaiting(rivals.engine(), rivals.second(), "@locks");
    rivals.engine().operator().cancel(rivals.first().id(), "olga", "not needed");

    assertThat(ended(rivals.second())).isInstanceOf(SagaEnd.Completed.class);
    assertThat(did).containsExactly("first begins", "first is undone", "second runs");
  }

  @Test
  void theLockOfADeadNodesSagaIsItsOwnUntilAnotherNodeHasEndedIt() throws Exception {
    var rivals = rivals(LockWait.untilDeadline());
    awaitWaiting(rivals.engine(), rivals.second(), "@locks");
    // as a node leaves it that is killed while it runs the saga
    fixture.database.execute(
        "update %s.saga set owner = gen_random_uuid(), wake_at = null where business_key ="
            + " 'first'");
    rivals.letFirstGoOn();

    assertThat(ended(rivals.second())).isInstanceOf(SagaEnd.Completed.class);
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
  void aSubSagaKeepsTheLockThoughItsParentIsResolved() throws Exception {
    var child = child(Transfer::account);
    var parent = parent(child);
    var quick = quick(LockWait.untilDeadline());
    SagaEngine engine = fixture.open(parent, quick);
    SagaHandle<Done> family = engine.start(parent, new Transfer("p", "1"));
    Awaitility.await().until(() -> did.contains("child runs"));
    awaitParked(family);
    fixture.database.execute(
        "update %s.saga set status = 'STUCK', wake_at = null where id = '" + family.id() + "'");
    engine.operator().resolve(family.id(), "olga", "done by hand");
    SagaHandle<Done> stranger = engine.start(quick, new Transfer("second", "1"));
    awaitParked(stranger);
    assertThat(did).doesNotContain("second runs");
    engine.signal(child, "p child", GO, "on");

    assertThat(ended(stranger)).isInstanceOf(SagaEnd.Completed.class);
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

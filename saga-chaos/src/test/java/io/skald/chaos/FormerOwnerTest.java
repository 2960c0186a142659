package io.skald.chaos;

import static io.skald.chaos.WireFault.Moment.ANSWERED;
import static io.skald.chaos.WireFault.Moment.BEFORE;
import static io.skald.chaos.WireScene.await;
import static io.skald.chaos.WireScene.claim;
import static io.skald.chaos.WireScene.claimCommit;
import static io.skald.chaos.WireScene.heartbeat;
import static io.skald.chaos.WireScene.journalRecord;
import static io.skald.chaos.WireScene.localRecord;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node has sent as owner of a saga, and arrives when another one owns it. */
@Timeout(300)
class FormerOwnerTest {
  private final WireScene scene = new WireScene();

  @AfterEach
  void close() throws Exception {
    scene.close();
  }

  @Test
  void itsLateCommitOfALocalStepIsRefused() throws Exception {
    WireScene.Node former = scene.open();
    WireFault late = former.wire().onNext(localRecord()).hold(BEFORE);
    SagaId saga = scene.start(former, "o1");
    late.awaitStruck();

    anotherOwnerEnds(saga);
    late.release();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  /** Nothing of the step is recorded there that a second record could meet. */
  @Test
  void itsLateCommitOfALocalStepIsRefusedOnceTheSagaIsCompensated() throws Exception {
    WireScene.Node former = scene.open();
    WireFault late = former.wire().onNext(localRecord()).hold(BEFORE);
    SagaId saga = scene.start(former, "o1");
    late.awaitStruck();

    scene.open().engine().operator().cancel(saga, "ann", "asked to");
    scene.expire();
    await("it is called off", () -> scene.status(saga) == SagaStatus.COMPENSATED);
    late.release();
    await("what came late has ended", () -> sessionsInTransaction() == 0);

    scene.endsAs(SagaStatus.COMPENSATED, saga);
    assertThat(scene.database.rows("select * from effect")).isEmpty();
  }

  @Test
  void itsLateResultOfACallIsRefused() throws Exception {
    WireScene.Node former = scene.open();
    WireFault late = former.wire().onNext(journalRecord()).hold(BEFORE);
    SagaId saga = scene.start(former, "o1");
    late.awaitStruck();

    anotherOwnerEnds(saga);
    List<List<String>> before = log();
    late.release();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(log()).isEqualTo(before);
    assertThat(scene.trips.calls)
        .as("what a former owner may have done is made again under the same key")
        .containsExactly("o1/1", "o1/2");
  }

  @Test
  void itsLateReleaseOfAParkedSagaTakesItFromNobody() throws Exception {
    WireScene.Node former = scene.open();
    WireFault late = former.wire().onNext(journalRecord()).hold(BEFORE);
    SagaId saga = scene.startApproved(former, "o1");
    late.awaitStruck();

    scene.expire();
    WireScene.Node owner = scene.open();
    await("another owner parks it", () -> owner().equals("null"));
    List<List<String>> before = scene.database.rows("select epoch, wake_at from skald.saga");
    late.release();
    await("what came late has ended", () -> sessionsInTransaction() == 0);

    assertThat(scene.database.rows("select epoch, wake_at from skald.saga")).isEqualTo(before);
    owner.engine().signal(saga, Trips.APPROVED, "me");
    scene.endsAs(SagaStatus.COMPLETED, saga);
  }

  @Test
  void itsLateHeartbeatRevivesNothing() throws Exception {
    var calling = new CountDownLatch(1);
    scene.trips.onCall = (trip, call) -> calling.await();
    WireScene.Node former = scene.open();
    SagaId saga = scene.start(former, "o1");
    await("it is at its call", () -> scene.trips.calls.size() == 1);
    WireFault late = former.wire().onNext(heartbeat()).hold(BEFORE);
    late.awaitStruck();
    String incarnation = owner();

    scene.expire();
    scene.open();
    await("another owner has it", () -> !owner().equals(incarnation));
    late.release();
    // the heartbeat after the late one has been answered, too
    former.wire().onNth(2, heartbeat()).delay(ANSWERED, Duration.ZERO).awaitStruck();

    assertThat(
            scene.database.count(
                "select count(*) from skald.saga_node where id = '%s'".formatted(incarnation)
                    + " and expires_at > clock_timestamp()"))
        .isZero();
    calling.countDown();
    scene.endsAs(SagaStatus.COMPLETED, saga);
  }

  /** Not committed when its lease ends: nobody can take the saga over before it is. */
  @Test
  void itsClaimThatIsCommittedAfterItsLeaseIsTakenOver() throws Exception {
    WireScene.Node former = scene.open();
    WireFault late = former.wire().onNext(claim()).hold(ANSWERED);
    SagaId saga = scene.start(scene.openStarter(), "o1");
    late.awaitStruck();

    scene.expire();
    scene.open();
    await("it has joined again", () -> liveNodes() == 3);
    late.release();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).hasSize(1);
  }

  @Test
  void itsClaimWhoseAnswerComesAfterItsLeaseIsLeftToOthers() throws Exception {
    WireScene.Node former = scene.open();
    WireFault late = former.wire().onNext(claimCommit()).hold(ANSWERED);
    SagaId saga = scene.start(scene.openStarter(), "o1");
    late.awaitStruck();

    anotherOwnerEnds(saga);
    late.release();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  /** The lease is kept, and the node finds out by itself what it owns. */
  @Test
  void aClaimWhoseAnswerIsLateIsRunOnce() throws Exception {
    WireScene.Node owner = scene.open();
    WireFault late = owner.wire().onNext(claimCommit()).hold(ANSWERED);
    SagaId saga = scene.start(scene.openStarter(), "o1");
    late.awaitStruck();

    await("it runs what it owns", () -> scene.status(saga) == SagaStatus.COMPLETED);
    late.release();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  /** Before anything that is held has come through. */
  private void anotherOwnerEnds(SagaId saga) throws Exception {
    scene.expire();
    scene.open();
    await("another owner ends it", () -> scene.status(saga) == SagaStatus.COMPLETED);
  }

  private long liveNodes() {
    return scene.database.count(
        "select count(*) from skald.saga_node where expires_at > clock_timestamp()");
  }

  private String owner() {
    return scene.database.rows("select owner from skald.saga").getFirst().getFirst();
  }

  private List<List<String>> log() {
    return scene.database.rows(
        "select path, status, attempt, node from skald.saga_log order by seq");
  }

  private long sessionsInTransaction() {
    return scene.database.count(
        "select count(*) from pg_stat_activity where datname = current_database()"
            + " and xact_start is not null and pid <> pg_backend_pid()");
  }
}

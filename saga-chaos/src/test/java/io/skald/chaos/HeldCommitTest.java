package io.skald.chaos;

import static io.skald.chaos.WireDialogue.Said.statement;
import static io.skald.chaos.WireFault.Moment.BEFORE;
import static io.skald.chaos.WireFault.Moment.SENT;
import static io.skald.chaos.WireScene.await;
import static io.skald.chaos.WireScene.claim;
import static io.skald.chaos.WireScene.localCommit;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A COMMIT that goes on in the server while its client is gone. */
// one test after another; other classes beside them
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("HeldCommitTest")
@Timeout(300)
class HeldCommitTest {
  private final WireScene scene = new WireScene();
  private WireScene.Node node;
  private SagaId saga;

  /** A node has lost its connection at the COMMIT of a local step, which goes on in the server. */
  @BeforeEach
  void loseAConnectionWhoseCommitGoesOn() throws Exception {
    scene.trips.onBook = Trips::replicated;
    node = scene.open();
    scene.holdCommits();
    WireFault cut = node.wire().onNext(localCommit()).cut(SENT);
    saga = scene.start(node, "o1");
    cut.awaitStruck();
    scene.awaitHeldCommit();
  }

  @AfterEach
  void close() throws Exception {
    scene.releaseCommits();
    scene.close();
  }

  @Test
  void aStepWhoseCommitIsStillInFlightWhenItsConnectionIsLostIsNotRepeated() throws Exception {
    await("the node waits for that commit", () -> settling() == 1);
    assertThat(scene.database.rows("select * from skald.saga_log")).isEmpty();
    scene.releaseCommits();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  /** A settle waits ten seconds at most; the commit takes longer. */
  @Test
  void aCommitInFlightForLongerThanASettleWaitsIsNotRepeated() throws Exception {
    await("the node waits for that commit", () -> settling() == 1);
    WireFault again =
        node.wire().onNext(statement("set epoch = s.epoch + 1")).delay(BEFORE, Duration.ZERO);
    again.awaitStruck();
    scene.releaseCommits();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  @Test
  void anotherNodeTakesOverOnceTheCommitThatIsInFlightHasEnded() throws Exception {
    node.wire().darken();
    scene.expire();

    WireScene.Node other = scene.open();
    // what it does not get at the first turn it does not get at the second
    other.wire().onNth(3, claim()).delay(BEFORE, Duration.ZERO).awaitStruck();
    assertThat(scene.database.count("select epoch from skald.saga")).isZero();
    scene.releaseCommits();
    await("the other node ends it", () -> scene.status(saga) == SagaStatus.COMPLETED);
    node.wire().heal();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls)
        .as("for all the other node knew it was at its call already")
        .containsExactly("o1/2");
  }

  private long settling() {
    return scene.database.count(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            + " and query like '%set epoch = s.epoch + 1%' and query not like '%activity%'");
  }
}

package io.skald.chaos;

import static io.skald.chaos.WireDialogue.Said.statement;
import static io.skald.chaos.WireFault.Moment.ANSWERED;
import static io.skald.chaos.WireFault.Moment.BEFORE;
import static io.skald.chaos.WireScene.await;
import static io.skald.chaos.WireScene.claim;
import static io.skald.chaos.WireScene.heartbeat;
import static io.skald.chaos.WireScene.journalCommit;
import static io.skald.chaos.WireScene.localCommit;
import static io.skald.chaos.WireScene.startCommit;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A connection on which nothing passes any more while both ends see it open. The node has to notice
 * by limits of its own and the driver's, and the server by those it was set.
 */
@Timeout(300)
class BlackholeTest {
  private final WireScene scene = new WireScene();

  @BeforeEach
  void boundWhatHangs() {
    scene.boundWhatHangs();
  }

  @AfterEach
  void close() throws Exception {
    scene.close();
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aSagaIsStartedOnceThoughItsStartVanishes(WireFault.Moment moment) throws Exception {
    WireScene.Node node = scene.openImpatient();
    WireFault hole = node.wire().onNext(startCommit()).blackhole(moment);

    SagaId saga = scene.start(node, "o1");

    hole.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.database.count("select count(*) from skald.saga")).isOne();
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void aLocalStepGoesOnThoughItsStatementVanishes() throws Exception {
    WireScene.Node node = scene.openImpatient();
    WireFault hole = node.wire().onNext(statement("into effect")).blackhole(BEFORE);

    SagaId saga = scene.start(node, "o1");

    hole.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
  }

  /** Where its fence has run and its COMMIT has not come, the server holds the saga's row. */
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aLocalStepTakesEffectOnceThoughItsCommitVanishes(WireFault.Moment moment) throws Exception {
    completesWithOneCallThoughThisVanishes(localCommit(), moment);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aResultIsRecordedOnceThoughTheJournalsCommitVanishes(WireFault.Moment moment)
      throws Exception {
    completesWithOneCallThoughThisVanishes(journalCommit(), moment);
  }

  private void completesWithOneCallThoughThisVanishes(
      Predicate<WireDialogue.Said> commit, WireFault.Moment moment) throws Exception {
    WireScene.Node node = scene.openImpatient();
    WireFault hole = node.wire().onNext(commit).blackhole(moment);

    SagaId saga = scene.start(node, "o1");

    hole.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aNodeKeepsItsLeaseThoughAHeartbeatVanishes(WireFault.Moment moment) throws Exception {
    // shorter than the driver's own limit
    Duration lease = WireScene.LEASE.multipliedBy(3);
    WireScene.Node node =
        scene.open(options -> options.withLease(lease, Duration.ofMillis(500)), config -> {});
    String incarnation = incarnation();
    WireFault hole = node.wire().onNext(heartbeat()).blackhole(moment);
    hole.awaitStruck();
    node.wire().onNth(2, heartbeat()).delay(ANSWERED, Duration.ZERO).awaitStruck();

    scene.endsAs(SagaStatus.COMPLETED, scene.start(node, "o1"));
    assertThat(incarnation()).isEqualTo(incarnation);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void sagasAreClaimedThoughAClaimVanishes(WireFault.Moment moment) throws Exception {
    WireScene.Node node = scene.openImpatient();
    WireFault hole = node.wire().onNext(claim()).blackhole(moment);

    SagaId saga = scene.start(scene.openStarter(), "o1");

    hole.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void aNodeInTheDarkIsDownAndItsSagasAreTakenOverAndItIsWellAgainInTheLight() throws Exception {
    var calling = new CountDownLatch(1);
    scene.trips.onCall =
        (trip, call) -> {
          if (call.attempt() == 1) {
            calling.await();
          }
        };
    WireScene.Node lost = scene.openImpatient();
    SagaId saga = scene.start(lost, "o1");
    await("it is at its call", () -> scene.trips.calls.size() == 1);
    lost.wire().darken();
    scene.open();

    await("the other node ends it", () -> scene.status(saga) == SagaStatus.COMPLETED);
    await("the lost node knows", () -> !lost.isWell());
    calling.countDown();
    lost.wire().heal();

    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1", "o1/2");
    scene.endsAs(SagaStatus.COMPLETED, scene.start(lost, "o2"));
  }

  private String incarnation() {
    return scene.database.rows("select id from skald.saga_node").getFirst().getFirst();
  }
}

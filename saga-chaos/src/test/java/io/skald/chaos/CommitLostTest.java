package io.skald.chaos;

import static io.skald.chaos.WireDialogue.Said.commitOf;
import static io.skald.chaos.WireDialogue.Said.statement;
import static io.skald.chaos.WireFault.Moment.ANSWERED;
import static io.skald.chaos.WireFault.Moment.BEFORE;
import static io.skald.chaos.WireFault.Moment.SENT;
import static io.skald.chaos.WireScene.await;
import static io.skald.chaos.WireScene.claimCommit;
import static io.skald.chaos.WireScene.journalCommit;
import static io.skald.chaos.WireScene.localCommit;
import static io.skald.chaos.WireScene.startCommit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.SagaId;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A connection that is lost at the COMMIT of each kind of write, before and after it. */
@Timeout(300)
class CommitLostTest {
  private final WireScene scene = new WireScene();

  /** What becomes of a COMMIT and of its answer. */
  enum Loss {
    CUT_BEFORE(aim -> aim.cut(BEFORE)),
    TORN(aim -> aim.truncate(BEFORE)),
    CUT_WHEN_SENT(aim -> aim.cut(SENT)),
    ANSWER_CUT(aim -> aim.cut(ANSWERED)),
    ANSWER_TORN(aim -> aim.truncate(ANSWERED));

    private final Function<WireProxy.Aim, WireFault> fault;

    Loss(Function<WireProxy.Aim, WireFault> fault) {
      this.fault = fault;
    }

    WireFault at(WireProxy.Aim aim) {
      return fault.apply(aim);
    }

    boolean isMade() {
      return switch (this) {
        case CUT_BEFORE, TORN -> false;
        case CUT_WHEN_SENT, ANSWER_CUT, ANSWER_TORN -> true;
      };
    }
  }

  @AfterEach
  void close() throws Exception {
    scene.close();
  }

  static Stream<Arguments> eachLossOfEachLocalStep() {
    return Stream.of(Loss.values())
        .flatMap(loss -> Stream.of(1, 2, 3).map(step -> Arguments.of(loss, step)));
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @MethodSource("eachLossOfEachLocalStep")
  void aLocalStepTakesEffectOnceThoughItsCommitIsLost(Loss loss, int step) throws Exception {
    WireScene.Node node = scene.open();
    WireFault fault = loss.at(node.wire().onNth(step, localCommit()));

    SagaId saga = scene.start(node, "o1");

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
    assertThat(scene.database.count("select max(attempt) from skald.saga_log"))
        .as("a lost connection at COMMIT burns no attempt")
        .isOne();
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aLocalCompensationTakesEffectOnceThoughItsCommitIsLost(Loss loss) throws Exception {
    scene.trips.onCall =
        (trip, call) -> {
          throw new PermanentFailure("no");
        };
    WireScene.Node node = scene.open();
    WireFault fault = loss.at(node.wire().onNth(2, localCommit()));

    SagaId saga = scene.start(node, "o1");

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPENSATED, saga);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aResultIsRecordedOnceThoughTheJournalsCommitIsLost(Loss loss) throws Exception {
    WireScene.Node node = scene.open();
    WireFault fault = loss.at(node.wire().onNext(journalCommit()));

    SagaId saga = scene.start(node, "o1");

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).as("the result is known, recorded or not").hasSize(1);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void theResultsOfABatchAreRecordedOnceThoughItsCommitIsLost(Loss loss) throws Exception {
    int sagas = 8;
    var called = new CountDownLatch(sagas);
    scene.trips.onCall =
        (trip, call) -> {
          called.countDown();
          called.await();
        };
    WireScene.Node node = scene.open();
    // what comes while the first one is written is written together
    WireFault first = node.wire().onNext(journalCommit()).hold(BEFORE);
    WireFault fault = loss.at(node.wire().onNext(journalCommit().and(commitOf("unnest("))));

    List<SagaId> started = new ArrayList<>();
    for (int i = 0; i < sagas; i++) {
      started.add(scene.start(node, "o" + i));
    }
    first.awaitStruck();
    first.release();

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, started.toArray(SagaId[]::new));
    assertThat(scene.trips.calls).hasSize(sagas);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aSagaIsStartedOnceThoughTheCommitOfItsStartIsLost(Loss loss) throws Exception {
    WireScene.Node node = scene.open();
    WireFault fault = loss.at(node.wire().onNext(startCommit()));

    SagaId saga = scene.start(node, "o1");

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.database.count("select count(*) from skald.saga")).isOne();
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aSagaIsRunThoughTheCommitOfItsClaimIsLost(Loss loss) throws Exception {
    WireScene.Node starter = scene.openStarter();
    WireFault fault = loss.at(scene.open().wire().onNext(claimCommit()));

    SagaId saga = scene.start(starter, "o1");

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.trips.calls).containsExactly("o1/1");
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aSignalIsSentOnceThoughItsCommitIsLost(Loss loss) throws Exception {
    WireScene.Node node = scene.open();
    SagaId saga = scene.startApproved(node, "o1");
    WireFault fault = loss.at(node.wire().onNext(commitOf("into \"skald\".saga_signal")));

    node.engine().signal(saga, Trips.APPROVED, "me");

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.database.count("select count(*) from skald.saga_signal")).isOne();
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void aSignalIsTakenOnceThoughTheCommitOfTheWaitIsLost(Loss loss) throws Exception {
    WireScene.Node node = scene.open();
    SagaId saga = scene.startApproved(node, "o1");
    await(
        "it waits",
        () ->
            scene.database.count("select count(*) from skald.saga where wake_at is not null") == 1);
    WireFault fault = loss.at(node.wire().onNext(journalCommit()));

    node.engine().signal(saga, Trips.APPROVED, "me");

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(
            scene
                .database
                .rows("select payload from skald.saga_log where path = 'approval'")
                .getFirst())
        .containsExactly("\"me\"");
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource
  void anOperatorsChangeIsMadeOnceAndInDoubtWhenItsCommitIsLost(Loss loss) throws Exception {
    WireScene.Node node = scene.open();
    SagaId saga = scene.startApproved(node, "o1");
    WireFault fault = loss.at(node.wire().onNext(commitOf("saga_audit")));

    assertThatThrownBy(() -> node.engine().operator().cancel(saga, "ann", "asked to"))
        .isInstanceOfSatisfying(
            SagaStoreException.class,
            e -> assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT));

    fault.awaitStruck();
    if (!loss.isMade()) {
      node.engine().operator().cancel(saga, "ann", "asked to");
    }
    scene.endsAs(SagaStatus.COMPENSATED, saga);
    assertThat(scene.database.count("select count(*) from skald.saga_audit")).isOne();
    assertThatThrownBy(() -> node.engine().operator().cancel(saga, "ann", "again"))
        .isInstanceOf(IllegalSagaStateException.class);
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void anAnswerThatIsLostInTheStepItselfBurnsAnAttempt() throws Exception {
    WireScene.Node node = scene.open();
    WireFault fault = node.wire().onNext(statement("into effect")).cut(ANSWERED);

    SagaId saga = scene.start(node, "o1");

    fault.awaitStruck();
    scene.endsAs(SagaStatus.COMPLETED, saga);
    assertThat(scene.database.count("select attempt from skald.saga_log where path = 'book'"))
        .isEqualTo(2);
  }
}

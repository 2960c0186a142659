package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store does when sagas are started and written. */
abstract class WriteContract extends LaneContract {
  // ---- start

  @Test
  void startsEachSagaOnce() {
    NodeId node = join(LONG);
    NewSaga saga = saga("k1", node);
    StartResult first = store().start(List.of(saga)).getFirst();
    StartResult again = store().start(List.of(saga)).getFirst();
    StartResult other = store().start(List.of(saga("k1", node))).getFirst();

    assertThat(first).isInstanceOf(StartResult.Started.class);
    assertThat(again).isInstanceOf(StartResult.Started.class);
    assertThat(other).isInstanceOf(StartResult.Existing.class);
    assertThat(other.saga().id()).isEqualTo(saga.id());
    assertThat(first.saga().owner()).isEqualTo(node);
    assertThat(first.saga().status()).isEqualTo(SagaStatus.RUNNING);
  }

  @Test
  void startsManyInOrder() {
    NodeId node = join(LONG);
    store().start(List.of(saga("k3", node)));
    List<NewSaga> sagas = IntStream.range(0, 50).mapToObj(i -> saga("k" + i, node)).toList();
    List<StartResult> results = store().start(sagas);

    assertThat(results).hasSize(50);
    assertThat(results.get(3)).isInstanceOf(StartResult.Existing.class);
    for (int i = 0; i < 50; i++) {
      assertThat(results.get(i).saga().businessKey()).isEqualTo("k" + i);
    }
  }

  @Test
  void keepsWhatItWasGivenByteForByte() {
    String text = "'; drop table saga; -- %s \\ \uD83D\uDE00 \u202E 1e400 \\u0000";
    var saga =
        new NewSaga(
            new SagaId(UUID.randomUUID()),
            ORDER,
            text,
            Map.of("it's", text),
            text,
            "digest",
            Duration.ofHours(1),
            null,
            null,
            Lane.ORDINARY);
    store().start(List.of(saga));
    SagaRow row = store().find("order", text).orElseThrow();

    assertThat(row.input()).isEqualTo(text);
    assertThat(row.attributes()).isEqualTo(Map.of("it's", text));
    assertThat(row.inputDigest()).isEqualTo("digest");
    assertThat(row.deadlineAt())
        .isCloseTo(row.createdAt().plus(Duration.ofHours(1)), within(1, ChronoUnit.MINUTES));
    assertThat(store().findByKey(text, 10)).containsExactly(row);
    assertThat(store().find("other", text)).isEmpty();
  }

  @Test
  void aKeyIsTakenInItsOwnDefinitionOnly() {
    assertThat(start(of(ORDER, "k1"))).isInstanceOf(StartResult.Started.class);
    var other = of(new DefinitionRef("other", 1, "f1"), "k1");
    assertThat(start(other)).isInstanceOf(StartResult.Started.class);
    var nextVersion = of(new DefinitionRef("order", 2, "f2"), "k1");
    assertThat(start(nextVersion)).isInstanceOf(StartResult.Existing.class);
  }

  @Test
  void aRepeatedStartAnswersTheSagaAsItStands() {
    NodeId node = join(LONG);
    NewSaga saga = saga("k1", node);
    start(saga);
    write(end(new Fence(saga.id(), node, 0)));
    StartResult again = start(saga);

    assertThat(again).isInstanceOf(StartResult.Started.class);
    assertThat(again.saga().status()).isEqualTo(SagaStatus.COMPLETED);
    assertThat(start(saga("k1", node)).saga().status()).isEqualTo(SagaStatus.COMPLETED);
  }

  @Test
  void startsOneOfTwoWithOneKeyInABatch() {
    List<StartResult> results = store().start(List.of(of(ORDER, "k1"), of(ORDER, "k1")));
    assertThat(results.get(0)).isInstanceOf(StartResult.Started.class);
    assertThat(results.get(1)).isInstanceOf(StartResult.Existing.class);
    assertThat(results.get(1).saga().id()).isEqualTo(results.get(0).saga().id());
  }

  @Test
  void startsAKeyOnceHoweverManyTryAtOnce() throws Exception {
    List<Callable<StartResult>> tries =
        IntStream.range(0, 6)
            .mapToObj(i -> (Callable<StartResult>) () -> start(of(ORDER, "k1")))
            .toList();
    List<StartResult> results = atOnce(tries);

    assertThat(results).filteredOn(StartResult.Started.class::isInstance).hasSize(1);
    assertThat(results)
        .extracting(result -> result.saga().id())
        .containsOnly(results.getFirst().saga().id());
  }

  // ---- write

  @Test
  void writesRowsAndChangesTogether() {
    Fence fence = started(join(LONG));
    var change = new SagaChange.Complete("\"done\"");
    assertThat(write(new Transition(fence, List.of(row("a", 1), row("b", 2)), change, Links.NONE)))
        .isEqualTo(WriteResult.APPLIED);
    SagaSnapshot found = load(fence);

    assertThat(found.log()).extracting(LogRow::path).containsExactly("a", "b");
    assertThat(found.saga().status()).isEqualTo(SagaStatus.COMPLETED);
    assertThat(found.saga().output()).isEqualTo("\"done\"");
    assertThat(found.saga().owner()).isNull();
    assertThat(found.saga().finishedAt()).isNotNull();
  }

  @Test
  void writesAllOfATransitionOrNothing() {
    Fence fence = started(join(LONG));
    write(fence, row("b", 1));
    assertThat(write(new Transition(fence, List.of(row("a", 2), row("b", 3)), null, Links.NONE)))
        .isEqualTo(WriteResult.CONFLICT);
    assertThat(load(fence).log()).extracting(LogRow::path).containsExactly("b");
  }

  @Test
  void tellsTransitionsOfABatchApart() {
    NodeId node = join(LONG);
    Fence good = started(node);
    Fence lost = started(node);
    Fence taken = started(node);
    write(taken, row("a", 1));
    List<WriteResult> results =
        store()
            .write(
                List.of(
                    new Transition(good, List.of(row("a", 1)), null, Links.NONE),
                    new Transition(lost.next(), List.of(row("a", 1)), null, Links.NONE),
                    new Transition(taken, List.of(row("a", 2)), null, Links.NONE)));

    assertThat(results)
        .containsExactly(WriteResult.APPLIED, WriteResult.FENCE_LOST, WriteResult.CONFLICT);
    assertThat(load(lost).log()).isEmpty();
  }

  @Test
  void replacesARowOnlyIfItIsWhatWasSeen() {
    Fence fence = started(join(LONG));
    write(fence, retrying("a", 1, 1, null));
    assertThat(write(fence, retrying("a", 2, 3, replaced(LogStatus.RETRYING, 2))))
        .isEqualTo(WriteResult.CONFLICT);
    assertThat(write(fence, retrying("a", 2, 2, replaced(LogStatus.RETRYING, 1))))
        .isEqualTo(WriteResult.APPLIED);
    assertThat(write(fence, retrying("a", 3, 2, replaced(LogStatus.RETRYING, 1))))
        .isEqualTo(WriteResult.CONFLICT);
    assertThat(write(fence, retrying("z", 3, 2, replaced(LogStatus.RETRYING, 1))))
        .isEqualTo(WriteResult.CONFLICT);

    LogRow row = load(fence).log().getFirst();
    assertThat(row.attempt()).isEqualTo(2);
    assertThat(row.seq()).isEqualTo(2);
    assertThat(row.retryAt()).isNotNull();
    assertThat(row.finishedAt()).isNull();
  }

  @Test
  void aRowThatIsReplacedKeepsItsLastError() {
    Fence fence = started(join(LONG));
    write(fence, retrying("a", 1, 1, null));
    write(fence, row("a", 2, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1)));

    LogRow row = load(fence).log().getFirst();
    assertThat(row.status()).isEqualTo(LogStatus.SUCCEEDED);
    assertThat(row.error()).isEqualTo("down");
  }

  @Test
  void aTurnAroundRaisesTheEpochAndKeepsTheOwner() {
    Fence fence = started(join(LONG));
    var why = new SagaError("a", "sold out", null);
    write(new Transition(fence, List.of(row("a", 1)), new SagaChange.TurnAround(why), Links.NONE));
    SagaRow saga = load(fence).saga();

    assertThat(saga.status()).isEqualTo(SagaStatus.COMPENSATING);
    assertThat(saga.turnedAroundAt()).isNotNull();
    assertThat(saga.error()).isEqualTo(why);
    assertThat(saga.owner()).isEqualTo(fence.owner());
    assertThat(write(fence, row("b", 2))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(fence.next(), row("b", 2))).isEqualTo(WriteResult.APPLIED);
    write(new Transition(fence.next(), List.of(), new SagaChange.EndCompensated(), Links.NONE));
    assertThat(load(fence).saga().status()).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(load(fence).saga().error()).isEqualTo(why);
  }

  @Test
  void aStuckSagaIsNobodysAndNeverDue() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    var why = new SagaError("a", "x".repeat(8 * 1024), null);
    write(new Transition(fence, List.of(), new SagaChange.Stick(why, Lane.ORDINARY), Links.NONE));

    assertThat(load(fence).saga().status()).isEqualTo(SagaStatus.STUCK);
    assertThat(load(fence).saga().error()).isEqualTo(why);
    assertThat(claim(node)).isEmpty();
  }

  @Test
  void refusesWhoeverIsNotTheOwnerInThisEpoch() {
    Fence fence = started(join(LONG));
    NodeId stranger = join(LONG);
    var unknown = new Fence(new SagaId(UUID.randomUUID()), fence.owner(), 0);
    assertThat(write(unknown, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(new Fence(fence.saga(), stranger, fence.epoch()), row("a", 1)))
        .isEqualTo(WriteResult.FENCE_LOST);
    write(fence, row("a", 1));
    assertThat(write(fence.next(), row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(store().write(List.of())).isEmpty();
  }

  @Test
  void writesNothingToASagaThatHasEnded() {
    Fence fence = started(join(LONG));
    assertThat(write(end(fence))).isEqualTo(WriteResult.APPLIED);
    assertThat(write(fence, row("b", 2))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(end(fence))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(load(fence).log()).hasSize(1);
  }

  @Test
  void aConflictingRowHoldsTheChangeBack() {
    Fence fence = started(join(LONG));
    write(fence, row("a", 1));
    assertThat(write(end(fence))).isEqualTo(WriteResult.CONFLICT);
    assertThat(load(fence).saga().status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(load(fence).saga().owner()).isEqualTo(fence.owner());
  }

  @Test
  void answersTheLogInOrderOfRecordingWithBothDirections() {
    Fence fence = started(join(LONG));
    write(fence, row("b", 2));
    write(fence, row("a", 1));
    LogWrite compensation =
        new LogWrite(
            "a",
            Direction.COMPENSATION,
            "a",
            3,
            LogStatus.SUCCEEDED,
            1,
            0,
            null,
            null,
            null,
            null,
            null);
    assertThat(write(fence, compensation)).isEqualTo(WriteResult.APPLIED);

    List<LogRow> log = load(fence).log();
    assertThat(log).extracting(LogRow::seq).containsExactly(1, 2, 3);
    assertThat(log).extracting(LogRow::path).containsExactly("a", "b", "a");
    assertThat(log.getLast().direction()).isEqualTo(Direction.COMPENSATION);
    assertThat(log.getLast().payload()).isNull();
  }

  @Test
  void keepsWhatIsRecordedByteForByte() {
    Fence fence = started(join(LONG));
    String text = "'; -- %s \\ \"\uD83D\uDE00\" \u202E \n\t";
    String error = "\u20AC".repeat(8 * 1024 / 3);
    LogWrite failed =
        new LogWrite(
            "a", Direction.ACTION, "a", 1, LogStatus.FAILED, 3, 2, null, text, error, null, null);
    write(fence, failed);
    LogRow row = load(fence).log().getFirst();

    assertThat(row.payload()).isEqualTo(text);
    assertThat(row.error()).isEqualTo(error);
    assertThat(row.attempt()).isEqualTo(3);
    assertThat(row.attemptBase()).isEqualTo(2);
    assertThat(row.node()).isEqualTo(fence.owner());
    assertThat(row.retryAt()).isNull();
    assertThat(row.finishedAt()).isNotNull();
  }

  @Test
  void aParkGivesTheSagaUpUntilItIsDue() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    change(fence, new SagaChange.Park(Duration.ofHours(1), null, Lane.ORDINARY));
    SagaSnapshot parked = load(fence);

    assertThat(parked.saga().owner()).isNull();
    assertThat(parked.saga().epoch()).isEqualTo(fence.epoch());
    assertThat(parked.saga().wakeAt())
        .isCloseTo(parked.readAt().plus(Duration.ofHours(1)), within(1, ChronoUnit.MINUTES));
    assertThat(store().owned(node)).isEmpty();
    assertThat(write(fence, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
  }

  @Test
  void aParkForNoTimeIsDueAtOnce() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    change(fence, new SagaChange.Park(Duration.ZERO, null, Lane.ORDINARY));
    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(fence.saga());
  }

  @Test
  void aTurnAroundForgivesTheCrashesBefore() {
    Fence fence = started(new NodeId(UUID.randomUUID()));
    NodeId node = join(LONG);
    assertThat(claim(node).getFirst().snapshot().saga().crashCount()).isEqualTo(1);
    var why = new SagaError("a", "no", null);
    change(new Fence(fence.saga(), node, 1), new SagaChange.TurnAround(why));
    assertThat(load(fence).saga().crashCount()).isZero();
  }

  @Test
  void tellsWhatNeedsAHumanFromWhatHasEnded() {
    Fence fence = started(join(LONG));
    change(fence, new SagaChange.Stick(new SagaError(null, "no", null), Lane.ORDINARY));
    SagaRow saga = load(fence).saga();
    assertThat(saga.error()).isEqualTo(new SagaError(null, "no", null));
    assertThat(saga.owner()).isNull();
    assertThat(saga.wakeAt()).isNull();
    assertThat(saga.finishedAt()).isNull();
  }
}

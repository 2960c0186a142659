package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of waits: parked unless a signal came, answered once, and what was decided. */
abstract class WaitContract extends PollContract {
  private static LogWrite answered() {
    return row("w", 1, LogStatus.SUCCEEDED, 0, replaced(LogStatus.WAITING, 0));
  }

  // ---- parked

  @Test
  void aParkOverASignalItDoesNotKnowOfWritesNothing() {
    Fence fence = started(join(LONG));
    sent(fence, "paid");
    var before = load(fence);

    assertThat(write(park(fence, 0))).isEqualTo(WriteResult.SIGNALLED);
    assertThat(load(fence).saga()).isEqualTo(before.saga());
    assertThat(load(fence).log()).isEmpty();
    assertThat(write(park(fence, 1))).isEqualTo(WriteResult.APPLIED);
    assertThat(load(fence).log())
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.status()).isEqualTo(LogStatus.WAITING);
              assertThat(row.retryAt()).isNotNull();
              assertThat(row.finishedAt()).isNull();
            });
  }

  @Test
  void aParkWithoutRowsGoesByTheNumberAsWell() {
    Fence fence = started(join(LONG));
    sent(fence, "paid");
    var stale =
        new Transition(fence, List.of(), new SagaChange.Park(HOUR, 0, Lane.ORDINARY), Links.NONE);
    var known =
        new Transition(fence, List.of(), new SagaChange.Park(HOUR, 1, Lane.ORDINARY), Links.NONE);

    assertThat(store().write(List.of(stale))).containsExactly(WriteResult.SIGNALLED);
    assertThat(store().write(List.of(known))).containsExactly(WriteResult.APPLIED);
  }

  @Test
  void aParkUnderALostFenceIsLostWhateverTheNumber() {
    Fence fence = started(join(LONG));
    sent(fence, "paid");

    assertThat(write(park(fence.next(), 0))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(park(fence.next(), 1))).isEqualTo(WriteResult.FENCE_LOST);
  }

  @Test
  void parksAreWrittenTogetherEachByItsOwnNumber() {
    NodeId node = join(LONG);
    Fence silent = started(node);
    Fence signalled = started(node);
    Fence known = started(node);
    sent(signalled, "paid");
    sent(known, "paid");

    assertThat(store().write(List.of(park(silent, 0), park(signalled, 0), park(known, 1))))
        .containsExactly(WriteResult.APPLIED, WriteResult.SIGNALLED, WriteResult.APPLIED);
  }

  @Test
  void aSignalThatComesDuringALocalAttemptDoesNotRollItBack() {
    Fence fence = started(join(LONG));
    var isSent = new AtomicBoolean();
    LocalOutcome outcome =
        store()
            .runLocal(
                fence,
                LIMIT,
                tx -> {
                  // the work is done again if its transaction has to be repeated
                  if (!isSent.getAndSet(true)) {
                    sent(fence, "paid");
                  }
                  return new Transition(fence, List.of(row("a", 1)), null, Links.NONE);
                });

    assertThat(outcome).isInstanceOf(LocalOutcome.Committed.class);
    assertThat(load(fence).log()).hasSize(1);
    assertThat(pending(fence)).hasSize(1);
  }

  @Test
  void aLocalAttemptParksWithoutRegardToSignalsOrNotAtAll() {
    Fence fence = started(join(LONG));
    sent(fence, "paid");

    assertThat(store().runLocal(fence, LIMIT, tx -> park(fence, 1)))
        .isInstanceOfSatisfying(
            LocalOutcome.RolledBack.class,
            rolledBack ->
                assertThat(rolledBack.cause())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("change: a park that goes by signals"));
    assertThat(load(fence).log()).isEmpty();

    var park = new SagaChange.Park(HOUR, null, Lane.ORDINARY);
    assertThat(
            store()
                .runLocal(
                    fence,
                    LIMIT,
                    tx -> new Transition(fence, List.of(row("a", 1)), park, Links.NONE)))
        .isInstanceOf(LocalOutcome.Committed.class);
    assertThat(load(fence).saga().owner()).isNull();
  }

  // ---- consumed

  @Test
  void aSignalIsConsumedOnce() {
    Fence fence = started(join(LONG));
    NewSignal signal = sent(fence, "paid");
    assertThat(write(fence, waiting(null))).isEqualTo(WriteResult.APPLIED);
    assertThat(write(consuming(fence, answered(), signal))).isEqualTo(WriteResult.APPLIED);
    assertThat(pending(fence)).isEmpty();
    assertThat(routed(fence)).isOne();

    assertThat(write(consuming(fence, row("b", 2), signal))).isEqualTo(WriteResult.CONFLICT);
    assertThat(load(fence).log()).hasSize(1);
    assertThat(unclaimed()).isEmpty();
  }

  @Test
  void whatIsNotTheSagasCannotBeConsumed() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    NewSignal others = sent(started(node), "paid");
    NewSignal unsent = to(fence, "paid");

    assertThat(write(consuming(fence, row("a", 1), others))).isEqualTo(WriteResult.CONFLICT);
    assertThat(write(consuming(fence, row("a", 1), unsent))).isEqualTo(WriteResult.CONFLICT);
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void aTransitionThatFailsConsumesNothing() {
    Fence fence = started(join(LONG));
    NewSignal first = sent(fence, "paid");
    NewSignal second = sent(fence, "paid");
    write(consuming(fence, row("a", 1), first));

    assertThat(write(consuming(fence, row("b", 2), second, first))).isEqualTo(WriteResult.CONFLICT);
    assertThat(write(consuming(fence, row("b", 2), second, second)))
        .isEqualTo(WriteResult.CONFLICT);
    assertThat(write(consuming(fence, row("a", 2), second))).isEqualTo(WriteResult.CONFLICT);
    assertThat(write(consuming(fence.next(), row("b", 2), second)))
        .isEqualTo(WriteResult.FENCE_LOST);
    assertThat(pending(fence)).containsExactly(second.id());
    assertThat(load(fence).log()).hasSize(1);
  }

  @Test
  void consumingAndParkingIsOneCommit() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    NewSignal first = sent(fence, "paid");
    NewSignal second = sent(fence, "paid");
    var rows = List.of(row("a", 1), row("b", 2));
    var ids = List.of(first.id(), second.id());

    var stale =
        new Transition(
            fence, rows, new SagaChange.Park(HOUR, 1, Lane.ORDINARY), Links.consuming(ids));
    assertThat(write(stale)).isEqualTo(WriteResult.SIGNALLED);
    assertThat(pending(fence)).hasSize(2);
    var known =
        new Transition(
            fence, rows, new SagaChange.Park(HOUR, 2, Lane.ORDINARY), Links.consuming(ids));
    assertThat(write(known)).isEqualTo(WriteResult.APPLIED);
    assertThat(pending(fence)).isEmpty();
    assertThat(load(fence).log()).hasSize(2);
    assertThat(load(fence).saga().owner()).isNull();
    assertThat(claim(node)).isEmpty();
  }

  @Test
  void transitionsThatConsumeAreWrittenTogetherWithPlainOnes() {
    NodeId node = join(LONG);
    Fence plain = started(node);
    Fence consumes = started(node);
    Fence cannot = started(node);
    NewSignal signal = sent(consumes, "paid");

    assertThat(
            store()
                .write(
                    List.of(
                        consuming(plain, row("a", 1)),
                        consuming(consumes, row("a", 1), signal),
                        consuming(cannot, row("a", 1), signal))))
        .containsExactly(WriteResult.APPLIED, WriteResult.APPLIED, WriteResult.CONFLICT);
    assertThat(load(consumes).log()).hasSize(1);
    assertThat(load(cannot).log()).isEmpty();
  }

  @Test
  void aLocalAttemptConsumesInItsOwnCommit() {
    Fence fence = started(join(LONG));
    NewSignal signal = sent(fence, "paid");

    assertThat(store().runLocal(fence, LIMIT, tx -> consuming(fence, row("a", 1), signal)))
        .isInstanceOf(LocalOutcome.Committed.class);
    assertThat(pending(fence)).isEmpty();
    assertThat(store().runLocal(fence, LIMIT, tx -> consuming(fence, row("b", 2), signal)))
        .isInstanceOf(LocalOutcome.FenceLost.class);
    assertThat(load(fence).log()).hasSize(1);
  }

  @Test
  void aTransitionThatConsumesSaysWhere() {
    Fence fence = started(join(LONG));
    var signal = List.of(UUID.randomUUID());
    assertThatThrownBy(() -> new Transition(fence, List.of(), null, Links.consuming(signal)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("rows: none");
  }

  @Test
  void noSignalIsLostBetweenItsCheckAndThePark() throws Exception {
    NodeId node = join(LONG);
    for (int round = 0; round < 20; round++) {
      Fence fence = started(node);
      List<Callable<Object>> both =
          List.of(() -> store().signal(to(fence, "paid")), () -> parkedKnowing(fence));
      List<Object> results = atOnce(both);
      route(10);

      assertThat(results.getFirst()).isEqualTo(SignalResult.ACCEPTED);
      assertThat(routed(fence)).isOne();
      assertThat(pending(fence)).hasSize(1);
      // it sleeps on only if it has seen the signal before
      assertThat(claim(node)).hasSize(results.getLast().equals(0) ? 1 : 0);
    }
  }

  /** Parks a saga by what it reads first, and answers how many signals it knew of. */
  private int parkedKnowing(Fence fence) {
    int known = store().signals(fence.saga()).routed();
    WriteResult result = write(park(fence, known));
    return result == WriteResult.SIGNALLED ? parkedKnowing(fence) : known;
  }

  // ---- decided

  @Test
  void whatIsDecidedIsWhatItsRowSaysLast() {
    Fence fence = started(join(LONG));
    write(fence, decided(LogStatus.WAITING, "express", null));
    write(fence, row("d", 2));
    assertThat(load(fence).log().getFirst().decision()).isEqualTo("express");
    assertThat(load(fence).log().getLast().decision()).isNull();
    write(fence, decided(LogStatus.UNKNOWN, "slow", LogStatus.WAITING));
    assertThat(load(fence).log().getFirst().decision()).isEqualTo("slow");
    write(fence, decided(LogStatus.STARTED, null, LogStatus.UNKNOWN));
    assertThat(load(fence).log().getFirst().decision()).isNull();
    write(fence, decided(LogStatus.FAILED, "express", LogStatus.STARTED));

    assertThat(claimedLog(fence)).isEqualTo("express");
  }

  @Test
  void whatWasDecidedIsForgottenIfAnOperatorsRowSaysSo() {
    Fence fence = started(join(LONG));
    write(fence, decided(LogStatus.UNKNOWN, "ask operator", null));
    List<LogWrite> kept = List.of(decided(LogStatus.FAILED, "ask operator", LogStatus.UNKNOWN));
    List<LogWrite> forgotten = List.of(decided(LogStatus.SKIPPED, null, LogStatus.FAILED));

    assertThat(decisionAfter(fence, kept)).isEqualTo("ask operator");
    assertThat(decisionAfter(fence, forgotten)).isNull();
  }

  private @Nullable String decisionAfter(Fence fence, List<LogWrite> rows) {
    var amendment =
        new Amendment(rows, new SagaChange.Resume(Lane.ORDINARY), null, audit("change"));
    return store()
        .amend(fence.saga(), found -> amendment)
        .orElseThrow()
        .log()
        .getFirst()
        .decision();
  }

  private static LogWrite decided(
      LogStatus status, @Nullable String decision, @Nullable LogStatus before) {
    return new LogWrite(
        "c",
        Direction.ACTION,
        "c",
        1,
        status,
        1,
        0,
        decision,
        null,
        null,
        null,
        before == null ? null : replaced(before, 1));
  }

  private @Nullable String claimedLog(Fence fence) {
    change(fence, new SagaChange.Park(Duration.ZERO, null, Lane.ORDINARY));
    return claim(join(LONG)).getFirst().snapshot().log().getFirst().decision();
  }
}

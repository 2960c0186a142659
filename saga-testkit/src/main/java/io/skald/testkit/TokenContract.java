package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Addressee;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Facts of what is said of a step by token: written where it is heard, and told apart. */
abstract class TokenContract extends SignalContract {

  private SignalResult said(Fence fence, String name) {
    return store().signal(to(fence, name));
  }

  private static LogWrite recorded(LogStatus status, int attempt, int base) {
    Duration due = status.isFinal() ? null : HOUR;
    return new LogWrite(
        "w", Direction.ACTION, "w", 1, status, attempt, base, null, null, null, due, null);
  }

  /** A saga that stands at a step whose budget was last renewed after so many attempts. */
  private Fence standingAt(LogStatus status, int attempt, int base) {
    Fence fence = started(join(LONG));
    write(fence, recorded(status, attempt, base));
    return fence;
  }

  @Test
  void aStepHearsWhatIsSaidOfItUntilItIsOver() {
    assertThat(said(started(join(LONG)), "@w#0")).isEqualTo(SignalResult.ACCEPTED);
    for (LogStatus open : new LogStatus[] {LogStatus.WAITING, LogStatus.RETRYING}) {
      Fence fence = standingAt(open, 1, 0);
      assertThat(said(fence, "~w#0")).isEqualTo(SignalResult.ACCEPTED);
      assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.ACCEPTED);
      assertThat(routed(fence)).isEqualTo(2);
    }
    for (LogStatus over :
        new LogStatus[] {
          LogStatus.SUCCEEDED, LogStatus.FAILED, LogStatus.UNKNOWN, LogStatus.SKIPPED
        }) {
      Fence fence = standingAt(over, 1, 0);
      assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.CLOSED);
      assertThat(said(fence, "~w#0")).isEqualTo(SignalResult.CLOSED);
      assertThat(said(fence, "@w")).isEqualTo(SignalResult.CLOSED);
      assertThat(said(fence, "@other#0")).isEqualTo(SignalResult.ACCEPTED);
      assertThat(routed(fence)).isOne();
    }
  }

  @Test
  void workThatIsHandedOutOnceMoreHearsWhatIsSaidOfItAsItIsNow() {
    for (LogStatus open : new LogStatus[] {LogStatus.WAITING, LogStatus.RETRYING}) {
      Fence fence = standingAt(open, 3, 2);
      assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.CLOSED);
      assertThat(said(fence, "~w#1")).isEqualTo(SignalResult.CLOSED);
      assertThat(said(fence, "@w#2")).isEqualTo(SignalResult.ACCEPTED);
      // a wait is completed by whatever token it ever had
      assertThat(said(fence, "@w")).isEqualTo(SignalResult.ACCEPTED);
    }
  }

  @Test
  void anActionThatFailedHearsWhatIsSaidWhileItIsRetried() {
    Fence fence = standingAt(LogStatus.FAILED, 2, 2);

    assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.CLOSED);
    assertThat(said(fence, "@w#2")).isEqualTo(SignalResult.ACCEPTED);
  }

  @Test
  void aSagaThatCompensatesOrHasEndedOrIsNotThereHearsNothing() {
    Fence compensating = standingAt(LogStatus.WAITING, 1, 0);
    change(compensating, new SagaChange.TurnAround(new SagaError("w", "no", null)));
    Fence stuck = standingAt(LogStatus.UNKNOWN, 1, 0);
    change(stuck, new SagaChange.TurnAround(new SagaError("w", "no", null)));
    change(
        stuck.next(), new SagaChange.Stick(new SagaError("a", "no way back", null), Lane.ORDINARY));
    Fence ended = started(join(LONG));
    write(end(ended));

    assertThat(said(stuck, "@b#0")).isEqualTo(SignalResult.CLOSED);
    assertThat(store().addressee(stuck.saga(), "b").orElseThrow().goesForward()).isFalse();
    assertThat(said(compensating, "@w#0")).isEqualTo(SignalResult.CLOSED);
    assertThat(said(compensating, "~w#0")).isEqualTo(SignalResult.CLOSED);
    assertThat(said(ended, "@w#0")).isEqualTo(SignalResult.CLOSED);
    assertThat(store().signal(to("nobody", "@w#0"))).isEqualTo(SignalResult.CLOSED);
    assertThat(pending(compensating)).isEmpty();
    assertThat(unclaimed()).isEmpty();
  }

  @Test
  void aStuckSagaHearsWhatIsSaid() {
    Fence fence = standingAt(LogStatus.WAITING, 1, 0);
    change(fence, new SagaChange.Stick(new SagaError("a", "no way", null), Lane.ORDINARY));

    assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.ACCEPTED);
    assertThat(pending(fence)).hasSize(1);
  }

  @Test
  void whatIsSaidAgainIsToldFromWhatAnotherSays() {
    Fence fence = standingAt(LogStatus.WAITING, 1, 0);
    NewSignal completion = sent(fence, "@w#0");

    assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.PRECEDED);
    assertThat(store().signal(completion)).isEqualTo(SignalResult.REPEATED);
    LogWrite over =
        new LogWrite(
            "w",
            Direction.ACTION,
            "w",
            1,
            LogStatus.SUCCEEDED,
            1,
            0,
            null,
            "1",
            null,
            null,
            replaced(LogStatus.WAITING, 1));
    write(consuming(fence, over, completion));

    assertThat(store().signal(completion)).isEqualTo(SignalResult.REPEATED);
    assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.CLOSED);
    assertThat(routed(fence)).isOne();
  }

  @Test
  void oneSignOfLifeIsPendingAtMost() {
    Fence fence = standingAt(LogStatus.WAITING, 1, 0);
    NewSignal first = sent(fence, "~w#0");

    assertThat(said(fence, "~w#0")).isEqualTo(SignalResult.PRECEDED);
    assertThat(store().signal(first)).isEqualTo(SignalResult.REPEATED);
    assertThat(pending(fence)).containsExactly(first.id());
    assertThat(routed(fence)).isOne();
  }

  @Test
  void aSignOfLifeThatWasHeardIsNotKept() {
    Fence fence = standingAt(LogStatus.WAITING, 1, 0);
    NewSignal first = sent(fence, "~w#0");
    NewSignal other = sent(fence, "paid");
    LogWrite still =
        new LogWrite(
            "w",
            Direction.ACTION,
            "w",
            1,
            LogStatus.WAITING,
            1,
            0,
            null,
            null,
            null,
            HOUR,
            replaced(LogStatus.WAITING, 1));
    assertThat(write(consuming(fence, still, first))).isEqualTo(WriteResult.APPLIED);

    assertThat(pending(fence)).containsExactly(other.id());
    assertThat(write(consuming(fence, still, first))).isEqualTo(WriteResult.CONFLICT);
    // nothing tells it from one that was never sent
    assertThat(store().signal(first)).isEqualTo(SignalResult.ACCEPTED);
    assertThat(pending(fence)).containsExactlyInAnyOrder(other.id(), first.id());
  }

  @Test
  void whatIsSaidWhenTheTimeIsUpIsHeardBeforeTheStepIsEnded() {
    Fence fence = started(join(LONG));
    write(fence, waiting(Duration.ZERO));
    elapse(Duration.ofMillis(2));
    assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.ACCEPTED);

    LogWrite.Replaced before = replaced(LogStatus.WAITING, 0);
    assertThat(write(fence, row("w", 1, LogStatus.UNKNOWN, 1, before)))
        .isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(fence.next(), row("w", 1, LogStatus.UNKNOWN, 1, before)))
        .isEqualTo(WriteResult.APPLIED);
  }

  @Test
  void whatIsSaidInTimeStopsNothing() {
    Fence fence = standingAt(LogStatus.WAITING, 1, 0);
    assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.ACCEPTED);

    assertThat(write(fence, row("a", 2))).isEqualTo(WriteResult.APPLIED);
  }

  @Test
  void whatIsSaidWakesASagaThatWaits() {
    NodeId node = join(LONG);
    Fence fence = parked(node);
    assertThat(claim(node)).isEmpty();
    assertThat(said(fence, "@w#0")).isEqualTo(SignalResult.ACCEPTED);

    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(fence.saga());
  }

  @Test
  void anAddresseeIsASagaAndWhatIsRecordedOfAStep() {
    Fence fence = standingAt(LogStatus.RETRYING, 3, 2);
    var saga = load(fence).saga();

    Addressee found = store().addressee(fence.saga(), "w").orElseThrow();
    assertThat(found)
        .isEqualTo(
            new Addressee(
                saga.id(),
                ORDER,
                saga.businessKey(),
                saga.tokenKey(),
                true,
                new Addressee.Recorded(LogStatus.RETRYING, 3, 2)));
    assertThat(store().addressee(fence.saga(), "").orElseThrow().step()).isNull();
    assertThat(store().addressee(new SagaId(UUID.randomUUID()), "w")).isEqualTo(Optional.empty());
  }
}

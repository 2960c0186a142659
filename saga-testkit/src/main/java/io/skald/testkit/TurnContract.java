package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Facts of the turns that attempts are given which rates name. */
abstract class TurnContract extends AdmissionContract {
  private static final Duration PACE = Duration.ofSeconds(1);

  private static Demand turn(Duration pace, int burst, Demand.Permit... permits) {
    var turn = new Demand.Turn("rate step a", pace, burst);
    return new Demand(HERE, Demand.ORDINARY, List.of(permits), List.of(turn));
  }

  private Duration notYet(Fence saga, Demand demand) {
    Admission admission = admit(saga, demand);
    assertThat(admission).isInstanceOf(Admission.NotYet.class);
    return ((Admission.NotYet) admission).after();
  }

  @Test
  void aBurstIsAdmittedAtOnceAndThenOneAfterAnotherIsGivenItsTime() {
    NodeId node = join(LONG);
    Demand demand = turn(LONG, 3);

    assertThat(IntStream.range(0, 3).mapToObj(n -> admit(started(node), demand)))
        .containsOnly(ADMITTED);
    Duration first = notYet(started(node), demand);
    Duration second = notYet(started(node), demand);

    assertThat(first).isBetween(LONG.minusSeconds(30), LONG);
    assertThat(second.minus(first)).isBetween(LONG.minusSeconds(30), LONG);
  }

  @Test
  void aTurnThatIsYetToComeIsKeptForWhoHasIt() {
    NodeId node = join(LONG);
    Demand demand = turn(PACE, 1);
    Fence early = started(node);
    admit(started(node), demand);

    Duration first = notYet(early, demand);
    Duration again = notYet(early, demand);
    assertThat(again).isLessThanOrEqualTo(first);
    elapse(again.plusMillis(10));
    assertThat(admit(early, demand)).isEqualTo(ADMITTED);
    assertThat(notYet(started(node), demand)).as("only two turns are used").isLessThan(PACE);
  }

  @Test
  void aTurnIsUsedOnce() {
    NodeId node = join(LONG);
    Fence saga = started(node);

    assertThat(admit(saga, turn(LONG, 1))).isEqualTo(ADMITTED);
    assertThat(notYet(saga, turn(LONG, 1))).as("of another attempt").isPositive();
  }

  @Test
  void aTurnIsGivenUpWithTheAttempt() {
    NodeId node = join(LONG);
    Fence saga = started(node);
    admit(started(node), turn(PACE, 1));
    notYet(saga, turn(PACE, 1));
    var park = new SagaChange.Park(LONG, null);

    assertThat(write(keeping(saga, List.of(), park))).isEqualTo(WriteResult.APPLIED);

    assertThat(store().permits(saga.saga())).isEmpty();
  }

  @Test
  void aTurnThatWasNotUsedInTimeLapses() {
    NodeId node = join(LONG);
    Fence late = started(node);
    admit(started(node), turn(PACE, 1));
    Duration wait = notYet(late, turn(PACE, 1));
    elapse(wait.plus(Duration.ofMillis(2_200)));
    assertThat(admit(started(node), turn(PACE, 1))).isEqualTo(ADMITTED);

    assertThat(notYet(late, turn(PACE, 1))).as("it had its own").isPositive();
  }

  @Test
  void noTurnPassesWhileAPermitIsMissing() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence waiting = started(node);
    admit(holder, one(1));
    queued(waiting, turn(LONG, 1, permit("step a", 1)));

    assertThat(admit(started(node), turn(LONG, 1))).as("the turn is there").isEqualTo(ADMITTED);
  }

  @Test
  void nobodyWaitsBehindWhoHasATurnThatIsYetToCome() {
    NodeId node = join(LONG);
    Fence later = started(node);
    admit(started(node), turn(LONG, 1));
    notYet(later, turn(LONG, 1, permit("step a", 1)));

    assertThat(admit(started(node), one(1))).isEqualTo(ADMITTED);
  }

  @Test
  void whoseTurnHasComeTakesItsPlaceInTheQueue() {
    NodeId node = join(LONG);
    Fence later = started(node);
    Fence holder = started(node);
    Fence last = started(node);
    Demand demand = turn(PACE, 1, permit("step a", 1));
    admit(started(node), turn(PACE, 1));
    Duration wait = notYet(later, demand);
    admit(holder, one(1));
    queued(last, one(1));
    elapse(wait.plusMillis(10));
    queued(later, demand);
    assertThat(write(keeping(holder, List.of(), null))).isEqualTo(WriteResult.APPLIED);

    queued(last, one(1));
    assertThat(admit(later, demand)).isEqualTo(ADMITTED);
  }
}

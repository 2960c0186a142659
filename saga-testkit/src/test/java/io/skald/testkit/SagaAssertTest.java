package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SagaAssertTest {
  private static final SagaView COMPENSATED =
      view(
          SagaStatus.COMPENSATED,
          row("a", Direction.ACTION, LogStatus.SUCCEEDED),
          row("b", Direction.ACTION, LogStatus.SUCCEEDED),
          row("c", Direction.ACTION, LogStatus.FAILED),
          row("b", Direction.COMPENSATION, LogStatus.SUCCEEDED),
          row("a", Direction.COMPENSATION, LogStatus.SUCCEEDED));

  private static final SagaView STUCK =
      view(
          SagaStatus.STUCK,
          row("a", Direction.ACTION, LogStatus.SUCCEEDED),
          row("b", Direction.ACTION, LogStatus.FAILED),
          row("a", Direction.COMPENSATION, LogStatus.FAILED));

  @Test
  void agreesWithWhatHappened() {
    SagaAssert.assertThat(COMPENSATED)
        .hasStatus(SagaStatus.COMPENSATED)
        .isCompensated()
        .ranActionsInOrder("a", "b")
        .ranCompensationsInOrder("b", "a");
    SagaAssert.assertThat(view(SagaStatus.COMPLETED)).isCompleted().ranCompensationsInOrder();
    SagaAssert.assertThat(STUCK).isStuck().isStuckAt("a");
  }

  @Test
  void isStuckWhereBranchesFailedAndNotWhereOneMayStillBeRetried() {
    SagaView stuck =
        view(
            SagaStatus.STUCK,
            row("ship-all", Direction.ACTION, LogStatus.SUCCEEDED),
            row("ship-all/2/ship", Direction.ACTION, LogStatus.FAILED),
            row("ship-all/1/ship", Direction.ACTION, LogStatus.UNKNOWN),
            row("ship-all/3/ship", Direction.ACTION, LogStatus.RETRYING));
    SagaAssert.assertThat(stuck)
        .isStuckAt("ship-all/1/ship")
        .isStuckAt("ship-all/2/ship")
        .ranActionsInOrder("ship-all");
    assertThatThrownBy(() -> SagaAssert.assertThat(stuck).isStuckAt("ship-all/3/ship"))
        .hasMessageContaining("is stuck at step ship-all/2/ship, ship-all/1/ship");
  }

  @Test
  void saysWhereTheSagaStandsInstead() {
    assertThatThrownBy(() -> SagaAssert.assertThat(STUCK).isCompleted())
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expected saga 100% to be COMPLETED but it is STUCK (out of %s); next: a human;"
                + " recorded: [action of a SUCCEEDED (attempt 1), action of b FAILED (attempt 1:"
                + " 5% off), compensation of a FAILED (attempt 1: 5% off)]");
  }

  @Test
  void saysWhereTheSagaIsStuckInstead() {
    assertThatThrownBy(() -> SagaAssert.assertThat(STUCK).isStuckAt("b"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Expected saga 100% to be stuck at step b but it is stuck at step a (out of %s)");
    assertThatThrownBy(() -> SagaAssert.assertThat(view(SagaStatus.STUCK)).isStuckAt("b"))
        .hasMessageContaining("stuck at no step");
    assertThatThrownBy(() -> SagaAssert.assertThat(COMPENSATED).isStuckAt("c"))
        .hasMessageContaining("to be STUCK but it is COMPENSATED");
  }

  @Test
  void tellsOneOrderFromAnother() {
    assertThatThrownBy(() -> SagaAssert.assertThat(COMPENSATED).ranCompensationsInOrder("a", "b"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Expected the compensations [a, b] of saga 100% to have succeeded but those that did"
                + " are [b, a]");
    assertThatThrownBy(() -> SagaAssert.assertThat(COMPENSATED).ranActionsInOrder("a", "b", "c"))
        .hasMessageContaining("those that did are [a, b]");
  }

  private static SagaView view(SagaStatus status, SagaView.StepView... steps) {
    return new SagaView(
        new SagaId(new UUID(0, 1)),
        "order",
        1,
        "100%",
        Map.of(),
        Optional.empty(),
        status,
        Optional.of("out of %s"),
        "a human",
        Optional.empty(),
        Instant.EPOCH,
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        List.of(steps),
        List.of());
  }

  private static SagaView.StepView row(String path, Direction direction, LogStatus status) {
    Optional<String> error = status == LogStatus.FAILED ? Optional.of("5% off") : Optional.empty();
    return new SagaView.StepView(
        path,
        direction,
        status,
        1,
        Optional.empty(),
        Optional.empty(),
        error,
        Instant.EPOCH,
        Optional.empty());
  }
}

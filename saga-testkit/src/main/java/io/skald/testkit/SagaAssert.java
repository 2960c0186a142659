package io.skald.testkit;

import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.util.List;
import org.assertj.core.api.AbstractAssert;

/**
 * What became of a saga: {@code assertThat(view).isCompensated().ranCompensationsInOrder("b",
 * "a")}.
 */
public final class SagaAssert extends AbstractAssert<SagaAssert, SagaView> {
  private SagaAssert(SagaView actual) {
    super(actual, SagaAssert.class);
  }

  /** Assertions about {@code saga}. */
  public static SagaAssert assertThat(SagaView saga) {
    return new SagaAssert(saga);
  }

  /** The saga has that status. */
  public SagaAssert hasStatus(SagaStatus status) {
    isNotNull();
    if (actual.status() != status) {
      failWithMessage(
          "Expected saga %s to be %s but it is %s (%s); next: %s",
          actual.businessKey(),
          status,
          actual.status(),
          actual.reason().orElse("no reason"),
          actual.next());
    }
    return this;
  }

  /** Every step succeeded. */
  public SagaAssert isCompleted() {
    return hasStatus(SagaStatus.COMPLETED);
  }

  /** What was done is compensated. */
  public SagaAssert isCompensated() {
    return hasStatus(SagaStatus.COMPENSATED);
  }

  /** The saga needs a human. */
  public SagaAssert isStuck() {
    return hasStatus(SagaStatus.STUCK);
  }

  /** Exactly these actions succeeded, in this order. */
  public SagaAssert ranActionsInOrder(String... steps) {
    return ran(Direction.ACTION, steps);
  }

  /** Exactly these compensations succeeded, in this order. */
  public SagaAssert ranCompensationsInOrder(String... steps) {
    return ran(Direction.COMPENSATION, steps);
  }

  private SagaAssert ran(Direction direction, String... steps) {
    isNotNull();
    List<String> ran =
        actual.steps().stream()
            .filter(step -> step.direction() == direction)
            .filter(step -> step.status() == LogStatus.SUCCEEDED)
            .map(SagaView.StepView::path)
            .toList();
    if (!ran.equals(List.of(steps))) {
      failWithMessage(
          "Expected %ss %s of saga %s but there are %s",
          direction, List.of(steps), actual.businessKey(), ran);
    }
    return this;
  }
}

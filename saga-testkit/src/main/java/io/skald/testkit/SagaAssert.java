package io.skald.testkit;

import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
          "Expected saga %s to be %s but it is %s (%s); next: %s; recorded: %s",
          actual.businessKey(),
          status,
          actual.status(),
          actual.reason().orElse("no reason"),
          actual.next(),
          recorded());
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

  /** The saga needs a human, and what was last recorded without success is of that step. */
  public SagaAssert isStuckAt(String step) {
    isStuck();
    Optional<String> last =
        actual.steps().stream()
            .filter(row -> row.status() != LogStatus.SUCCEEDED && row.status() != LogStatus.SKIPPED)
            .reduce((earlier, later) -> later)
            .map(SagaView.StepView::path);
    if (!last.equals(Optional.of(step))) {
      failWithMessage(
          "Expected saga %s to be stuck at step %s but it is stuck at %s (%s); recorded: %s",
          actual.businessKey(),
          step,
          last.map(path -> "step " + path).orElse("no step"),
          actual.reason().orElse("no reason"),
          recorded());
    }
    return this;
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
          "Expected the %ss %s of saga %s to have succeeded but those that did are %s; recorded:"
              + " %s",
          direction.name().toLowerCase(Locale.ROOT),
          List.of(steps),
          actual.businessKey(),
          ran,
          recorded());
    }
    return this;
  }

  private List<String> recorded() {
    return actual.steps().stream().map(SagaAssert::words).toList();
  }

  private static String words(SagaView.StepView row) {
    return "%s of %s %s (attempt %d%s)"
        .formatted(
            row.direction().name().toLowerCase(Locale.ROOT),
            row.path(),
            row.status(),
            row.attempt(),
            row.error().map(error -> ": " + error).orElse(""));
  }
}

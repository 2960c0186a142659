package io.skald.testkit;

import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.util.List;
import java.util.Locale;
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

  /**
   * The saga needs a human, and it is this step's last word that is no success. Of branches beside
   * each other several may have failed for good; it is stuck at each of them.
   *
   * @param path the step's name, or its path within a {@code forEach}: {@code ship-all/3/ship}
   */
  public SagaAssert isStuckAt(String path) {
    isStuck();
    List<String> standing = standing();
    if (!standing.contains(path)) {
      failWithMessage(
          "Expected saga %s to be stuck at step %s but it is stuck at %s (%s); recorded: %s",
          actual.businessKey(),
          path,
          standing.isEmpty() ? "no step" : "step " + String.join(", ", standing),
          actual.reason().orElse("no reason"),
          recorded());
    }
    return this;
  }

  /** Where the saga stands: where steps failed for good, or else where one has not succeeded. */
  private List<String> standing() {
    List<SagaView.StepView> open =
        actual.steps().stream()
            .filter(row -> row.status() != LogStatus.SUCCEEDED && row.status() != LogStatus.SKIPPED)
            .toList();
    if (open.isEmpty()) {
      return List.of();
    }
    SagaView.StepView last = open.getLast();
    List<String> failed =
        open.stream()
            .filter(row -> row.direction() == last.direction() && row.status().isFinal())
            .map(SagaView.StepView::path)
            .toList();
    return failed.isEmpty() ? List.of(last.path()) : failed;
  }

  /**
   * Exactly these actions succeeded, in this order of completion.
   *
   * @param paths the steps' names, or their paths within a {@code forEach}; a choice and a {@code
   *     forEach} count when they have decided, a wait when it is over, a group and a sequence never
   */
  public SagaAssert ranActionsInOrder(String... paths) {
    return ran(Direction.ACTION, paths);
  }

  /**
   * Exactly these compensations succeeded, in this order of completion.
   *
   * @param paths the steps' names, or their paths within a {@code forEach}
   */
  public SagaAssert ranCompensationsInOrder(String... paths) {
    return ran(Direction.COMPENSATION, paths);
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

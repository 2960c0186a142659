package io.skald.samples.order;

import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaTimeline;
import io.skald.saga.view.SagaView;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A saga as {@code GET /saga/status} answers it: what happened, what is next, and when.
 *
 * @param key the order
 * @param saga the definition and its version
 * @param id the saga
 * @param status where it stands
 * @param reason why it compensates or is stuck
 * @param startedAt when it was started
 * @param happened what is recorded, in that order
 * @param next what happens next, in plain words
 * @param nextAt when that is due; absent for "now" and for "never by itself"
 * @param finishedAt when it ended
 * @param timeline the same as text for people, line by line
 */
record SagaReport(
    String key,
    String saga,
    String id,
    SagaStatus status,
    Optional<String> reason,
    Instant startedAt,
    List<Happened> happened,
    String next,
    Optional<Instant> nextAt,
    Optional<Instant> finishedAt,
    List<String> timeline) {
  SagaReport {
    happened = List.copyOf(happened);
    timeline = List.copyOf(timeline);
  }

  /**
   * What is recorded of one step in one direction.
   *
   * @param step the step
   * @param direction which {@link Direction} of the step
   * @param status what became of it
   * @param attempts how many attempts were made
   * @param lastError what the last attempt that failed said
   * @param firstAt when it was first recorded
   * @param finishedAt when nothing more was to follow
   */
  record Happened(
      String step,
      Direction direction,
      LogStatus status,
      int attempts,
      Optional<String> lastError,
      Instant firstAt,
      Optional<Instant> finishedAt) {}

  static SagaReport of(SagaView view) {
    return new SagaReport(
        view.businessKey(),
        view.definition() + " v" + view.version(),
        view.id().toString(),
        view.status(),
        view.reason(),
        view.createdAt(),
        view.steps().stream().map(SagaReport::happened).toList(),
        view.next(),
        view.nextAt(),
        view.finishedAt(),
        SagaTimeline.of(view).lines());
  }

  private static Happened happened(SagaView.StepView step) {
    return new Happened(
        step.path(),
        step.direction(),
        step.status(),
        step.attempt(),
        step.error(),
        step.createdAt(),
        step.finishedAt());
  }
}

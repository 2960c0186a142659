package io.skald.saga;

import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.time.Duration;
import java.util.List;

/** Refuses deadlines that never hold, and those that every saga misses. */
final class DeadlineCheck {
  private final DefinitionDraft<?> draft;
  private final Duration deadline;
  private final Duration kept;

  private DeadlineCheck(DefinitionDraft<?> draft, Duration deadline) {
    this.draft = draft;
    this.deadline = deadline;
    this.kept = draft.limit().kept();
  }

  static void check(DefinitionDraft<?> draft, List<PlacedStep> all) {
    TimeLimit limit = draft.limit();
    if (limit.deadline() != null) {
      new DeadlineCheck(draft, limit.deadline()).check(all);
    } else if (!limit.kept().isZero()) {
      throw refused(
          draft,
          "keeps %s for compensation, of no deadline; add deadline(..), or drop"
                  .formatted(limit.kept())
              + " keptForCompensation(..)");
    } else if (limit.pivotOnlyInTime()) {
      throw refused(
          draft,
          "begins its pivot only in time, of no deadline; add deadline(..), or drop"
              + " pivotOnlyInTime()");
    }
  }

  private void check(List<PlacedStep> all) {
    if (kept.compareTo(deadline) >= 0) {
      throw refused(
          draft,
          ("keeps %s of its deadline of %s for compensation, and every saga is compensated;"
                  + " shorten keptForCompensation(..), or lengthen deadline(..)")
              .formatted(kept, deadline));
    }
    checkArmed();
    checkPivot();
    checkDelays();
    checkFallbacks(all);
  }

  private void checkArmed() {
    PlacedStep first = draft.steps().getFirst();
    if (first.position() == Position.PIVOT) {
      throw refused(
          first.plan(),
          "is the pivot and the first step, and a deadline holds only until the pivot begins; drop"
              + " deadline(..), or bound the step with timeout(..) and retry(..)");
    }
  }

  private void checkPivot() {
    if (draft.limit().pivotOnlyInTime()
        && draft.steps().stream().noneMatch(step -> step.position() == Position.PIVOT)) {
      throw refused(
          draft,
          "begins its pivot only in time, and has none; add pivot(..), or drop pivotOnlyInTime()");
    }
  }

  private void checkDelays() {
    Duration least = Duration.ZERO;
    for (PlacedStep step : draft.steps()) {
      least = least.plus(Waiting.atLeast(step.plan()));
      if (step.position() == Position.COMPENSATABLE && isTooLong(least)) {
        throw refused(
            step.plan(),
            ("ends when %s has passed, so that every saga is compensated; shorten the delays up to"
                    + " there, or lengthen deadline(..)")
                .formatted(limit()));
      }
    }
  }

  private void checkFallbacks(List<PlacedStep> all) {
    for (PlacedStep step : all) {
      if (step.position() == Position.COMPENSATABLE
          && step.plan() instanceof AwaitPlan await
          && await.silence() instanceof AwaitPlan.Silence.Yields
          && isTooLong(await.within())) {
        throw refused(
            await,
            ("waits for %s before it goes on without a signal, and %s compensates the saga first;"
                    + " shorten within(..), or lengthen deadline(..)")
                .formatted(await.within(), limit()));
      }
    }
  }

  private boolean isTooLong(Duration duration) {
    return duration.compareTo(deadline.minus(kept)) >= 0;
  }

  private String limit() {
    return "the deadline of "
        + deadline
        + (kept.isZero() ? "" : " less the " + kept + " kept for compensation");
  }

  private SagaDefinitionException refused(StepPlan plan, String why) {
    return new SagaDefinitionException(
        "saga %s: step %s %s".formatted(draft.name(), plan.name(), why), draft.name(), plan.name());
  }

  private static SagaDefinitionException refused(DefinitionDraft<?> draft, String why) {
    return new SagaDefinitionException(
        "saga %s %s".formatted(draft.name(), why), draft.name(), null);
  }
}

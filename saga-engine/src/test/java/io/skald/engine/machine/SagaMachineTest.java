package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Single decisions, named: where cancel and deadline hold, what waits for what, what comes last.
 */
class SagaMachineTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Sequence ORDER =
      Sequence.of(StepKind.LOCAL, StepKind.REMOTE, StepKind.PIVOT_IF_UNKNOWN, StepKind.TAIL_REMOTE);
  private static final Sequence UNPIVOTED = Sequence.of(StepKind.LOCAL, StepKind.REMOTE);

  @ParameterizedTest(name = "after {0} steps passed: {1}")
  @CsvSource({"0, true", "1, true", "2, false", "3, false"})
  void holdsTheDeadlineUntilThePivotIsReached(int passed, boolean isArmed) {
    SagaState state = passed(passed, NOW);

    assertThat(decide(ORDER, state, NOW) instanceof Decision.TurnAround).isEqualTo(isArmed);
    assertThat(SagaMachine.isPivotReached(ORDER.definition(), state)).isEqualTo(!isArmed);
  }

  @ParameterizedTest(name = "after {0} steps passed: {1}")
  @CsvSource({"0, true", "1, true", "2, true", "3, false"})
  void holdsACancelThatWasAcceptedUntilThePivotHasBegun(int passed, boolean isHeld) {
    SagaState cancelled = passed(passed, NOW).evolve(new Event.CancelRequested());

    assertThat(decide(ORDER, cancelled, NOW.minusNanos(1)) instanceof Decision.TurnAround)
        .as("it was accepted before the pivot was reached, while a step was under way")
        .isEqualTo(isHeld);
  }

  @ParameterizedTest(name = "after {0} steps passed: {1}")
  @CsvSource({"0, false", "1, false", "2, false", "3, true", "4, true"})
  void goesOneWayOnlyOnceItsPivotHasPassedOrItTurnsAround(int passed, boolean isBeyond) {
    SagaState state = passed(passed, NOW);

    assertThat(SagaMachine.isOneWay(ORDER.definition(), state)).isEqualTo(isBeyond);
    assertThat(SagaMachine.isOneWay(ORDER.definition(), state.evolve(new Event.TurnedAround())))
        .isTrue();
    assertThat(SagaMachine.isOneWay(ORDER.definition(), state.evolve(new Event.CancelRequested())))
        .isTrue();
  }

  @Test
  void goesOneWayOnlyOnceAllItsStepsHavePassedWithoutAPivot() {
    assertThat(SagaMachine.isOneWay(UNPIVOTED.definition(), passed(1, NOW))).isFalse();
    assertThat(SagaMachine.isOneWay(UNPIVOTED.definition(), passed(2, NOW))).isTrue();
  }

  @ParameterizedTest(name = "a pivot that is {0}")
  @EnumSource(
      value = LogStatus.class,
      names = {"STARTED", "RETRYING"})
  void settlesAPivotInFlightBeforeAnythingElse(LogStatus status) {
    SagaState state =
        with(passed(2, NOW), 2, Direction.ACTION, status, 1, NOW)
            .evolve(new Event.CancelRequested());

    assertThat(decide(ORDER, state, NOW.plus(Duration.ofDays(1)))).isInstanceOf(Decision.Act.class);
  }

  @Test
  void completesALateSagaWithoutAPivotWhoseStepsAllSucceeded() {
    assertThat(decide(UNPIVOTED, passed(2, NOW), NOW)).isEqualTo(new Decision.Complete());
  }

  @Test
  void honoursACancelOfASagaWithoutAPivotEvenAfterItsLastStep() {
    SagaState state = passed(2, null).evolve(new Event.CancelRequested());

    assertThat(decide(UNPIVOTED, state, NOW))
        .isEqualTo(new Decision.TurnAround("s1", "cancelled", List.of()));
  }

  @Test
  void cancelIsNamedBeforeTheDeadlineWhenBothHold() {
    SagaState state = passed(0, NOW).evolve(new Event.CancelRequested());

    assertThat(decide(ORDER, state, NOW))
        .isEqualTo(new Decision.TurnAround("s0", "cancelled", List.of()));
  }

  @ParameterizedTest(name = "{0} that is {1}: {2}")
  @CsvSource({
    "LOCAL, RETRYING, FAILED",
    "REMOTE, RETRYING, UNKNOWN",
    "REMOTE_VERIFIED, RETRYING, UNKNOWN",
    "REMOTE_ONCE, STARTED, UNKNOWN"
  })
  void closesTheRowOfTheStepItTurnsAroundAt(StepKind kind, LogStatus open, LogStatus closed) {
    Sequence sequence = Sequence.of(kind);
    SagaState state =
        with(SagaState.started(null), 0, Direction.ACTION, open, 3, NOW)
            .evolve(new Event.CancelRequested());
    var entry = new Entry("s0", Direction.ACTION, 1, closed, 3, 0, null, null);

    assertThat(decide(sequence, state, NOW))
        .isEqualTo(new Decision.TurnAround("s0", "cancelled", List.of(entry)));
  }

  @Test
  void givesUpWhatIsOpenInBothDirections() {
    SagaState state = with(passed(1, null), 1, Direction.ACTION, LogStatus.RETRYING, 2, NOW);
    SagaState backward = with(state, 0, Direction.COMPENSATION, LogStatus.RETRYING, 4, NOW);
    var action = new Entry("s1", Direction.ACTION, 2, LogStatus.UNKNOWN, 2, 0, null, null);
    var compensation =
        new Entry("s0", Direction.COMPENSATION, 3, LogStatus.FAILED, 4, 0, null, null);

    assertThat(LooseEnds.of(ORDER.definition()::step, backward))
        .containsExactly(action, compensation);
    assertThat(LooseEnds.of(path -> Optional.empty(), backward))
        .as("without the definition nobody can tell")
        .containsExactly(action, compensation);
  }

  @Test
  void waitsForTheNextAttemptOrTheDeadlineWhicheverIsFirst() {
    Instant retryAt = NOW.plusSeconds(10);

    assertThat(decide(ORDER, retrying(1, retryAt, null), NOW))
        .isEqualTo(new Decision.Wait(retryAt));
    assertThat(decide(ORDER, retrying(1, retryAt, NOW.plusSeconds(5)), NOW))
        .isEqualTo(new Decision.Wait(NOW.plusSeconds(5)));
    assertThat(decide(ORDER, retrying(1, retryAt, NOW.plusSeconds(15)), NOW))
        .isEqualTo(new Decision.Wait(retryAt));
    assertThat(decide(ORDER, retrying(2, retryAt, NOW.plusSeconds(5)), NOW))
        .as("disarmed at the pivot")
        .isEqualTo(new Decision.Wait(retryAt));
  }

  @Test
  void neverActsBeforeAnAttemptIsDue() {
    assertThat(decide(ORDER, retrying(1, NOW, null), NOW.minusNanos(1)))
        .isEqualTo(new Decision.Wait(NOW));
    assertThat(decide(ORDER, retrying(1, NOW, null), NOW)).isInstanceOf(Decision.Act.class);
  }

  @Test
  void callsNothingOffOnceItCompensates() {
    SagaState state =
        passed(1, NOW).evolve(new Event.CancelRequested()).evolve(new Event.TurnedAround());

    assertThat(decide(ORDER, state, NOW.plusSeconds(1)))
        .isEqualTo(new Decision.Compensate(step(ORDER, 0), 1));
  }

  @Test
  void seesWhatALostOwnerMayHaveDoneThoughTheSagaWasCalledOffSince() {
    SagaState state = passed(1, NOW).evolve(new Event.CancelRequested());
    Instant late = NOW.plusSeconds(60);

    assertThat(decide(ORDER, state, late)).isInstanceOf(Decision.TurnAround.class);
    assertThat(SagaMachine.underWay(ORDER.definition(), state, late))
        .containsExactly(new Decision.Act(step(ORDER, 1), 1, Decision.Mode.CALL));
  }

  @ParameterizedTest
  @EnumSource(
      value = SagaStatus.class,
      names = {"COMPLETED", "COMPENSATED", "STUCK", "RESOLVED"})
  void restsOnceItHasEndedOrIsStuck(SagaStatus status) {
    SagaState state = passed(1, NOW).evolve(new Event.Halted(status));

    assertThat(decide(ORDER, state, NOW)).isEqualTo(new Decision.Rest());
    assertThat(SagaMachine.underWay(ORDER.definition(), state, NOW)).isEmpty();
  }

  @Test
  void goesOnInTheDirectionItHadWhenItIsSetInMotionAgain() {
    SagaState forward = passed(1, null);
    SagaState backward = forward.evolve(new Event.TurnedAround());
    var stuck = new Event.Halted(SagaStatus.STUCK);
    var resumed = new Event.Resumed();

    assertThat(forward.evolve(stuck).evolve(resumed).status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(backward.evolve(stuck).evolve(resumed).status()).isEqualTo(SagaStatus.COMPENSATING);
  }

  @Test
  void compensatesInTheReverseOrderOfCompletionNotOfTheDefinition() {
    SagaState state =
        with(SagaState.started(null), 1, Direction.ACTION, LogStatus.SUCCEEDED, 1, null);
    state = with(state, 0, Direction.ACTION, LogStatus.SUCCEEDED, 1, null);

    assertThat(decide(ORDER, state.evolve(new Event.TurnedAround()), NOW))
        .isEqualTo(new Decision.Compensate(step(ORDER, 0), 1));
  }

  @Test
  void leavesASkippedStepAloneWhenItCompensates() {
    SagaState state =
        with(passed(1, null), 1, Direction.ACTION, LogStatus.SKIPPED, 2, null)
            .evolve(new Event.TurnedAround());

    assertThat(decide(ORDER, state, NOW)).isEqualTo(new Decision.Compensate(step(ORDER, 0), 1));
  }

  @ParameterizedTest(name = "{0} of {1} attempts before the budget was renewed")
  @CsvSource({"3, 3, true", "3, 2, false", "3, 0, false"})
  void callsAFailedStepAfterThePivotAgainOnlyIfAnOperatorSaysSo(
      int attempts, int base, boolean isCalled) {
    SagaState state =
        passed(3, null)
            .evolve(
                new Event.Recorded(
                    new Entry(
                        "s3", Direction.ACTION, 4, LogStatus.FAILED, attempts, base, null, null)));

    assertThat(decide(ORDER, state, NOW))
        .isEqualTo(
            isCalled
                ? new Decision.Act(step(ORDER, 3), attempts + 1, Decision.Mode.CALL)
                : new Decision.Stick("s3", "a step after the pivot cannot succeed"));
  }

  @Test
  void asksNobodyAboutAStepThatIsKnownToHaveFailed() {
    Sequence verified = Sequence.of(StepKind.PIVOT_LOCAL, StepKind.TAIL_VERIFIED);
    SagaState passed =
        with(SagaState.started(null), 0, Direction.ACTION, LogStatus.SUCCEEDED, 1, null);
    var failed = new Entry("s1", Direction.ACTION, 2, LogStatus.FAILED, 1, 1, null, null);
    var unknown = new Entry("s1", Direction.ACTION, 2, LogStatus.RETRYING, 1, 1, NOW, null);

    assertThat(decide(verified, passed.evolve(new Event.Recorded(failed)), NOW))
        .isEqualTo(new Decision.Act(step(verified, 1), 2, Decision.Mode.CALL));
    assertThat(decide(verified, passed.evolve(new Event.Recorded(unknown)), NOW))
        .isEqualTo(new Decision.Act(step(verified, 1), 2, Decision.Mode.VERIFY_THEN_CALL));
  }

  @Test
  void makesOneLastAttemptOfALocalStepWhosePolicyWasShortenedSince() {
    Sequence local = Sequence.of(StepKind.LOCAL);
    SagaState state =
        with(SagaState.started(null), 0, Direction.ACTION, LogStatus.RETRYING, 4, NOW);

    assertThat(decide(local, state, NOW))
        .isEqualTo(new Decision.Act(step(local, 0), 5, Decision.Mode.CALL));
  }

  @Test
  void asksOnlyAfterARemoteStepWhosePolicyWasShortenedSince() {
    Sequence remote = Sequence.of(StepKind.REMOTE);
    SagaState state =
        with(SagaState.started(null), 0, Direction.ACTION, LogStatus.RETRYING, 4, NOW);

    assertThat(decide(remote, state, NOW))
        .isEqualTo(new Decision.Act(step(remote, 0), 4, Decision.Mode.VERIFY_ONLY));
  }

  private static SagaState passed(int steps, @Nullable Instant deadline) {
    SagaState state = SagaState.started(deadline);
    for (int at = 0; at < steps; at++) {
      state = with(state, at, Direction.ACTION, LogStatus.SUCCEEDED, 1, null);
    }
    return state;
  }

  private static SagaState retrying(int at, Instant retryAt, @Nullable Instant deadline) {
    return with(passed(at, deadline), at, Direction.ACTION, LogStatus.RETRYING, 1, retryAt);
  }

  private static SagaState with(
      SagaState state,
      int at,
      Direction direction,
      LogStatus status,
      int attempt,
      @Nullable Instant retryAt) {
    return state.evolve(
        new Event.Recorded(
            new Entry("s" + at, direction, state.nextSeq(), status, attempt, 0, retryAt, null)));
  }

  private static Decision decide(Sequence sequence, SagaState state, Instant now) {
    SagaDefinition<?, ?> definition = sequence.definition();
    return SagaMachine.decide(definition, state, now);
  }

  private static PlacedStep step(Sequence sequence, int at) {
    return sequence.definition().steps().get(at);
  }
}

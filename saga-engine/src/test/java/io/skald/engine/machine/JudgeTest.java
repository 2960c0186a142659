package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Step;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of what UNKNOWN means, row by row. */
class JudgeTest {
  private static final Retry THRICE = Retry.exponential(Duration.ofSeconds(1)).attemptsMax(3);

  private enum Way {
    LOCAL,
    REMOTE,
    VERIFIED,
    ONCE,
    ONCE_VERIFIED,
    ASYNC
  }

  private enum End {
    SUCCEEDED,
    PERMANENT,
    HOPELESS,
    UNANSWERED,
    DISPROVED,
    UNVERIFIED
  }

  @ParameterizedTest(name = "{0} attempt {1}: {2} -> {3}")
  @CsvSource({
    // a local attempt either committed or did not happen
    "LOCAL, 1, SUCCEEDED, SUCCEEDED",
    "LOCAL, 1, PERMANENT, FAILED",
    "LOCAL, 2, PERMANENT, FAILED",
    "LOCAL, 1, HOPELESS, FAILED",
    "LOCAL, 2, HOPELESS, FAILED",
    "LOCAL, 1, UNANSWERED, RETRYING",
    "LOCAL, 2, UNANSWERED, RETRYING",
    "LOCAL, 3, UNANSWERED, FAILED",
    // a permanent failure proves that nothing happened only if no attempt before ended unanswered
    "REMOTE, 1, SUCCEEDED, SUCCEEDED",
    "REMOTE, 1, PERMANENT, FAILED",
    "REMOTE, 2, PERMANENT, UNKNOWN",
    "REMOTE, 3, PERMANENT, UNKNOWN",
    "REMOTE, 3, SUCCEEDED, SUCCEEDED",
    // every other end leaves it open, and without an answer it stays open
    "REMOTE, 1, UNANSWERED, RETRYING",
    "REMOTE, 2, UNANSWERED, RETRYING",
    "REMOTE, 3, UNANSWERED, UNKNOWN",
    "REMOTE, 3, UNVERIFIED, UNKNOWN",
    // a verification is asked once more after the last attempt, and what it says settles it
    "VERIFIED, 1, PERMANENT, FAILED",
    "VERIFIED, 2, PERMANENT, UNKNOWN",
    "VERIFIED, 2, UNANSWERED, RETRYING",
    "VERIFIED, 3, UNANSWERED, RETRYING",
    "VERIFIED, 2, DISPROVED, FAILED",
    "VERIFIED, 3, DISPROVED, FAILED",
    "VERIFIED, 3, UNVERIFIED, UNKNOWN",
    "VERIFIED, 3, SUCCEEDED, SUCCEEDED",
    // what is called at most once is unknown after its one attempt
    "ONCE, 1, SUCCEEDED, SUCCEEDED",
    "ONCE, 1, PERMANENT, FAILED",
    "ONCE, 1, UNANSWERED, UNKNOWN",
    "ONCE, 1, UNVERIFIED, UNKNOWN",
    "ONCE_VERIFIED, 1, UNANSWERED, RETRYING",
    "ONCE_VERIFIED, 1, DISPROVED, FAILED",
    "ONCE_VERIFIED, 1, UNVERIFIED, UNKNOWN",
    // what is in somebody's hands, or may be, is waited for, however the last hand-out ended
    "ASYNC, 1, SUCCEEDED, WAITING",
    "ASYNC, 3, SUCCEEDED, WAITING",
    "ASYNC, 1, PERMANENT, FAILED",
    "ASYNC, 1, UNANSWERED, RETRYING",
    "ASYNC, 2, PERMANENT, WAITING",
    "ASYNC, 3, UNANSWERED, WAITING",
    "ASYNC, 3, PERMANENT, WAITING",
    "ASYNC, 3, UNVERIFIED, WAITING"
  })
  void saysWhatAnAttemptOfAnActionLeaves(Way way, int attempt, End end, LogStatus expected) {
    for (Position position : Position.values()) {
      assertThat(judge(placed(way, position), Direction.ACTION, attempt, end))
          .as(position.name())
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest(name = "{0} that is {1} and was tried again by an operator: {2} -> {3}")
  @CsvSource({
    // what failed certainly did not happen, so the refusal after it proves as much
    "REMOTE, FAILED, PERMANENT, FAILED",
    "VERIFIED, FAILED, PERMANENT, FAILED",
    "LOCAL, FAILED, PERMANENT, FAILED",
    "REMOTE, FAILED, UNANSWERED, RETRYING",
    "REMOTE, FAILED, SUCCEEDED, SUCCEEDED",
    // what was unknown stays so, whatever a later attempt is told
    "REMOTE, UNKNOWN, PERMANENT, UNKNOWN",
    "REMOTE, RETRYING, PERMANENT, UNKNOWN",
    "VERIFIED, RETRYING, PERMANENT, UNKNOWN",
    "VERIFIED, RETRYING, DISPROVED, FAILED",
    "REMOTE, RETRYING, SUCCEEDED, SUCCEEDED",
    // the intent of a call at most once has replaced what was recorded before it
    "ONCE, STARTED, PERMANENT, UNKNOWN"
  })
  void saysWhatAnAttemptLeavesThatAnOperatorAskedFor(
      Way way, LogStatus before, End end, LogStatus expected) {
    var attempt = before == LogStatus.STARTED ? 4 : 3;
    var renewed = new Entry("s", Direction.ACTION, 1, before, attempt, 3, null, null);

    for (Position position : Position.values()) {
      var attempted =
          new Attempted(placed(way, position), Direction.ACTION, 4, Optional.of(renewed));
      assertThat(Judge.judge(attempted, end(end), 0.5).status())
          .as(position.name())
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest(name = "attempt {0}: {1} -> {2}")
  @CsvSource({
    "1, SUCCEEDED, SUCCEEDED",
    "3, SUCCEEDED, SUCCEEDED",
    "1, PERMANENT, FAILED",
    "2, PERMANENT, FAILED",
    "1, UNANSWERED, RETRYING",
    "2, UNANSWERED, RETRYING",
    "3, UNANSWERED, FAILED"
  })
  void saysWhatAnAttemptOfACompensationLeaves(int attempt, End end, LogStatus expected) {
    var remote = remote().compensation((in, done, call) -> {}).compensationRetry(THRICE);
    var local = local().compensation((in, done, tx) -> {}).compensationRetry(THRICE);
    var async = async().compensation((in, done, call) -> {}).compensationRetry(THRICE);

    for (var step : new Step<?, ?>[] {remote, local, async}) {
      var placed = PlacedStep.of(step.plan(), Position.COMPENSATABLE);
      assertThat(judge(placed, Direction.COMPENSATION, attempt, end)).isEqualTo(expected);
    }
  }

  @ParameterizedTest(name = "{0}: attempt {1}")
  @CsvSource({
    "COMPENSATABLE, 4, RETRYING",
    "COMPENSATABLE, 5, UNKNOWN",
    "PIVOT, 4, RETRYING",
    "PIVOT, 5, UNKNOWN",
    "RETRIABLE, 5, RETRYING",
    "RETRIABLE, 1000000, RETRYING"
  })
  void givesAnActionTheBudgetOfItsPlace(Position position, int attempt, LogStatus expected) {
    assertThat(
            judge(
                PlacedStep.of(remote().plan(), position),
                Direction.ACTION,
                attempt,
                End.UNANSWERED))
        .isEqualTo(expected);
  }

  @Test
  void retriesACompensationWithoutEndUnlessABudgetWasAskedFor() {
    var step = local().compensation((in, done, tx) -> {});
    var placed = PlacedStep.of(step.plan(), Position.COMPENSATABLE);

    assertThat(judge(placed, Direction.COMPENSATION, 1_000_000, End.UNANSWERED))
        .isEqualTo(LogStatus.RETRYING);
  }

  @Test
  void countsTheBudgetFromItsLastRenewalAndTheAttemptsFromTheFirst() {
    PlacedStep step = placed(Way.REMOTE, Position.RETRIABLE);
    var unanswered = new AttemptEnd.Unanswered("?");

    assertThat(Judge.judge(renewedAt(3, step, 5), unanswered, 0).status())
        .isEqualTo(LogStatus.RETRYING);
    assertThat(Judge.judge(renewedAt(3, step, 6), unanswered, 0).status())
        .isEqualTo(LogStatus.UNKNOWN);
  }

  @ParameterizedTest(name = "attempt {0}, random {1}: {2}")
  @CsvSource({
    "1, 0.0, PT0.5S",
    "1, 0.5, PT0.75S",
    "2, 0.0, PT1S",
    "2, 0.999999999, PT1.999999999S"
  })
  void spacesAttemptsByTheStepsPolicy(int attempt, double random, Duration expected) {
    var unanswered = new AttemptEnd.Unanswered("?");
    var action = placed(Way.REMOTE, Position.COMPENSATABLE);
    var compensated = local().compensation((in, d, tx) -> {}).compensationRetry(THRICE);
    var compensation = PlacedStep.of(compensated.plan(), Position.COMPENSATABLE);

    assertThat(Judge.judge(attempted(action, Direction.ACTION, attempt), unanswered, random))
        .isEqualTo(new Verdict(LogStatus.RETRYING, expected));
    assertThat(
            Judge.judge(
                attempted(compensation, Direction.COMPENSATION, attempt), unanswered, random))
        .isEqualTo(new Verdict(LogStatus.RETRYING, expected));
  }

  @Test
  void waitsForWhatIsHandedOutUntilASignOfLifeIsDueOrItsTimeIsUp() {
    var hour = Duration.ofHours(1);
    AsyncStep<String, Done> handedOut = async().retry(Retry.never()).within(hour);

    for (End end : List.of(End.SUCCEEDED, End.UNANSWERED)) {
      assertThat(waitAfter(handedOut, end)).isEqualTo(hour);
      assertThat(waitAfter(handedOut.heartbeatWithin(Duration.ofMinutes(1)), end))
          .isEqualTo(Duration.ofMinutes(1));
      assertThat(waitAfter(handedOut.heartbeatWithin(Duration.ofHours(2)), end)).isEqualTo(hour);
    }
  }

  private static @Nullable Duration waitAfter(AsyncStep<String, Done> handedOut, End end) {
    var placed = PlacedStep.of(handedOut.plan(), Position.COMPENSATABLE);
    return Judge.judge(attempted(placed, Direction.ACTION, 1), end(end), 0).retryAfter();
  }

  @ParameterizedTest(name = "{0} left: {1}")
  @CsvSource({"PT1H, PT1M", "PT10S, PT10S", "PT0S, PT0S", "PT-1S, PT0S"})
  void signsOfLifeGiveNoMoreTimeThanIsLeft(Duration left, Duration wait) {
    StepPlan plan = async().heartbeatWithin(Duration.ofMinutes(1)).plan();
    var async = (ActionPlan.Async) ((TaskPlan) plan).action();

    assertThat(Judge.waiting(async, left)).isEqualTo(new Verdict(LogStatus.WAITING, wait));
  }

  @Test
  void refusesAVerdictWithoutTheDelayThatBelongsToIt() {
    assertThatThrownBy(() -> new Verdict(LogStatus.RETRYING, null))
        .hasMessage("retryAfter: null with RETRYING");
    assertThatThrownBy(() -> new Verdict(LogStatus.FAILED, Duration.ZERO))
        .hasMessage("retryAfter: PT0S with FAILED");
  }

  private static LogStatus judge(PlacedStep step, Direction direction, int attempt, End end) {
    return Judge.judge(attempted(step, direction, attempt), end(end), 0.5).status();
  }

  /** An attempt of a step that goes on by itself: those before it were not answered. */
  private static Attempted attempted(PlacedStep step, Direction direction, int number) {
    var before = new Entry("s", direction, 1, LogStatus.RETRYING, number - 1, 0, null, null);
    return new Attempted(
        step, direction, number, number == 1 ? Optional.empty() : Optional.of(before));
  }

  private static Attempted renewedAt(int base, PlacedStep step, int number) {
    var before =
        new Entry("s", Direction.ACTION, 1, LogStatus.RETRYING, number - 1, base, null, null);
    return new Attempted(step, Direction.ACTION, number, Optional.of(before));
  }

  private static AttemptEnd end(End end) {
    return switch (end) {
      case SUCCEEDED -> new AttemptEnd.Succeeded();
      case PERMANENT -> new AttemptEnd.Permanent("out of stock");
      case HOPELESS -> new AttemptEnd.Hopeless("too large");
      case UNANSWERED -> new AttemptEnd.Unanswered("timed out");
      case DISPROVED -> new AttemptEnd.Disproved("no such payment");
      case UNVERIFIED -> new AttemptEnd.Unverified();
    };
  }

  private static PlacedStep placed(Way way, Position position) {
    Step<String, Done> step =
        switch (way) {
          case LOCAL -> local().retry(THRICE);
          case REMOTE -> remote().retry(THRICE);
          case VERIFIED -> remote().retry(THRICE).verify((in, call) -> Outcome.unknown());
          case ONCE -> remote().atMostOnce();
          case ONCE_VERIFIED -> remote().atMostOnce().verify((in, call) -> Outcome.unknown());
          case ASYNC -> async().retry(THRICE);
        };
    return PlacedStep.of(step.plan(), position);
  }

  private static AsyncStep<String, Done> async() {
    return Step.named("async", String.class).async(Done.class, (in, call) -> {});
  }

  private static LocalStep<String, Done> local() {
    return Step.named("local", String.class).local((in, tx) -> {});
  }

  private static RemoteStep<String, Done> remote() {
    return Step.named("remote", String.class).remote((in, call) -> {});
  }
}

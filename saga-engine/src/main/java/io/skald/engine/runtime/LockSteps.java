package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Verdict;
import io.skald.engine.spi.LockResult;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.view.LogStatus;
import java.time.Duration;

/** What is recorded of a saga's locks: that it has them, what it waits for, that it gave up. */
final class LockSteps {
  /**
   * How long a saga that waits without limit sleeps before it tries again, though nobody has handed
   * it its locks: a day, as a parent looks at what it has started, should somebody have written
   * past the engine.
   */
  static final Duration LOOK_EVERY = Duration.ofDays(1);

  private final RunContext context;

  LockSteps(RunContext context) {
    this.context = context;
  }

  Recording granted(Place place) {
    String payload = context.limits().encode(context.codec(), "result", Done.DONE, Done.class);
    return Recording.success(place, Note.payload(payload));
  }

  /**
   * The begin of the wait, or its end, if the definition has no saga wait.
   *
   * @param why whom it waits for, in words
   */
  Recording waiting(Place place, LockPlan plan, String why) {
    return switch (plan.patience()) {
      case LockWait.UntilDeadline until -> waiting(place, LOOK_EVERY, why);
      case LockWait.AtMost(Duration duration) -> waiting(place, duration, why);
      case LockWait.None none -> refused(place, "its locks were not free", why);
    };
  }

  private static Recording waiting(Place place, Duration duration, String why) {
    var verdict = new Verdict(LogStatus.WAITING, duration);
    return new Recording(place, verdict, Note.error(why.isEmpty() ? null : why), null);
  }

  /**
   * The end of the wait, which may be no more than a look.
   *
   * @param why whom it waits for, in words: its owner has just tried once more
   */
  Recording timeUp(Place place, LockPlan plan, String why) {
    return switch (plan.patience()) {
      case LockWait.UntilDeadline until -> waiting(place, LOOK_EVERY, why);
      case LockWait.AtMost(Duration duration) ->
          refused(place, "its locks were not free within " + DurationText.of(duration), why);
      case LockWait.None none -> refused(place, "its locks were not free", why);
    };
  }

  private static Recording refused(Place place, String what, String why) {
    String error = ErrorText.bounded(why.isEmpty() ? what : what + ": " + why);
    return new Recording(
        place,
        new Verdict(LogStatus.FAILED, null),
        Note.error(error),
        new AttemptEnd.Permanent(error));
  }

  /** Whom a saga waits for: the name of the lock, and never its key. */
  static String words(LockResult.Waiting waiting) {
    SagaId behind = waiting.behind();
    return behind == null
        ? "lock %s is kept by a transaction of the application".formatted(waiting.lock())
        : "lock %s: saga %s comes first".formatted(waiting.lock(), behind);
  }
}

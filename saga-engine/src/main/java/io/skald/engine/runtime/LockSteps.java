package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Verdict;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockRequest.Wanted;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.Parent;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.List;

/**
 * What a saga asks for at its first step, and what is recorded of it: that it has its locks, what
 * it waits for, that it gave up.
 */
final class LockSteps {
  /**
   * How long a saga that waits without limit sleeps before it asks again, though nobody has woken
   * it: a day, as a parent looks at what it has started, should somebody have written past the
   * engine.
   */
  static final Duration LOOK_EVERY = Duration.ofDays(1);

  private final RunContext context;
  private final UserCode code;

  LockSteps(RunContext context, UserCode code) {
    this.context = context;
    this.code = code;
  }

  /**
   * What the saga asks for. A sub-saga asks for a share of what its parent has.
   *
   * @throws RuntimeException whatever the definition's functions throw, which is always what they
   *     throw once
   */
  LockRequest request(HeldSaga held, LockPlan plan) {
    List<LockKey> locks = code.locks();
    Limits.checkLocks(locks);
    Parent parent = held.about().parent();
    List<Wanted> wanted =
        locks.stream().map(lock -> new Wanted(lock, plan.permits(lock.name()))).toList();
    var request = LockRequest.of(wanted, parent == null ? null : parent.saga());
    return plan.patience() instanceof LockWait.None ? request.orLeave() : request;
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
      case LockWait.None none -> notFree(place, "", why);
    };
  }

  private static Recording waiting(Place place, Duration duration, String why) {
    var verdict = new Verdict(LogStatus.WAITING, duration);
    return new Recording(place, verdict, Note.error(why.isEmpty() ? null : why), null);
  }

  /**
   * The end of the wait, which may be no more than a look.
   *
   * @param why whom it waits for, in words
   */
  Recording timeUp(Place place, LockPlan plan, String why) {
    return switch (plan.patience()) {
      case LockWait.UntilDeadline until -> waiting(place, LOOK_EVERY, why);
      case LockWait.AtMost(Duration duration) ->
          notFree(place, " within " + DurationText.of(duration), why);
      case LockWait.None none -> notFree(place, "", why);
    };
  }

  private static Recording notFree(Place place, String within, String why) {
    String what = "its locks were not free" + within;
    return refused(place, why.isEmpty() ? what : what + ": " + why);
  }

  /** A sub-saga never waits, so that no two families can wait for each other. */
  Recording notShared(Place place, LockResult.NotShared missing) {
    return refused(
        place,
        "lock %s: the saga that started it holds none of that key (expected: the same key as there)"
            .formatted(missing.name()));
  }

  private static Recording refused(Place place, String why) {
    String error = ErrorText.bounded(why);
    return failed(place, error, new AttemptEnd.Permanent(error));
  }

  /** What a function of the definition threw. */
  Recording hopeless(Place place, Throwable thrown) {
    String error = ErrorText.of(thrown);
    return failed(place, error, new AttemptEnd.Hopeless(error));
  }

  private static Recording failed(Place place, String error, AttemptEnd end) {
    return new Recording(place, new Verdict(LogStatus.FAILED, null), Note.error(error), end);
  }

  /** Whom a saga waits for: the name of the lock, and never its key. */
  static String words(LockResult.Waiting waiting) {
    SagaId behind = waiting.behind();
    return behind == null
        ? "lock %s".formatted(waiting.name())
        : "lock %s: saga %s comes first".formatted(waiting.name(), behind);
  }
}

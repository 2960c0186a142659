package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Decided;
import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Judge;
import io.skald.engine.machine.Verdict;
import io.skald.engine.spi.SignalRow;
import io.skald.saga.Done;
import io.skald.saga.TypeRef;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.step.Derivation;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The steps that are no tasks: decisions and waits. What the definition's own functions answer is
 * recorded, and then not asked for again; what they throw fails the step for good.
 */
final class OwnSteps {
  private final RegisteredSaga saga;
  private final RunContext context;
  private final UserCode code;

  OwnSteps(RegisteredSaga saga, RunContext context, UserCode code) {
    this.saga = saga;
    this.context = context;
    this.code = code;
  }

  /** Reads what is recorded. */
  PayloadReader reader() {
    return new PayloadReader(saga.definition(), context.codec());
  }

  /** Makes what is recorded of the saga's locks. */
  LockSteps locks() {
    return new LockSteps(context, code);
  }

  /** Asks the functions of a choice, a {@code forEach} or a refusal. */
  Recording evaluate(HeldSaga held, Decision.Evaluate evaluate) {
    PlacedStep step = evaluate.step();
    var place = new Place(step, Direction.ACTION, evaluate.attempt());
    try {
      return switch (step.plan()) {
        case ChoicePlan choice -> chosen(held, place, choice);
        case ForEachPlan each -> listed(held, place, each);
        case RefusalPlan refusal -> refused(held, place, refusal);
        case StepPlan other -> throw new IllegalStateException(step.path() + " has no function");
      };
    } catch (Throwable e) {
      return hopeless(place, ErrorText.of(e));
    }
  }

  private Recording chosen(HeldSaga held, Place place, ChoicePlan choice) throws Exception {
    for (ChoicePlan.Case each : choice.cases()) {
      if (derive(held, place.step(), each.condition(), "on")) {
        return decided(place, each.step().name(), null);
      }
    }
    String otherwise = Optional.ofNullable(choice.otherwise()).map(StepPlan::name).orElse("");
    return decided(place, otherwise, null);
  }

  private Recording listed(HeldSaga held, Place place, ForEachPlan each) throws Exception {
    List<?> elements = derive(held, place.step(), each.elements(), "elements");
    if (elements.stream().anyMatch(Objects::isNull)) {
      return hopeless(place, "elements: null among them (expected: elements of the list's type)");
    }
    if (elements.size() > ForEachPlan.ELEMENTS_MAX) {
      return hopeless(
          place,
          "elements: %d (expected: <= %d)".formatted(elements.size(), ForEachPlan.ELEMENTS_MAX));
    }
    int rows = LogRows.with(saga.definition(), held.state(), each, elements.size());
    if (rows > Limits.LOG_ROWS_MAX) {
      return hopeless(
          place,
          "elements: %d, with which the saga's log may come to %d rows (expected: <= %d)"
              .formatted(elements.size(), rows, Limits.LOG_ROWS_MAX));
    }
    String payload = encode("elements", elements, TypeRef.listType(each.elementType()));
    return decided(place, Decided.elements(elements.size()).text(), payload);
  }

  private Recording refused(HeldSaga held, Place place, RefusalPlan refusal) throws Exception {
    String reason = ErrorText.bounded(derive(held, place.step(), refusal.reason(), "reason"));
    return failed(place, new AttemptEnd.Permanent(reason), reason);
  }

  /** Begins a wait: for a time, or for a signal. */
  Recording beginWait(HeldSaga held, Decision.BeginWait begin) {
    PlacedStep step = begin.step();
    var place = new Place(step, Direction.ACTION, begin.attempt());
    try {
      return switch (step.plan()) {
        case DelayPlan delay -> delayed(held, place, delay);
        case AwaitPlan await -> waiting(place, await.within());
        case StepPlan other -> throw new IllegalStateException(step.path() + " is no wait");
      };
    } catch (Throwable e) {
      return hopeless(place, ErrorText.of(e));
    }
  }

  private Recording delayed(HeldSaga held, Place place, DelayPlan delay) throws Exception {
    return switch (delay.end()) {
      case DelayPlan.End.After(Duration duration) -> waiting(place, duration);
      case DelayPlan.End.At(Derivation<?, Instant> time) -> {
        Instant now = held.now(context.sources().nanoTime());
        Duration left = Duration.between(now, derive(held, place.step(), time, "delayUntil"));
        yield left.compareTo(DelayPlan.MAX) > 0
            ? hopeless(place, "delay: %s (expected: <= %s)".formatted(left, DelayPlan.MAX))
            : waiting(place, left.isNegative() ? Duration.ZERO : left);
      }
    };
  }

  private static Recording waiting(Place place, Duration duration) {
    return new Recording(place, new Verdict(LogStatus.WAITING, duration), Note.NOTHING, null);
  }

  /** Ends a wait whose time is up. */
  Recording timeUp(HeldSaga held, Place place) {
    PlacedStep step = place.step();
    return switch (step.plan()) {
      case DelayPlan delay ->
          Recording.success(place, Note.payload(encode("result", Done.DONE, Done.class)));
      case AwaitPlan await -> silent(place, await);
      case TaskPlan task -> notCompleted(held, place);
      case StepPlan other -> throw new IllegalStateException(step.path() + " is no wait");
    };
  }

  /** Whoever has the work may still do it. */
  private static Recording notCompleted(HeldSaga held, Place place) {
    String handOut = held.errorOf(place.step().path(), Direction.ACTION);
    String error =
        handOut.isEmpty()
            ? "not completed in time"
            : ErrorText.bounded("not completed in time; an attempt to hand it out: " + handOut);
    return new Recording(
        place,
        Judge.spent(place.step(), LogStatus.UNKNOWN),
        Note.error(error),
        new AttemptEnd.Unanswered(error));
  }

  private Recording silent(Place place, AwaitPlan await) {
    return switch (await.silence()) {
      case AwaitPlan.Silence.Fails fails -> {
        String error =
            "no signal %s came within %s"
                .formatted(await.signal().name(), DurationText.of(await.within()));
        yield failed(place, new AttemptEnd.Unanswered(error), error);
      }
      case AwaitPlan.Silence.Yields(Object fallback) -> {
        try {
          String payload = encode("fallback", fallback, await.resultType());
          yield Recording.success(place, Note.payload(payload));
        } catch (SagaDataException e) {
          yield hopeless(place, ErrorText.of(e));
        }
      }
    };
  }

  /**
   * The work is handed out, or may be: the step waits to be completed, at most until a time that is
   * recorded, for a sign of life moves the end of the wait.
   *
   * @param waiting how long, until the first sign of life is due
   * @param error what the last attempt to hand it out said, if it was not answered
   */
  Recording handedOut(HeldSaga held, Place place, Verdict waiting, @Nullable String error) {
    var async = (ActionPlan.Async) place.step().task().action();
    Instant end = held.now(context.sources().nanoTime()).plus(async.within());
    var until = new Note(Decided.waitEnd(end).text(), null, error, null, null);
    return new Recording(place, waiting, until, null);
  }

  /** Takes a signal: what it carries is the result of the step, or says why there is none. */
  Recording received(HeldSaga held, Place place, SignalRow signal) {
    if (SignalName.isNews(signal.name())) {
      return aliveUntil(held, place, signal);
    }
    String error = signal.error();
    return error == null
        ? Recording.success(place, new Note(null, signal.payload(), null, signal.id(), null))
        : new Recording(
            place,
            new Verdict(LogStatus.FAILED, null),
            new Note(null, null, error, signal.id(), null),
            new AttemptEnd.Permanent(error));
  }

  private Recording aliveUntil(HeldSaga held, Place place, SignalRow signal) {
    var async = (ActionPlan.Async) place.step().task().action();
    Instant now = held.now(context.sources().nanoTime());
    // somebody has the work, even if no attempt to hand it out was answered
    Instant end =
        held.state()
            .entry(place.step().path(), Direction.ACTION)
            .flatMap(Entry::waitEnd)
            .orElse(now.plus(async.within()));
    var until = new Note(Decided.waitEnd(end).text(), null, null, signal.id(), null);
    return new Recording(place, Judge.waiting(async, Duration.between(now, end)), until, null);
  }

  private <T> T derive(HeldSaga held, PlacedStep step, Derivation<?, T> function, String what)
      throws Exception {
    var results = new RecordedResults(saga.definition(), held, context.codec(), step.path());
    return code.derive(held, step, function, results, what);
  }

  private String encode(String what, Object value, Type type) {
    return context.limits().encode(context.codec(), what, value, type);
  }

  private static Recording decided(Place place, String decision, @Nullable String payload) {
    return Recording.success(place, new Note(decision, payload, null, null, null));
  }

  private static Recording hopeless(Place place, String error) {
    return failed(place, new AttemptEnd.Hopeless(error), error);
  }

  private static Recording failed(Place place, AttemptEnd end, String error) {
    return new Recording(place, new Verdict(LogStatus.FAILED, null), Note.error(error), end);
  }
}

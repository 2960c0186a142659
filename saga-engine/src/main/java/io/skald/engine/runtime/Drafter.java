package io.skald.engine.runtime;

import io.skald.engine.machine.Decision;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.Verdict;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaError;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Spent;
import io.skald.saga.error.SagaDataException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Drafts what is committed with the record of an attempt: if what the machine decides next needs no
 * attempt but a change of the saga row, that change travels in the same commit.
 */
final class Drafter {
  private final RegisteredSaga saga;
  private final RunContext context;
  private final UserCode code;

  Drafter(RegisteredSaga saga, RunContext context, UserCode code) {
    this.saga = saga;
    this.context = context;
    this.code = code;
  }

  /**
   * The next transition.
   *
   * @param held the saga as it stands
   * @param recording what to record of an attempt; null if there was none
   */
  TransitionDraft draft(HeldSaga held, @Nullable Recording recording) {
    Instant now = held.now(context.sources().nanoTime());
    var draft = new Draft(saga.definition(), held);
    if (recording != null) {
      draft.record(recording.isGoingOn() ? goingOn(recording) : recording, now);
    }
    switch (SagaMachine.decide(saga.definition(), draft.after().state(), now)) {
      case Decision.Work work -> {}
      case Decision.Rest rest -> draft.drop();
      case Decision.Wait wait -> draft.park(Duration.between(now, wait.until()));
      case Decision.TurnAround turn -> draft.turnAround(turn, now);
      case Decision.Complete complete -> complete(draft);
      case Decision.EndCompensated end -> draft.endCompensated();
      case Decision.Stick stick ->
          draft.stick(new SagaError(stick.step(), draft.reasonOf(stick), null));
    }
    return draft.done();
  }

  /** A transition that leaves the saga stuck, whatever the machine would decide. */
  TransitionDraft stuck(HeldSaga held, SagaError error) {
    var draft = new Draft(saga.definition(), held);
    draft.stick(error);
    return draft.done();
  }

  /**
   * The result the saga goes on with is recorded once, as any other is: a definition deployed later
   * may name another one, or none. One that cannot be recorded is none.
   */
  private Recording goingOn(Recording recording) {
    var on = (Spent.GoOn<?>) recording.step().task().spent().action();
    try {
      String payload =
          context
              .limits()
              .encode(
                  context.codec(),
                  "fallback",
                  Objects.requireNonNull(on).fallback(),
                  recording.step().plan().resultType());
      return recording.with(recording.verdict(), recording.note().withPayload(payload));
    } catch (SagaDataException e) {
      var spent = new Verdict(recording.verdict().status(), null);
      return recording.with(spent, Note.error(ErrorText.of(e)));
    }
  }

  private void complete(Draft draft) {
    SagaDefinition<?, ?> definition = saga.definition();
    PayloadCodec codec = context.codec();
    try {
      var results = new RecordedResults(definition, draft.after(), codec, "");
      draft.complete(
          context.limits().encode(codec, "result", code.output(results), definition.outputType()));
    } catch (Throwable e) {
      // an Error as well: drafted again it would be thrown again, with the last step called again
      String reason = Decision.Complete.NO_RESULT + "; " + ErrorText.of(e);
      draft.stick(new SagaError(null, reason, null));
    }
  }
}

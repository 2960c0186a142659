package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.view.LogStatus;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A saga as those who send it something need to know it, with what is recorded of one of its steps.
 *
 * @param saga the saga
 * @param definition what it runs
 * @param businessKey its key
 * @param tokenKey the key of its tokens
 * @param goesForward whether it goes forward, or is stuck on that way
 * @param step what is recorded of the action of the step; null if nothing is
 */
public record Addressee(
    SagaId saga,
    DefinitionRef definition,
    String businessKey,
    UUID tokenKey,
    boolean goesForward,
    @Nullable Recorded step) {

  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "Addressee[%s %s, businessKey=%s, goesForward=%s, step=%s]"
        .formatted(definition, saga, businessKey, goesForward, step);
  }

  /**
   * What is recorded of a step's action.
   *
   * @param status what is recorded
   * @param attempt the last attempt, from 1; 0 if none was made
   * @param attemptBase how many attempts had been made when the budget was last renewed
   */
  public record Recorded(LogStatus status, int attempt, int attemptBase) {

    /** An action that failed stays failed while an operator's retry of it is under way. */
    private boolean isOver() {
      boolean isRetried = status == LogStatus.FAILED && attempt == attemptBase;
      return status.isFinal() && !isRetried;
    }
  }

  /**
   * Whether something said of the step can still change anything. Before its first record is
   * committed the step may be under way, or the wait still to come.
   *
   * @param point what it is said for, at the path of the step
   */
  public boolean hears(WaitPoint point) {
    int base = step == null ? 0 : step.attemptBase();
    boolean isThatOne = point.renewal() == null || point.renewal() == base;
    return goesForward && isThatOne && (step == null || !step.isOver());
  }
}

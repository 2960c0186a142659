package io.skald.saga;

import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.UnknownSagaException;

/**
 * Moves a saga by hand. Each change is guarded by the state it was decided on and writes its audit
 * row, with actor and reason, in the same transaction. Safe for use by several threads.
 *
 * <p>Every method throws {@link UnknownSagaException} if there is no such saga and {@link
 * IllegalSagaStateException}, saying why, if the saga is not in a state that allows the change.
 * {@code actor} has 1 to 100 characters and {@code reason} 1 to 1,000, not all of them blank, or an
 * {@link IllegalArgumentException} is thrown.
 */
public interface SagaOperator {

  /**
   * Lets a stuck saga try again: the step it is stuck at gets its whole budget of attempts once
   * more; the numbers of the attempts go on.
   */
  void retry(SagaId id, String actor, String reason);

  /**
   * Puts a result in the place of the step a saga is stuck at, and goes on. The step is not
   * compensated later.
   *
   * @param step the step the saga is stuck at
   * @param result the result later steps will see
   * @throws SagaDataException if the result cannot be stored
   */
  <R> void skip(SagaId id, Step<?, R> step, R result, String actor, String reason);

  /**
   * Lets a saga that is stuck at a compensation go on as if that compensation had succeeded.
   *
   * @param step the step whose compensation failed
   */
  void skipCompensation(SagaId id, Step<?, ?> step, String actor, String reason);

  /**
   * Lets a saga that is stuck at the confirmation of a TCC step go on as if it had succeeded.
   *
   * @param step the step whose confirmation failed
   */
  void skipConfirmation(SagaId id, Step<?, ?> step, String actor, String reason);

  /**
   * Ends the forward path: what had, or may have, taken effect is compensated. Refused once the
   * pivot has begun, or when the saga compensates already.
   */
  void cancel(SagaId id, String actor, String reason);

  /** Closes a stuck saga without running anything; what it leaves behind is the operator's. */
  void resolve(SagaId id, String actor, String reason);

  /**
   * Erases what is stored of a saga that has ended, and of everything it started: inputs and their
   * digests, outputs, results, attributes, what errors said, and what signals carried. What stays
   * is that the saga was there, with its key, its steps, and how and when it ended; and the audit
   * row. As long as it is there, its key is refused to a new start. Cannot be undone. What was
   * erased before is left as it is, but for signals that came since.
   *
   * @return how many sagas there was anything of: zero when it is called again
   * @throws IllegalSagaStateException if it, or one that it started, has not ended; or if it was
   *     started by a saga that is still there: erase that one
   */
  int erase(SagaId id, String actor, String reason);

  /**
   * Erases the sagas of a key, whatever they are instances of, as {@link #erase} does, and deletes
   * the signals that were sent to the key for a saga that is not there: all of it or nothing.
   *
   * @return how many sagas there was anything of; zero also if there is none of that key
   * @throws IllegalSagaStateException if one of them has not ended, or was started by a saga of
   *     another key that is still there
   */
  int eraseKey(String businessKey, String actor, String reason);
}

package io.skald.saga.error;

import io.skald.saga.SagaId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The family of exceptions Skald throws. Messages name sagas and steps, never payloads.
 *
 * <p>Carries the saga's definition, id and step where they are known.
 */
public class SagaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String saga;
  private final transient @Nullable SagaId id;
  private final @Nullable String step;

  /** An exception that belongs to no saga in particular. */
  public SagaException(String message) {
    this(message, null, null, null, null);
  }

  /** An exception that belongs to no saga in particular, with its cause. */
  public SagaException(String message, @Nullable Throwable cause) {
    this(message, null, null, null, cause);
  }

  /**
   * An exception about one saga.
   *
   * @param message what is wrong and what to do
   * @param saga the definition's name, if known
   * @param id the saga, if known
   * @param step the step's name, if known
   * @param cause what led to it, if anything
   */
  public SagaException(
      String message,
      @Nullable String saga,
      @Nullable SagaId id,
      @Nullable String step,
      @Nullable Throwable cause) {
    super(message, cause);
    this.saga = saga;
    this.id = id;
    this.step = step;
  }

  /** The definition's name, where known. */
  public final Optional<String> saga() {
    return Optional.ofNullable(saga);
  }

  /** The saga, where known. */
  public final Optional<SagaId> id() {
    return Optional.ofNullable(id);
  }

  /** The step's name, where known. */
  public final Optional<String> step() {
    return Optional.ofNullable(step);
  }
}

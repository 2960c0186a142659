package io.skald.saga;

import io.skald.saga.internal.Masked;
import java.util.Objects;

/**
 * What is known about an attempt that ended unanswered: it succeeded, it failed for good, or nobody
 * can tell. Immutable.
 *
 * @param <R> the step's result
 */
public sealed interface Outcome<R> {

  /**
   * The action took effect.
   *
   * @param <R> the step's result
   * @param result what it returned
   */
  record Succeeded<R>(R result) implements Outcome<R> {
    /** Checks that there is a result; a step without one has {@link Done}. */
    public Succeeded {
      Objects.requireNonNull(result, "result");
    }

    /** For logs: without the result. */
    @Override
    public String toString() {
      return "Succeeded[result=%s]".formatted(Masked.value(result));
    }
  }

  /**
   * The action did not take effect <em>and no longer can</em>: a request still on its way must be
   * refused by the participant. "Not found" alone is {@link Unknown}, not this.
   *
   * @param <R> the step's result
   * @param reason why, for logs and people; must hold no secret
   */
  record Failed<R>(String reason) implements Outcome<R> {
    /** Checks that there is a reason. */
    public Failed {
      Objects.requireNonNull(reason, "reason");
    }
  }

  /**
   * Nobody can tell.
   *
   * @param <R> the step's result
   */
  record Unknown<R>() implements Outcome<R> {}

  /** The action took effect and returned {@code result}. */
  static <R> Outcome<R> succeeded(R result) {
    return new Succeeded<>(result);
  }

  /** The action did not take effect and no longer can. */
  static <R> Outcome<R> failed(String reason) {
    return new Failed<>(reason);
  }

  /** Nobody can tell. */
  static <R> Outcome<R> unknown() {
    return new Unknown<>();
  }
}

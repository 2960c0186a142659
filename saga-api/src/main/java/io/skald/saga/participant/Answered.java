package io.skald.saga.participant;

import io.skald.saga.error.SagaDataException;
import io.skald.saga.internal.Masked;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What became of an action that has an answer.
 *
 * @param passage {@link Passage#PASSED}, {@link Passage#REPEATED} or {@link Passage#LATE}
 * @param answer what the work answered, the first time; empty if it was refused, and if it was
 *     passed by {@link Barrier#action}, which keeps none
 */
public record Answered(Passage passage, String answer) {
  /** How long an answer may be, in bytes of UTF-8: 4 KiB. */
  public static final int ANSWER_BYTES_MAX = 4096;

  /**
   * Checks that the answer can be kept.
   *
   * @throws SagaDataException if it is too long, or holds what no text of PostgreSQL does
   */
  public Answered {
    Objects.requireNonNull(passage, "passage");
    Objects.requireNonNull(answer, "answer");
    requireStorable(answer);
  }

  private static void requireStorable(String answer) {
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > ANSWER_BYTES_MAX) {
      throw new SagaDataException(
          "answer: %d bytes (expected: <= %d)".formatted(bytes.length, ANSWER_BYTES_MAX), null);
    }
    // a lone surrogate has no UTF-8, and comes back as another character
    boolean comesBack = new String(bytes, StandardCharsets.UTF_8).equals(answer);
    if (answer.indexOf('\0') >= 0 || !comesBack) {
      throw new SagaDataException(
          "answer: contains U+0000 or a lone surrogate (expected: text without)", null);
    }
  }

  /** Without what was answered. */
  @Override
  public String toString() {
    return "Answered[" + passage + ", " + Masked.payload(answer) + "]";
  }
}

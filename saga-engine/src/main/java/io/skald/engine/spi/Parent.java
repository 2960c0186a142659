package io.skald.engine.spi;

import io.skald.saga.SagaId;

/**
 * Where a saga was started by another one.
 *
 * @param saga the one that started it
 * @param path the path of the step there
 */
public record Parent(SagaId saga, String path) {
  private static final String MARK = "~";

  /** The name of the signals that tell the parent of it. They may be many, and hold nothing. */
  public String signal() {
    return MARK + path;
  }

  /** Whether signals of that name tell a parent of a saga it started. */
  public static boolean isTold(String signal) {
    return signal.startsWith(MARK);
  }
}

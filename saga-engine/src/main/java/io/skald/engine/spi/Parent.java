package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.definition.SignalName;

/**
 * Where a saga was started by another one.
 *
 * @param saga the one that started it
 * @param path the path of the step there
 */
public record Parent(SagaId saga, String path) {
  /** The name of the signals that tell the parent of it. They may be many, and hold nothing. */
  public String signal() {
    return SignalName.newsOf(path);
  }
}

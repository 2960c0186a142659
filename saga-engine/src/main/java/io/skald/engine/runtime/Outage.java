package io.skald.engine.runtime;

import io.skald.saga.error.SagaStoreException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Trouble that lasts: worth a stack trace when it begins or changes, not at every poll. Safe for
 * use by several threads.
 */
final class Outage {
  private final AtomicReference<@Nullable String> told = new AtomicReference<>();

  /** Whether this failure says something else than the one before. */
  boolean isNews(Throwable failure) {
    String text =
        failure instanceof SagaStoreException
            ? String.valueOf(failure.getMessage())
            : ErrorText.of(failure);
    return !text.equals(told.getAndSet(text));
  }

  /** Things go well again; answers whether they did not before. */
  boolean end() {
    return told.getAndSet(null) != null;
  }

  /** Does what needs the store; says that it cannot once, until it can again. */
  void attempt(Logger log, String complaint, Runnable work) {
    try {
      work.run();
      boolean unused = end();
    } catch (SagaStoreException e) {
      if (isNews(e)) {
        log.warn(complaint, e);
      }
    }
  }

  /** The last failure since things went well. */
  @Nullable String reason() {
    return told.get();
  }
}

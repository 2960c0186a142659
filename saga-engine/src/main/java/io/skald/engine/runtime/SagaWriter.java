package io.skald.engine.runtime;

import io.skald.engine.journal.Journal;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the transitions of one saga, and says what is known of each. Confined to one thread. */
final class SagaWriter {
  private static final Logger LOG = LoggerFactory.getLogger(SagaWriter.class);

  private final Journal journal;
  private final SagaId saga;

  SagaWriter(Journal journal, SagaId saga) {
    this.journal = journal;
    this.saga = saga;
  }

  Written write(Transition transition) {
    // nobody interrupts a saga's thread; a flag that user code left would close the connection
    boolean unused = Thread.interrupted();
    try {
      return switch (journal.write(transition)) {
        case APPLIED -> Written.APPLIED;
        case SIGNALLED -> Written.SIGNALLED;
        case FENCE_LOST, CONFLICT -> Written.IN_DOUBT;
        case DUPLICATE -> Written.DUPLICATE;
      };
    } catch (SagaStoreException e) {
      return switch (e.kind()) {
        case TRANSIENT -> {
          LOG.warn("saga {}: a write failed and is settled: {}", saga, e.getMessage());
          LOG.debug("saga {}: the write that failed", saga, e);
          yield Written.FAILED;
        }
        case PERMANENT -> {
          LOG.warn("saga {}: a write was refused by the store", saga, e);
          yield Written.REFUSED;
        }
      };
    }
  }
}

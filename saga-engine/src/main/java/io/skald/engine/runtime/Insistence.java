package io.skald.engine.runtime;

import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the store on behalf of a saga again and again while it cannot answer, for as long as this
 * node may act for the saga: what is under way must not be given up for an outage.
 */
final class Insistence {
  private static final Logger LOG = LoggerFactory.getLogger(Insistence.class);

  private final Sources sources;
  private final SagaId saga;
  private final BooleanSupplier mayAct;

  Insistence(Sources sources, SagaId saga, BooleanSupplier mayAct) {
    this.sources = sources;
    this.saga = saga;
    this.mayAct = mayAct;
  }

  /**
   * Asks.
   *
   * @param isWorthAnotherTry whether a failure may pass
   * @return the answer; empty if this node may not act any more
   * @throws SagaStoreException if a failure is not worth another try
   */
  <R> Optional<R> ask(Supplier<R> question, Predicate<SagaStoreException> isWorthAnotherTry)
      throws InterruptedException {
    var pauses = new Pauses(sources);
    var outage = new Outage();
    while (mayAct.getAsBoolean()) {
      try {
        return Optional.of(question.get());
      } catch (SagaStoreException e) {
        if (!isWorthAnotherTry.test(e)) {
          throw e;
        }
        // one of many sagas in an outage, which the loop logs in full
        if (outage.isNews(e)) {
          LOG.warn("saga {}: cannot go on yet, tried again: {}", saga, e.getMessage());
        }
        pauses.pause();
      }
    }
    return Optional.empty();
  }
}

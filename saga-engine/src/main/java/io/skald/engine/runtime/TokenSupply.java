package io.skald.engine.runtime;

import io.skald.engine.spi.Rate;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens a node has taken of one rate over the fleet. It takes a few at a time, as many as a
 * tenth of a second brings, and lets go of what it has not used within a second: what it keeps is
 * on top of what the others may begin. Used by one thread at a time, as its turnstile asks.
 */
final class TokenSupply implements Turnstile.Supply {
  private static final Logger LOG = LoggerFactory.getLogger(TokenSupply.class);

  /** For how long tokens are taken ahead: 100 ms. */
  private static final Duration AHEAD = Duration.ofMillis(100);

  /** How long a token is good that was taken ahead: 1 s. */
  private static final Duration GOOD = Duration.ofSeconds(1);

  private final SagaStore store;
  private final LongSupplier nanoTime;
  private final String name;
  private final Rate rate;
  private final int batch;
  private final Outage outage = new Outage();
  private int left;
  private long takenNanos;

  TokenSupply(SagaStore store, LongSupplier nanoTime, String name, Rate rate) {
    this.store = store;
    this.nanoTime = nanoTime;
    this.name = name;
    this.rate = rate;
    long ahead = AHEAD.toNanos() / Math.max(1, rate.pace().toNanos());
    this.batch = (int) Math.max(1, Math.min(ahead, rate.attempts()));
  }

  @Override
  public int spoiled() {
    return 0;
  }

  /** A token is used up by an attempt, so none that nobody uses is ever taken for somebody. */
  @Override
  public boolean isTaken() {
    if (left > 0 && nanoTime.getAsLong() - takenNanos <= GOOD.toNanos()) {
      left--;
      return true;
    }
    left = 0;
    try {
      int taken = store.takeTokens(name, rate, batch);
      var unused = outage.end();
      left = Math.max(0, taken - 1);
      takenNanos = nanoTime.getAsLong();
      return taken > 0;
    } catch (SagaStoreException e) {
      if (outage.isNews(e)) {
        LOG.warn("rate {}: its tokens cannot be reached; tried again", name, e);
      }
      return false;
    }
  }

  @Override
  public boolean isDueBack() {
    return true;
  }

  /** A token is used up. */
  @Override
  public void giveBack() {}

  @Override
  public long paceNanos(long heldNanos, int permits) {
    return rate.pace().toNanos();
  }
}

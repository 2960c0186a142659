package io.skald.engine.runtime;

import com.github.f4b6a3.uuid.UuidCreator;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;

/**
 * Where time, randomness and identities come from: the one injected place. Safe for use by several
 * threads.
 */
public interface Sources {

  /** Elapsed time in nanoseconds, from an arbitrary origin; never goes back. */
  long nanoTime();

  /** A number from 0 (inclusive) to 1 (exclusive). */
  double random();

  /** A time-ordered UUID (version 7, RFC 9562). */
  UUID newId();

  /**
   * Lets time pass.
   *
   * @throws InterruptedException if the thread was interrupted
   */
  void pause(Duration duration) throws InterruptedException;

  /**
   * The same sources, but for the ids.
   *
   * @param change makes an id of one of these
   */
  default Sources withIds(UnaryOperator<UUID> change) {
    Sources rest = this;
    return new Sources() {
      @Override
      public long nanoTime() {
        return rest.nanoTime();
      }

      @Override
      public double random() {
        return rest.random();
      }

      @Override
      public UUID newId() {
        return change.apply(rest.newId());
      }

      @Override
      public void pause(Duration duration) throws InterruptedException {
        rest.pause(duration);
      }
    };
  }

  /** The machine's own. */
  static Sources system() {
    return new Sources() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public double random() {
        return ThreadLocalRandom.current().nextDouble();
      }

      @Override
      public UUID newId() {
        return UuidCreator.getTimeOrderedEpoch();
      }

      @Override
      public void pause(Duration duration) throws InterruptedException {
        Thread.sleep(duration);
      }
    };
  }
}

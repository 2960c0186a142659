package io.skald.messaging.internal;

import io.skald.messaging.Source;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a message over until it is settled. It is not given back to the broker in between, which
 * would let others of its key go before it.
 */
public final class Settling {
  private static final Logger LOG = LoggerFactory.getLogger(Settling.class);

  /** Between two times: 100 ms at first, twice as long each time, up to 10 s. */
  private static final Duration PAUSE_MIN = Duration.ofMillis(100);

  private static final Duration PAUSE_MAX = Duration.ofSeconds(10);

  private Settling() {}

  /**
   * Whether it is settled; if not, the broker has to deliver it again.
   *
   * @param isEnded whether it is to be given up: the broker has it delivered elsewhere
   */
  public static boolean isSettled(
      Source.Receiver receiver, Incoming incoming, BooleanSupplier isEnded) {
    Duration pause = PAUSE_MIN;
    while (!isEnded.getAsBoolean()) {
      try {
        incoming.to(receiver);
        return true;
      } catch (InterruptedException e) {
        // by whoever gave it up, or else by who should not have
        if (isEnded.getAsBoolean()) {
          return false;
        }
      } catch (Throwable e) {
        LOG.warn(
            "{} was not received ({}); it is delivered again in {}",
            incoming.message(),
            e.getClass().getSimpleName(),
            pause);
      } finally {
        // or the next message of the lane would have it
        boolean unused = Thread.interrupted();
      }
      pause(pause);
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(PAUSE_MAX) < 0 ? twice : PAUSE_MAX;
    }
    return false;
  }

  private static void pause(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      // whether it is given up is looked at next
    }
  }
}

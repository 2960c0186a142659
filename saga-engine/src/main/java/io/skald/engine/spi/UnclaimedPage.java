package io.skald.engine.spi;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a stretch of a walk through the pending signals found.
 *
 * @param unclaimed the signals that nothing will consume as things are, the earliest first
 * @param readAt the time of the look, by the database's clock
 * @param next where to go on; empty at the end of those that are old enough
 */
public record UnclaimedPage(
    List<UnclaimedSignal> unclaimed, Instant readAt, Optional<SignalPosition> next) {
  /** Copies the list. */
  public UnclaimedPage {
    unclaimed = List.copyOf(unclaimed);
  }
}

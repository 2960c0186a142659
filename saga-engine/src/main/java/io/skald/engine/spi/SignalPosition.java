package io.skald.engine.spi;

import java.time.Instant;
import java.util.UUID;

/**
 * Where a walk through the pending signals stands, the earliest first: after this one.
 *
 * @param sentAt when it was sent
 * @param id which one, of those sent at that time
 */
public record SignalPosition(Instant sentAt, UUID id) {
  /** Before every signal. */
  public static final SignalPosition START = new SignalPosition(Instant.EPOCH, new UUID(0, 0));
}

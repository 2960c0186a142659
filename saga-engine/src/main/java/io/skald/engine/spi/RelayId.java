package io.skald.engine.spi;

import java.util.Objects;
import java.util.UUID;

/**
 * One incarnation of a relay.
 *
 * @param value made anew with each start
 */
public record RelayId(UUID value) {
  /** Checks that there is one. */
  public RelayId {
    Objects.requireNonNull(value, "value");
  }

  @Override
  public String toString() {
    return value.toString();
  }
}

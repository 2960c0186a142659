package io.skald.engine.spi;

import java.util.Objects;
import java.util.UUID;

/**
 * An incarnation of a node: fresh at every start, so that a process that comes back is another one.
 *
 * @param value the identity
 */
public record NodeId(UUID value) {
  /** Checks that there is a value. */
  public NodeId {
    Objects.requireNonNull(value, "value");
  }

  @Override
  public String toString() {
    return value.toString();
  }
}

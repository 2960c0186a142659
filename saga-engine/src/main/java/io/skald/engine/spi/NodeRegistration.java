package io.skald.engine.spi;

import java.time.Duration;
import java.util.List;

/**
 * What a node says of itself when it joins.
 *
 * @param id the incarnation
 * @param name what people call it; need not be unique
 * @param lease how long it counts as alive after a heartbeat
 * @param definitions what it can run
 */
public record NodeRegistration(
    NodeId id, String name, Duration lease, List<DefinitionRef> definitions) {
  /** Copies the definitions. */
  public NodeRegistration {
    definitions = List.copyOf(definitions);
  }
}

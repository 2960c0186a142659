package io.skald.engine.spi;

/**
 * A definition a node can run.
 *
 * @param name the definition's name
 * @param version its version, from 1
 * @param fingerprint the digest of its structure
 */
public record DefinitionRef(String name, int version, String fingerprint) {
  /** For people: {@code place-order version 2}. */
  public String words() {
    return name + " version " + version;
  }
}

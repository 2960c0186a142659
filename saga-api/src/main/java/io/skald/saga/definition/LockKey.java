package io.skald.saga.definition;

import io.skald.saga.internal.Masked;
import java.util.Objects;

/**
 * One lock: whoever holds it excludes all others of the same name and key, compared by their bytes.
 *
 * @param name what kind of thing is locked
 * @param key which of them
 */
public record LockKey(String name, String key) {
  /** Checks that nothing is missing. */
  public LockKey {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(key, "key");
  }

  /** For logs: without the key, which is made of the input. */
  @Override
  public String toString() {
    return "LockKey[name=%s, key=%s]".formatted(name, Masked.payload(key));
  }
}

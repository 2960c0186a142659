package io.skald.saga;

import java.util.Objects;
import java.util.UUID;

/**
 * The identity of one running saga: a time-ordered UUID (version 7, RFC 9562).
 *
 * @param value the UUID
 */
public record SagaId(UUID value) implements Comparable<SagaId> {
  /** Checks that there is a value. */
  public SagaId {
    Objects.requireNonNull(value, "value");
  }

  /**
   * Reads the 36-character form that {@link #toString} writes.
   *
   * @throws IllegalArgumentException if the text is not a UUID
   */
  public static SagaId parse(String text) {
    return new SagaId(UUID.fromString(text));
  }

  /** Unsigned order, so that ids sort by the time they were made. */
  @Override
  public int compareTo(SagaId other) {
    int high =
        Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(
            value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
  }

  @Override
  public String toString() {
    return value.toString();
  }
}

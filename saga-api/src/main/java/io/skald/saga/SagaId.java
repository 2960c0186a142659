package io.skald.saga;

import io.skald.saga.internal.Check;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The identity of one running saga: a time-ordered UUID (version 7, RFC 9562).
 *
 * @param value the UUID
 */
public record SagaId(UUID value) implements Comparable<SagaId> {
  // UUID.fromString takes shorter groups as well, and would read another id than was written
  private static final Pattern FORM =
      Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  /** Checks that there is a value. */
  public SagaId {
    Objects.requireNonNull(value, "value");
  }

  /**
   * Reads the 36-character form that {@link #toString} writes.
   *
   * @throws IllegalArgumentException if the text is not of that form
   */
  public static SagaId parse(String text) {
    if (!FORM.matcher(text).matches()) {
      throw Check.refused("saga id", Check.printable(text), "a UUID of 36 characters");
    }
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

package io.skald.chaos;

import java.time.Instant;

/**
 * A fault that was tried.
 *
 * @param hits how much it hit; 0 if nothing
 */
record Incident(Fault.Kind kind, Instant from, Instant to, int hits) {

  /** Whether it lasted into that time. */
  boolean overlaps(Instant begin, Instant end) {
    return !from.isAfter(end) && !to.isBefore(begin);
  }
}

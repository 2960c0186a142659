package io.skald.engine.machine;

import io.skald.saga.SagaId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * What was decided at a step, as its log row keeps it. Each kind of step has a form of its own;
 * what is read as another form than it has is not there, and nothing is thrown.
 *
 * @param text what the row says; the name of the branch a choice took, empty for none
 */
public record Decided(String text) {

  /** How many elements a {@code forEach} has. */
  public static Decided elements(int count) {
    return new Decided(Integer.toString(count));
  }

  /** Which saga was started. */
  public static Decided child(SagaId id) {
    return new Decided(id.toString());
  }

  /** When a wait is over, whatever signs of life come. */
  public static Decided waitEnd(Instant end) {
    return new Decided(end.toString());
  }

  /** How many elements a {@code forEach} has. */
  public Optional<Integer> elements() {
    try {
      return Optional.of(Integer.valueOf(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Which saga was started. */
  public Optional<SagaId> child() {
    try {
      return Optional.of(SagaId.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** When a wait is over, whatever signs of life come. */
  public Optional<Instant> waitEnd() {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}

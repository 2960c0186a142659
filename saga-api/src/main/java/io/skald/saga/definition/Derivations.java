package io.skald.saga.definition;

import io.skald.saga.step.Derivation;
import java.util.Objects;

/** Derivations put in front of each other. */
final class Derivations {
  private Derivations() {}

  /** First {@code before}, and {@code after} from what it made. */
  @SuppressWarnings("unchecked") // the stages of the DSL have checked that the types fit
  static <T> Derivation<Object, T> composed(Derivation<?, ?> before, Derivation<?, T> after) {
    Objects.requireNonNull(before, "derivation");
    Derivation<Object, Object> first = (Derivation<Object, Object>) before;
    Derivation<Object, T> second = (Derivation<Object, T>) after;
    return (input, results) ->
        second.from(Objects.requireNonNull(first.from(input, results), "from: null"), results);
  }
}

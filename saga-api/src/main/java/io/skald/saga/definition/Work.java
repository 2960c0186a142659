package io.skald.saga.definition;

import io.skald.saga.step.Derivation;
import io.skald.saga.step.Results;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A piece of user code and how its input is made from the saga's.
 *
 * @param handler the code
 * @param input makes the handler's input; null if the saga's own input is passed on
 */
public record Work(Handler handler, @Nullable Derivation<?, ?> input) {
  /** Checks that there is a handler. */
  public Work {
    Objects.requireNonNull(handler, "handler");
  }

  /** This work with another step of derivation put in front of it. */
  public Work from(Derivation<?, ?> before) {
    Objects.requireNonNull(before, "derivation");
    return new Work(handler, input == null ? before : Derivations.composed(before, input));
  }

  /**
   * The handler's input.
   *
   * @param sagaInput the saga's input
   * @param results the results so far
   * @throws Exception whatever the derivation throws
   */
  @SuppressWarnings("unchecked") // the stages of the DSL have checked that the types fit
  public Object inputOf(Object sagaInput, Results results) throws Exception {
    return input == null
        ? sagaInput
        : Objects.requireNonNull(
            ((Derivation<Object, Object>) input).from(sagaInput, results), "from: null");
  }
}

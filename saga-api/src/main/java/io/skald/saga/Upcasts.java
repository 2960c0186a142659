package io.skald.saga;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the payloads of a definition's sagas are brought up to the present shape. Immutable.
 *
 * @param input of the input; null for as it is
 * @param results of the steps' results, by the step's name
 */
record Upcasts(@Nullable Upcast input, Map<String, Upcast> results) {
  static final Upcasts NONE = new Upcasts(null, Map.of());

  Upcasts {
    results = Map.copyOf(results);
  }

  Upcasts ofInput(Upcast upcast) {
    return new Upcasts(Objects.requireNonNull(upcast, "upcast"), results);
  }

  Upcasts ofResult(String step, Upcast upcast) {
    var more = new HashMap<>(results);
    more.put(step, Objects.requireNonNull(upcast, "upcast"));
    return new Upcasts(input, more);
  }

  Optional<Upcast> ofInput() {
    return Optional.ofNullable(input);
  }

  Optional<Upcast> ofResult(String step) {
    return Optional.ofNullable(results.get(step));
  }
}

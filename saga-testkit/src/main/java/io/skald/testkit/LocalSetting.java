package io.skald.testkit;

import io.skald.saga.step.Tx;
import java.sql.Connection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the transaction of a local step under test is made of. Immutable.
 *
 * @param open the connection as the step sees it
 * @param parts what else it unwraps to, made from the transaction each time
 */
record LocalSetting(@Nullable Connection open, Map<Class<?>, Function<? super Tx, ?>> parts) {
  static final LocalSetting NOTHING = new LocalSetting(null, Map.of());

  /** Copies the parts. */
  LocalSetting {
    parts = Map.copyOf(parts);
  }

  LocalSetting withConnection(Connection connection) {
    return new LocalSetting(LentConnection.of(connection), parts);
  }

  LocalSetting with(Class<?> type, Function<? super Tx, ?> part) {
    var more = new HashMap<>(parts);
    more.put(type, part);
    return new LocalSetting(open, more);
  }

  /** The connection of {@code step}. */
  Connection connection(String step) {
    if (open == null) {
      throw new AssertionError(
          "step %s asks for its connection (expected: connection(..))".formatted(step));
    }
    return open;
  }

  /** What {@code step} unwraps its transaction to. */
  <T> T unwrap(Class<T> type, String step, Tx tx) {
    if (type == Connection.class) {
      return type.cast(connection(step));
    }
    Function<? super Tx, ?> part = parts.get(type);
    if (part == null) {
      throw new AssertionError(
          "step %s unwraps a %s (expected: unwrapping(%s.class, ..))"
              .formatted(step, type.getName(), type.getSimpleName()));
    }
    return type.cast(part.apply(tx));
  }
}

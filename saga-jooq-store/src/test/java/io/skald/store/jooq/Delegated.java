package io.skald.store.jooq;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Calls that a proxy hands on. */
final class Delegated {
  private Delegated() {}

  /** What the call comes to on that target; throws what the target throws. */
  static @Nullable Object to(Object target, Method method, @Nullable Object @Nullable [] values)
      throws Throwable {
    try {
      return method.invoke(target, values);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}

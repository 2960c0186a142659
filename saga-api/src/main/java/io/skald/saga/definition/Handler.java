package io.skald.saga.definition;

import io.skald.saga.internal.Check;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where the code of an action, a compensation or a verification comes from. */
public sealed interface Handler {

  /**
   * Code given in the definition: a lambda, a method reference, an object.
   *
   * @param instance the object that implements the contract
   */
  record Inline(Object instance) implements Handler {
    /** Checks that there is an instance. */
    public Inline {
      Objects.requireNonNull(instance, "handler");
    }
  }

  /**
   * A bean, looked up by type when the engine starts.
   *
   * @param type the bean's type
   * @param qualifier which one, where there are several of that type
   */
  record Bean(Class<?> type, @Nullable String qualifier) implements Handler {
    /** Checks that there is a type. */
    public Bean {
      Objects.requireNonNull(type, "handler");
      if (qualifier != null) {
        Check.name("qualifier", qualifier);
      }
    }
  }
}

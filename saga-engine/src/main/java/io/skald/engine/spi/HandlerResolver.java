package io.skald.engine.spi;

import io.skald.saga.error.SagaDefinitionException;
import org.jspecify.annotations.Nullable;

/** Finds the beans that implement actions and compensations. Asked once, when the engine starts. */
@FunctionalInterface
public interface HandlerResolver {

  /**
   * The bean of that type.
   *
   * @param type the bean's type, as the definition names it
   * @param qualifier which one, where there are several; null for the only one
   * @throws SagaDefinitionException if there is none, or more than one; says what to do
   */
  <T> T resolve(Class<T> type, @Nullable String qualifier);
}

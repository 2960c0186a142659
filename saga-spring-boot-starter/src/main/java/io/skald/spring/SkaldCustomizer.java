package io.skald.spring;

import io.skald.engine.SagaEngine;

/**
 * A last word on the engine before it is built. Every bean of this type is asked, in the order of
 * {@code @Order}, after properties and beans have been applied.
 */
@FunctionalInterface
public interface SkaldCustomizer {

  /** Changes what the engine is made of. */
  void customize(SagaEngine.Builder builder);
}

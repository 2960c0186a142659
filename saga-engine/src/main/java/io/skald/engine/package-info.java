/** The engine as its users see it: {@link io.skald.engine.SagaEngine} and its options. */
@NullMarked
package io.skald.engine;

import org.jspecify.annotations.NullMarked;

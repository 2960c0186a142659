/** The parts of the runtime that can be tested without a store. */
@org.jspecify.annotations.NullMarked
package io.skald.engine.runtime;

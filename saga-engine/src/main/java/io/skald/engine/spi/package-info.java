/**
 * The seams: the store, the codec, the guard, the resolver of handlers and the binding to an
 * application's transactions. What is implemented here says of each method what is atomic, which
 * guard is checked and what a lost race answers.
 */
@NullMarked
package io.skald.engine.spi;

import org.jspecify.annotations.NullMarked;

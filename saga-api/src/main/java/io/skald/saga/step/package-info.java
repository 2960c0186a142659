/**
 * The contracts a step's code implements, what that code is given, and the stages a step passes
 * through while it is declared.
 *
 * <p>An object that implements a contract serves every saga of its definition at the same time, so
 * it must be safe for use by several threads. What it is given ({@code Tx}, {@code Call}, {@code
 * CompensationCall}) belongs to the one attempt and its thread.
 */
@NullMarked
package io.skald.saga.step;

import org.jspecify.annotations.NullMarked;

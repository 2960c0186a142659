/**
 * The contracts a step's code implements, what that code is given, and the stages a step passes
 * through while it is declared.
 */
@NullMarked
package io.skald.saga.step;

import org.jspecify.annotations.NullMarked;

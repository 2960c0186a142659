/** The DSL: what it refuses, what it fills in, and what it is like to use. */
@NullMarked
package io.skald.saga;

import org.jspecify.annotations.NullMarked;

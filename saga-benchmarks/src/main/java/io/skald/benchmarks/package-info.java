/** The engine against the code one would write by hand for the same durable facts. */
@NullMarked
package io.skald.benchmarks;

import org.jspecify.annotations.NullMarked;

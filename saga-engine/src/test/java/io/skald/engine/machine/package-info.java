/** The machine alone: driven by a pure driver, checked after every decision. */
@NullMarked
package io.skald.engine.machine;

import org.jspecify.annotations.NullMarked;

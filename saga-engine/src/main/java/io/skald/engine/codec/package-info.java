/** The JSON codec; the only place that knows Jackson. */
@NullMarked
package io.skald.engine.codec;

import org.jspecify.annotations.NullMarked;

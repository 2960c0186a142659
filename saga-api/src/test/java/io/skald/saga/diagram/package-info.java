/** Tests of pictures. */
@NullMarked
package io.skald.saga.diagram;

import org.jspecify.annotations.NullMarked;

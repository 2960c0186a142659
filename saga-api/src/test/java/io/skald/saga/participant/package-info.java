/** Tests of what participants use. */
@NullMarked
package io.skald.saga.participant;

import org.jspecify.annotations.NullMarked;

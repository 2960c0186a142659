/** User code as it is meant to be written: a trip that is booked with sagas. */
@NullMarked
package io.skald.saga.trip;

import org.jspecify.annotations.NullMarked;

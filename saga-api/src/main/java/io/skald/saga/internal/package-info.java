/** Argument checks shared by the packages of this module; not exported. */
@NullMarked
package io.skald.saga.internal;

import org.jspecify.annotations.NullMarked;

/** What the packages of this module share; exported to no module but those of the engine. */
@NullMarked
package io.skald.saga.internal;

import org.jspecify.annotations.NullMarked;

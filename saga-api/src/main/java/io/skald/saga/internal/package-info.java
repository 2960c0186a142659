/** What the packages of this module share; exported to the engine and the testkit alone. */
@NullMarked
package io.skald.saga.internal;

import org.jspecify.annotations.NullMarked;

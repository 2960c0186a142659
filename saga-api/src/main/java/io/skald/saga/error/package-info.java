/** The exceptions Skald throws, and the one user code throws to say "this can never succeed". */
@NullMarked
package io.skald.saga.error;

import org.jspecify.annotations.NullMarked;

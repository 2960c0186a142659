/** What a search refuses and keeps to itself. */
@NullMarked
package io.skald.saga.view;

import org.jspecify.annotations.NullMarked;

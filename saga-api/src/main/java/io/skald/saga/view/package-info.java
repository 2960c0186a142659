/** What a saga looks like from outside: its status, its history, and the events it announces. */
@NullMarked
package io.skald.saga.view;

import org.jspecify.annotations.NullMarked;

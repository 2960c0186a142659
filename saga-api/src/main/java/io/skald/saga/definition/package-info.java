/**
 * A definition as a value to read: what drivers, diagrams and checks look at. Users of the DSL do
 * not need this package.
 */
@NullMarked
package io.skald.saga.definition;

import org.jspecify.annotations.NullMarked;

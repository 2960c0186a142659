/**
 * Deterministic simulation: several virtual nodes run the engine's own code on one virtual clock
 * and one in-memory store, one thread at a time, while a seed decides who goes next and a fault
 * plan what goes wrong.
 */
@NullMarked
package io.skald.testkit.simulation;

import org.jspecify.annotations.NullMarked;

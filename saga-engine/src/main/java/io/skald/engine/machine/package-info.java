/**
 * The pure heart: what to do next, given a definition and what is recorded. No clock, no thread, no
 * I/O, no logging. The runtime, the simulator and every other driver ask the same machine.
 */
@NullMarked
package io.skald.engine.machine;

import org.jspecify.annotations.NullMarked;

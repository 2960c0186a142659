package io.skald.benchmarks;

/** The result of every measured step. */
record Booking(long id, String step, long cents) {}

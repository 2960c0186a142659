package io.skald.benchmarks;

/** The result of a completed saga. */
record Receipt(String orderId, long reserved, long charged, long shipped) {}

package io.skald.benchmarks;

/** The input of every measured saga. */
record PlaceOrder(String orderId, String customer, String address, long cents) {}

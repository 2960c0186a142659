package io.skald.engine.spi;

/**
 * What a poll found.
 *
 * @param routed how many signals it routed
 * @param due whether a claim may find something after that
 * @param urgent whether a claim of what is urgent may
 */
public record Poll(int routed, boolean due, boolean urgent) {}

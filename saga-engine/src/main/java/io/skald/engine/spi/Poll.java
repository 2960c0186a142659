package io.skald.engine.spi;

/**
 * What a poll found.
 *
 * @param routed how many signals it routed
 * @param due whether a claim may find something after that
 */
public record Poll(int routed, boolean due) {}

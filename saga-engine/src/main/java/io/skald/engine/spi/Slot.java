package io.skald.engine.spi;

/**
 * The right of a node to make one attempt at a time of what is limited over the fleet.
 *
 * @param limit what is limited
 * @param number which one of its slots, from 1
 * @param epoch how often it was taken: what was given back late gives nothing back that was taken
 *     anew
 */
public record Slot(String limit, int number, long epoch) {}

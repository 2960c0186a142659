package io.skald.testkit.simulation;

/**
 * What was tried.
 *
 * @param runs how many runs there were beside the one without faults
 * @param stuck how many of them ended stuck where nobody's handlers could help, as with a pivot
 *     that is never answered: what they left is not compared
 */
public record CompensationReport(int runs, int stuck) {}

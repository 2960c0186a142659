package io.skald.testkit.simulation;

/**
 * What was tried.
 *
 * @param points how many points the run without faults has
 * @param runs how many runs with faults there were
 */
public record CrashPointsReport(int points, int runs) {}

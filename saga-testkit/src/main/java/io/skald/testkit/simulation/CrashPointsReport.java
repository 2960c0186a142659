package io.skald.testkit.simulation;

/**
 * What was tried.
 *
 * @param points how many points the run without faults has
 * @param runs how many runs with faults there were
 * @param possible how many there could have been: more than {@code runs} where some were chosen
 */
public record CrashPointsReport(int points, int runs, int possible) {}

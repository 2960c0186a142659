package io.skald.engine.runtime;

/**
 * What the loop and the housekeeper work with.
 *
 * @param registry the definitions
 * @param context what every run is lent
 * @param lease the right to act
 * @param inFlight what runs here
 * @param launcher starts runs
 * @param joined what was started in callers' transactions
 * @param alarm what the loop sleeps on
 */
record Parts(
    Registry registry,
    RunContext context,
    NodeLease lease,
    InFlight inFlight,
    Launcher launcher,
    JoinedStarts joined,
    Alarm alarm) {}

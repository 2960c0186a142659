package io.skald.messaging;

import java.time.Duration;

/**
 * How a relay works. Immutable; begin with {@link #defaults()}.
 *
 * @param pollInterval how often it looks for messages at most, when nobody told it of any; default
 *     500 ms, 10 ms to 1 min
 * @param lease how long after its last sign of life its share goes to others; default 15 s, at
 *     least 3 heartbeats, at most 1 h
 * @param heartbeat how often it gives one; default 5 s, at least 10 ms
 * @param loadedMax how many messages it has in memory at most, under way or behind others of their
 *     key; default 1,000, 64 to 100,000. Their payloads come to 32 MiB at most, or one message
 * @param sendTimeout after how long without an answer it sends a message again; default 30 s, 100
 *     ms to 1 h
 * @param attemptsMax how often a message may fail while others get through, before it counts as one
 *     no broker will take; default {@link #ATTEMPTS_UNLIMITED}, as part of a broker may be away for
 *     long, at least 1
 * @param retention how long messages stay that were sent; default 1 day, 0 to 3,650 days
 * @param shutdownTimeout how long {@code close} waits for what is under way; default 10 s, at most
 *     1 h
 */
public record RelayOptions(
    Duration pollInterval,
    Duration lease,
    Duration heartbeat,
    int loadedMax,
    Duration sendTimeout,
    int attemptsMax,
    Duration retention,
    Duration shutdownTimeout) {

  /** As often as it takes: only what the broker refuses fails. */
  public static final int ATTEMPTS_UNLIMITED = Integer.MAX_VALUE;

  /** Checks every bound. */
  public RelayOptions {
    between("pollInterval", pollInterval, Duration.ofMillis(10), Duration.ofMinutes(1));
    between("heartbeat", heartbeat, Duration.ofMillis(10), Duration.ofHours(1));
    between("lease", lease, heartbeat.multipliedBy(3), Duration.ofHours(1));
    require("loadedMax", loadedMax, loadedMax >= 64 && loadedMax <= 100_000, "64 to 100000");
    between("sendTimeout", sendTimeout, Duration.ofMillis(100), Duration.ofHours(1));
    require("attemptsMax", attemptsMax, attemptsMax >= 1, ">= 1");
    between("retention", retention, Duration.ZERO, Duration.ofDays(3650));
    between("shutdownTimeout", shutdownTimeout, Duration.ZERO, Duration.ofHours(1));
  }

  /** What holds where nothing is said. */
  public static RelayOptions defaults() {
    return new RelayOptions(
        Duration.ofMillis(500),
        Duration.ofSeconds(15),
        Duration.ofSeconds(5),
        1_000,
        Duration.ofSeconds(30),
        ATTEMPTS_UNLIMITED,
        Duration.ofDays(1),
        Duration.ofSeconds(10));
  }

  /** These with another poll interval. */
  public RelayOptions withPollInterval(Duration interval) {
    return new RelayOptions(
        interval,
        lease,
        heartbeat,
        loadedMax,
        sendTimeout,
        attemptsMax,
        retention,
        shutdownTimeout);
  }

  /** These with another lease and heartbeat. */
  public RelayOptions withLease(Duration time, Duration beat) {
    return new RelayOptions(
        pollInterval, time, beat, loadedMax, sendTimeout, attemptsMax, retention, shutdownTimeout);
  }

  /** These with room for more messages, or fewer. */
  public RelayOptions withLoadedMax(int messages) {
    return new RelayOptions(
        pollInterval,
        lease,
        heartbeat,
        messages,
        sendTimeout,
        attemptsMax,
        retention,
        shutdownTimeout);
  }

  /** These with another patience for an answer of the broker. */
  public RelayOptions withSendTimeout(Duration timeout) {
    return new RelayOptions(
        pollInterval,
        lease,
        heartbeat,
        loadedMax,
        timeout,
        attemptsMax,
        retention,
        shutdownTimeout);
  }

  /** These with a limit on attempts. */
  public RelayOptions withAttemptsMax(int attempts) {
    return new RelayOptions(
        pollInterval,
        lease,
        heartbeat,
        loadedMax,
        sendTimeout,
        attempts,
        retention,
        shutdownTimeout);
  }

  /** These with another time for which sent messages stay. */
  public RelayOptions withRetention(Duration kept) {
    return new RelayOptions(
        pollInterval, lease, heartbeat, loadedMax, sendTimeout, attemptsMax, kept, shutdownTimeout);
  }

  /** These with another patience of {@code close}. */
  public RelayOptions withShutdownTimeout(Duration timeout) {
    return new RelayOptions(
        pollInterval, lease, heartbeat, loadedMax, sendTimeout, attemptsMax, retention, timeout);
  }

  private static void between(String what, Duration actual, Duration min, Duration max) {
    boolean isWithin = actual.compareTo(min) >= 0 && actual.compareTo(max) <= 0;
    require(what, actual, isWithin, min + " to " + max);
  }

  private static void require(String what, Object actual, boolean holds, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(what + ": " + actual + " (expected: " + expected + ")");
    }
  }
}

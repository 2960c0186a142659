package io.skald.engine;

import io.skald.engine.spi.Retention;
import java.time.Duration;
import java.util.Objects;

/**
 * How an engine works. Immutable; begin with {@link #defaults()}.
 *
 * @param nodeName what people call this node; need not be unique; default {@code "skald"}
 * @param concurrency how many sagas run here at the same time; default 64; with 0 this node starts
 *     sagas and leaves them to others
 * @param urgentShare which share of these is kept for urgent sagas, which compensate, were
 *     cancelled or are past their pivot, so that no new saga can take it; default 0.25, 0 to 0.9;
 *     rounded down to whole sagas, so that of a concurrency below 4 a quarter is none. What a dead
 *     node was at is taken over in it as well
 * @param pollInterval how often the engine looks for due sagas; default 1 s, 10 ms to 1 min
 * @param lease how long after its last heartbeat this node counts as alive; default 15 s, at least
 *     3 heartbeats, at most 1 h
 * @param heartbeat how often this node says that it is alive; default 5 s, at least 10 ms
 * @param shutdownTimeout how long {@code close} waits for running sagas; default 20 s, at most 1 h
 * @param retention how long ended sagas are kept, which is also how long a key is refused to a new
 *     saga; default 7 days, at most 3,650 days
 * @param payloadBytesMax the largest encoded input, result or output; default 1 MiB, at least 1 KiB
 * @param crashesMax after how many owners that died in a row a saga is stuck; default 10, at least
 *     3: until the second it may merely have been beside the one that killed them
 */
public record EngineOptions(
    String nodeName,
    int concurrency,
    double urgentShare,
    Duration pollInterval,
    Duration lease,
    Duration heartbeat,
    Duration shutdownTimeout,
    Retention retention,
    int payloadBytesMax,
    int crashesMax) {

  /** Checks every bound. */
  public EngineOptions {
    Objects.requireNonNull(nodeName, "nodeName");
    require(
        "nodeName", nodeName, !nodeName.isBlank() && nodeName.length() <= 100, "1 to 100 chars");
    require("concurrency", concurrency, concurrency >= 0, ">= 0");
    require("urgentShare", urgentShare, urgentShare >= 0 && urgentShare <= 0.9, "0 to 0.9");
    between("pollInterval", pollInterval, Duration.ofMillis(10), Duration.ofMinutes(1));
    between("heartbeat", heartbeat, Duration.ofMillis(10), Duration.ofHours(1));
    between("lease", lease, heartbeat.multipliedBy(3), Duration.ofHours(1));
    between("shutdownTimeout", shutdownTimeout, Duration.ZERO, Duration.ofHours(1));
    Objects.requireNonNull(retention, "retention");
    require("payloadBytesMax", payloadBytesMax, payloadBytesMax >= 1024, ">= 1024");
    require("crashesMax", crashesMax, crashesMax >= 3, ">= 3");
  }

  /** What holds where nothing is said. */
  public static EngineOptions defaults() {
    return new EngineOptions(
        "skald",
        64,
        0.25,
        Duration.ofSeconds(1),
        Duration.ofSeconds(15),
        Duration.ofSeconds(5),
        Duration.ofSeconds(20),
        Retention.of(Duration.ofDays(7)),
        1024 * 1024,
        10);
  }

  /** These under another node name. */
  public EngineOptions withNodeName(String name) {
    return new EngineOptions(
        name,
        concurrency,
        urgentShare,
        pollInterval,
        lease,
        heartbeat,
        shutdownTimeout,
        retention,
        payloadBytesMax,
        crashesMax);
  }

  /** These with another number of sagas at the same time. */
  public EngineOptions withConcurrency(int sagas) {
    return new EngineOptions(
        nodeName,
        sagas,
        urgentShare,
        pollInterval,
        lease,
        heartbeat,
        shutdownTimeout,
        retention,
        payloadBytesMax,
        crashesMax);
  }

  /** These with another share of the room kept for urgent sagas. */
  public EngineOptions withUrgentShare(double share) {
    return new EngineOptions(
        nodeName,
        concurrency,
        share,
        pollInterval,
        lease,
        heartbeat,
        shutdownTimeout,
        retention,
        payloadBytesMax,
        crashesMax);
  }

  /** How many of the sagas that run here at the same time have to be urgent. */
  int urgentRoom() {
    // 0.29 of 100 is 29, whatever a double makes of it
    return (int) (concurrency * urgentShare + 1e-6);
  }

  /** These with another poll interval. */
  public EngineOptions withPollInterval(Duration interval) {
    return new EngineOptions(
        nodeName,
        concurrency,
        urgentShare,
        interval,
        lease,
        heartbeat,
        shutdownTimeout,
        retention,
        payloadBytesMax,
        crashesMax);
  }

  /**
   * These with another lease and heartbeat, which are bound to each other.
   *
   * @param duration how long after its last heartbeat a node counts as alive
   * @param interval how often it says that it is
   */
  public EngineOptions withLease(Duration duration, Duration interval) {
    return new EngineOptions(
        nodeName,
        concurrency,
        urgentShare,
        pollInterval,
        duration,
        interval,
        shutdownTimeout,
        retention,
        payloadBytesMax,
        crashesMax);
  }

  /** These with another time to wait on close. */
  public EngineOptions withShutdownTimeout(Duration duration) {
    return new EngineOptions(
        nodeName,
        concurrency,
        urgentShare,
        pollInterval,
        lease,
        heartbeat,
        duration,
        retention,
        payloadBytesMax,
        crashesMax);
  }

  /** These with another retention, the same for all ended sagas. */
  public EngineOptions withRetention(Duration duration) {
    return withRetention(Retention.of(duration));
  }

  /** These with another retention. */
  public EngineOptions withRetention(Retention kept) {
    return new EngineOptions(
        nodeName,
        concurrency,
        urgentShare,
        pollInterval,
        lease,
        heartbeat,
        shutdownTimeout,
        kept,
        payloadBytesMax,
        crashesMax);
  }

  /** These with another bound of payloads. */
  public EngineOptions withPayloadBytesMax(int bytes) {
    return new EngineOptions(
        nodeName,
        concurrency,
        urgentShare,
        pollInterval,
        lease,
        heartbeat,
        shutdownTimeout,
        retention,
        bytes,
        crashesMax);
  }

  /** These with another bound of crashes. */
  public EngineOptions withCrashesMax(int crashes) {
    return new EngineOptions(
        nodeName,
        concurrency,
        urgentShare,
        pollInterval,
        lease,
        heartbeat,
        shutdownTimeout,
        retention,
        payloadBytesMax,
        crashes);
  }

  private static void between(String what, Duration value, Duration min, Duration max) {
    Objects.requireNonNull(value, what);
    boolean holds = value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
    require(what, value, holds, "%s to %s".formatted(min, max));
  }

  private static void require(String what, Object actual, boolean holds, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("%s: %s (expected: %s)".formatted(what, actual, expected));
    }
  }
}

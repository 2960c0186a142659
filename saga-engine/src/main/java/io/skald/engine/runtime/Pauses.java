package io.skald.engine.runtime;

import java.time.Duration;

/**
 * The pauses between tries of what the store cannot do for a while: 50 ms, and each twice the one
 * before, up to 1 s. Confined to one thread.
 */
final class Pauses {
  private static final Duration FIRST = Duration.ofMillis(50);
  private static final Duration MAX = Duration.ofSeconds(1);

  private final Sources sources;
  private Duration next = FIRST;

  Pauses(Sources sources) {
    this.sources = sources;
  }

  void pause() throws InterruptedException {
    sources.pause(next);
    Duration twice = next.multipliedBy(2);
    next = twice.compareTo(MAX) < 0 ? twice : MAX;
  }
}

package io.skald.testkit;

import io.skald.engine.spi.Rate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** The tokens that are left of each rate. Guarded by the store's lock. */
final class InMemoryRates {
  private final Map<String, Left> rates = new HashMap<>();

  private record Left(double tokens, Instant at) {}

  int take(String name, Rate rate, int wanted, Instant now) {
    Left left = rates.getOrDefault(name, new Left(rate.attempts(), now));
    double grown = (double) Duration.between(left.at(), now).toNanos() / rate.per().toNanos();
    double tokens = Math.min(rate.attempts(), left.tokens() + Math.max(0, grown) * rate.attempts());
    int taken = (int) Math.min(Math.max(0, wanted), Math.floor(tokens));
    rates.put(name, new Left(tokens - taken, now));
    return taken;
  }
}

package io.skald.engine.spi;

import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * Which ended sagas are to go when they are of an age. Made by {@link Retention#expiries}.
 *
 * @param age how long ago they ended, at least
 * @param ends the ends of definitions that are not named
 * @param named the ends of each definition that is; none of some, perhaps
 */
public record Expiry(Duration age, Set<SagaStatus> ends, Map<String, Set<SagaStatus>> named) {
  /** Copies what could change. */
  public Expiry {
    ends = Set.copyOf(ends);
    named = Map.copyOf(named);
  }

  /** Whether a saga of that definition that has ended so is one of them. */
  public boolean applies(String definition, SagaStatus end) {
    return named.getOrDefault(definition, ends).contains(end);
  }
}

package io.skald.engine.runtime;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long what follows the pivot takes, by definition and version: what the sagas took that
 * completed last. Read from the store, so that a node that has just started knows it as well. Safe
 * for use by several threads.
 */
public final class RestPaces {
  /** Of fewer sagas nothing is concluded. */
  static final int SAGAS_MIN = 100;

  /** Of how many sagas, the last ones. */
  static final int SAGAS_MAX = 1_000;

  /** How long what was read holds. */
  static final Duration FRESH = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(RestPaces.class);

  private final SagaStore store;
  private final Sources sources;
  private final Outage outage = new Outage();
  private final Map<DefinitionRef, Pace> paces = new ConcurrentHashMap<>();

  /** What was read, and when. */
  private record Seen(Optional<Duration> rest, long nanos) {}

  /** What is known of one definition; one run at a time looks again. */
  private static final class Pace {
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile @Nullable Seen seen;
  }

  /**
   * Paces of which nothing is read yet.
   *
   * @param store where sagas are kept
   * @param sources tells how old is what was read
   */
  public RestPaces(SagaStore store, Sources sources) {
    this.store = store;
    this.sources = sources;
  }

  /**
   * What 99 of 100 sagas have not exceeded, from the commit that put them at the pivot to their
   * end; empty if too few have completed, or nothing could be read. Asks the store if what was read
   * is older than {@link #FRESH} and nobody else does just now.
   */
  Optional<Duration> restOf(SagaDefinition<?, ?> definition) {
    Pace pace = paces.computeIfAbsent(RegisteredSaga.refOf(definition), ref -> new Pace());
    Seen seen = pace.seen;
    if (seen != null && sources.nanoTime() - seen.nanos() < FRESH.toNanos()) {
      return seen.rest();
    }
    if (seen == null || pace.looking.compareAndSet(false, true)) {
      try {
        seen = new Seen(look(definition, seen), sources.nanoTime());
        pace.seen = seen;
      } finally {
        pace.looking.set(false);
      }
    }
    return seen.rest();
  }

  private Optional<Duration> look(SagaDefinition<?, ?> definition, @Nullable Seen before) {
    List<String> steps =
        definition.allSteps().stream()
            .filter(step -> step.position() == Position.COMPENSATABLE)
            .map(PlacedStep::name)
            .sorted()
            .toList();
    try {
      List<Duration> times =
          store.restTimes(RegisteredSaga.refOf(definition), steps, SAGAS_MAX).stream()
              .sorted()
              .toList();
      var unused = outage.end();
      return times.size() < SAGAS_MIN ? Optional.empty() : Optional.of(times.get(index(times)));
    } catch (SagaStoreException e) {
      if (outage.isNews(e)) {
        LOG.warn(
            "cannot read how long sagas of {} take; what was read before holds", definition, e);
      }
      return before == null ? Optional.empty() : before.rest();
    }
  }

  /** Of the first one that is no shorter than 99 of 100. */
  private static int index(List<Duration> sorted) {
    return (int) Math.ceil(sorted.size() * 0.99) - 1;
  }
}

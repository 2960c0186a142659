package io.skald.engine.runtime;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Standing;
import io.skald.engine.spi.Standings;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Census;
import io.skald.saga.view.Census.Stand;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Counts the sagas in flight by where they stand. What the log does not say, the definition does,
 * where it is known: which step comes after the one that was recorded last. Safe for use by several
 * threads.
 *
 * @param store where the sagas are
 * @param registry the definitions that are known
 */
public record CensusTaker(SagaStore store, Registry registry) {

  /**
   * The sagas in flight.
   *
   * @param except versions of which none is counted
   */
  public Census take(Collection<DefinitionRef> except) {
    var groups = new LinkedHashMap<Place, Census.Group>();
    Standings found = store.standings(except);
    for (Standing standing : found.standings()) {
      Census.Group group = group(standing);
      var place = new Place(standing.definition(), group.status(), group.place());
      groups.merge(place, group, CensusTaker::together);
    }
    return new Census(found.readAt(), List.copyOf(groups.values()));
  }

  private record Place(DefinitionRef definition, SagaStatus status, String words) {}

  private static Census.Group together(Census.Group one, Census.Group other) {
    Instant oldest = one.oldest().isBefore(other.oldest()) ? one.oldest() : other.oldest();
    return new Census.Group(
        one.definition(),
        one.version(),
        one.fingerprint(),
        one.status(),
        one.step(),
        one.stand(),
        one.sagas() + other.sagas(),
        oldest);
  }

  private Census.Group group(Standing standing) {
    DefinitionRef ref = standing.definition();
    Optional<SagaDefinition<?, ?>> known = registry.find(ref).map(RegisteredSaga::definition);
    Optional<String> next = known.flatMap(definition -> next(definition, standing));
    Standing.Last last = standing.last();
    boolean isAt = next.isPresent() || last == null || !isPassed(last);
    return new Census.Group(
        ref.name(),
        ref.version(),
        ref.fingerprint(),
        standing.status(),
        next.or(() -> Optional.ofNullable(last).map(Standing.Last::path)),
        isAt ? Stand.AT : Stand.AFTER,
        standing.sagas(),
        standing.oldest());
  }

  private static boolean isPassed(Standing.Last last) {
    return last.status() == LogStatus.SUCCEEDED || last.status() == LogStatus.SKIPPED;
  }

  /** What is recorded of such a step is what was decided, and what it holds comes next. */
  private static boolean holdsOthers(PlacedStep step) {
    return step.plan() instanceof ChoicePlan || step.plan() instanceof ForEachPlan;
  }

  /** The step that comes next, where what was recorded last is enough to tell. */
  private static Optional<String> next(SagaDefinition<?, ?> definition, Standing standing) {
    List<String> names = definition.steps().stream().map(PlacedStep::name).toList();
    Standing.Last last = standing.last();
    if (last == null) {
      return Optional.of(names.getFirst());
    }
    int at = names.indexOf(last.path());
    boolean isOn =
        standing.status() == SagaStatus.RUNNING
            && last.direction() == Direction.ACTION
            && isPassed(last)
            && definition.isSequential();
    return isOn && at >= 0 && at + 1 < names.size() && !holdsOthers(definition.steps().get(at))
        ? Optional.of(names.get(at + 1))
        : Optional.empty();
  }
}

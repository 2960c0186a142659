package io.skald.engine.spi;

import io.skald.saga.internal.Check;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How long ended sagas are kept, which is also how long their keys are refused to new ones: by how
 * they ended, and by definition. A saga that is stuck has not ended. Immutable; begin with {@link
 * #of}.
 *
 * <pre>{@code
 * Retention.of(Duration.ofDays(7))
 *     .withResolved(Duration.ofDays(365))
 *     .withDefinition("transfer", Retention.of(Duration.ofDays(3650)))
 * }</pre>
 *
 * @param completed how long completed ones are kept; 1 s to 3,650 days
 * @param compensated how long compensated ones are kept; 1 s to 3,650 days
 * @param resolved how long those that an operator resolved are kept; 1 s to 3,650 days
 * @param definitions what holds for definitions of their own, by name
 */
public record Retention(
    Duration completed,
    Duration compensated,
    Duration resolved,
    Map<String, Retention> definitions) {
  private static final Duration MIN = Duration.ofSeconds(1);
  private static final Duration MAX = Duration.ofDays(3650);

  /** Checks every bound. */
  public Retention {
    for (Duration kept : List.of(completed, compensated, resolved)) {
      if (kept.compareTo(MIN) < 0 || kept.compareTo(MAX) > 0) {
        throw Check.refused("retention", kept, MIN + " to " + MAX);
      }
    }
    definitions.forEach(Retention::requirePlain);
    definitions = Map.copyOf(definitions);
  }

  /**
   * The same for every end and every definition.
   *
   * @throws IllegalArgumentException if it is below 1 s or above 3,650 days
   */
  public static Retention of(Duration kept) {
    Objects.requireNonNull(kept, "retention");
    return new Retention(kept, kept, kept, Map.of());
  }

  /** This with another time for completed sagas. */
  public Retention withCompleted(Duration kept) {
    return new Retention(kept, compensated, resolved, definitions);
  }

  /** This with another time for compensated sagas. */
  public Retention withCompensated(Duration kept) {
    return new Retention(completed, kept, resolved, definitions);
  }

  /** This with another time for sagas that an operator resolved. */
  public Retention withResolved(Duration kept) {
    return new Retention(completed, compensated, kept, definitions);
  }

  /**
   * This with times of its own for a definition, in every version; replaces earlier ones.
   *
   * @param name the definition's name
   * @param own what holds for it, and for nothing within it
   * @throws IllegalArgumentException if no definition can have that name, or {@code own} has
   *     definitions itself
   */
  public Retention withDefinition(String name, Retention own) {
    var more = new HashMap<>(definitions);
    more.put(name, own);
    return new Retention(completed, compensated, resolved, more);
  }

  /** Which sagas go at which age: one for each age that occurs, the shortest first. */
  public List<Expiry> expiries() {
    SortedSet<Duration> ages = new TreeSet<>(ages());
    definitions.values().forEach(own -> ages.addAll(own.ages()));
    var expiries = new ArrayList<Expiry>();
    for (Duration age : ages) {
      var named = new HashMap<String, Set<SagaStatus>>();
      definitions.forEach((name, own) -> named.put(name, own.endsOf(age)));
      expiries.add(new Expiry(age, endsOf(age), named));
    }
    return expiries;
  }

  private List<Duration> ages() {
    return List.of(completed, compensated, resolved);
  }

  private Set<SagaStatus> endsOf(Duration age) {
    var ends = EnumSet.noneOf(SagaStatus.class);
    for (SagaStatus status : SagaStatus.values()) {
      if (status.isEnd() && keptFor(status).equals(age)) {
        ends.add(status);
      }
    }
    return ends;
  }

  private Duration keptFor(SagaStatus end) {
    return switch (end) {
      case COMPLETED -> completed;
      case COMPENSATED -> compensated;
      case RESOLVED -> resolved;
      case RUNNING, COMPENSATING, STUCK -> throw new IllegalArgumentException("no end: " + end);
    };
  }

  private static void requirePlain(String name, Retention own) {
    String checked = Check.name("retention of definition", name);
    if (!own.definitions.isEmpty()) {
      throw Check.refused(
          "retention of definition " + checked, own.definitions.keySet(), "none within it");
    }
  }
}

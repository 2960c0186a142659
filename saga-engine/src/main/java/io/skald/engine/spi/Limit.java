package io.skald.engine.spi;

import io.skald.saga.internal.Check;
import java.util.Locale;
import java.util.Objects;

/**
 * How many attempts of something are made at the same time, by each node or by all nodes together:
 * of a step, or of all steps of a saga's definition. An attempt that would be one too many is not
 * made, and none is spent: its saga stands in a queue in the store, and is parked until it is its
 * turn. Immutable; begin with {@link #ofStep} or {@link #ofSaga}.
 *
 * <pre>{@code
 * Limit.ofStep("charge-card").atOnce(10)
 * Limit.ofSaga("import-catalogue").atOnce(4).overFleet()
 * }</pre>
 *
 * @param subject what is limited
 * @param name the name of the step or definition
 * @param atOnce how many attempts at the same time; 1 to 1,000
 * @param reach whose attempts are counted together
 */
public record Limit(Subject subject, String name, int atOnce, Reach reach) {
  private static final int AT_ONCE_MAX = 1_000;

  /** Whose attempts are counted together. */
  public enum Reach {
    /** Those of each node on its own. */
    NODE,
    /** Those of all nodes on one store. */
    FLEET
  }

  /** What can be limited. */
  public enum Subject {
    /** The tasks of that name, in every definition: their actions, compensations, confirmations. */
    STEP,
    /** The definition of that name, in every version: all attempts of all its steps together. */
    SAGA;

    /** The subject of that name in words, which no lock can have as its name: {@code step a}. */
    public String called(String name) {
      return name().toLowerCase(Locale.ROOT) + " " + name;
    }
  }

  /** Checks the bound. */
  public Limit {
    Objects.requireNonNull(subject, "subject");
    Check.name("limit", name);
    Check.within("atOnce", atOnce, AT_ONCE_MAX);
    Objects.requireNonNull(reach, "reach");
  }

  /** This limit, for the attempts of all nodes together. Every node should have the same. */
  public Limit overFleet() {
    return new Limit(subject, name, atOnce, Reach.FLEET);
  }

  /** Whether this limit takes the place of another one: of the same, with the same reach. */
  public boolean replaces(Limit other) {
    return subject == other.subject && name.equals(other.name) && reach == other.reach;
  }

  /**
   * Begins a limit of a step.
   *
   * @param name the step's name
   * @throws IllegalArgumentException if no step can have that name
   */
  public static Draft ofStep(String name) {
    return new Draft(Subject.STEP, Check.name("limit", name));
  }

  /**
   * Begins a limit of a saga's definition.
   *
   * @param name the definition's name
   * @throws IllegalArgumentException if no definition can have that name
   */
  public static Draft ofSaga(String name) {
    return new Draft(Subject.SAGA, Check.name("limit", name));
  }

  /**
   * A limit without its number.
   *
   * @param subject what is limited
   * @param name the name of the step or definition
   */
  public record Draft(Subject subject, String name) {

    /**
     * The limit, for each node on its own.
     *
     * @param attempts how many at the same time
     * @throws IllegalArgumentException if that is less than 1 or more than 1,000
     */
    public Limit atOnce(int attempts) {
      return new Limit(subject, name, attempts, Reach.NODE);
    }
  }
}

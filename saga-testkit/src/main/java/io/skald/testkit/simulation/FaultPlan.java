package io.skald.testkit.simulation;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Which faults strike a simulated run, and where. Immutable. */
public final class FaultPlan {
  /** How many faults a random plan lets strike, where nothing is said: 6. */
  public static final int FAULTS_MAX = 6;

  /** How likely a random plan strikes at a point, where nothing is said: 0.1. */
  public static final double PROBABILITY = 0.1;

  private final Map<Integer, Fault> exact;
  private final Set<Fault> kinds;
  private final double probability;
  private final int faultsMax;

  private FaultPlan(
      Map<Integer, Fault> exact, Set<Fault> kinds, double probability, int faultsMax) {
    this.exact = Map.copyOf(exact);
    this.kinds = Set.copyOf(kinds);
    this.probability = probability;
    this.faultsMax = faultsMax;
  }

  /** Nothing goes wrong. */
  public static FaultPlan none() {
    return new FaultPlan(Map.of(), Set.of(), 0, 0);
  }

  /** Faults of every kind, at points the seed chooses; at least one. */
  public static FaultPlan random() {
    return new FaultPlan(Map.of(), EnumSet.allOf(Fault.class), PROBABILITY, FAULTS_MAX);
  }

  /**
   * These faults and no others.
   *
   * @param faults by the number of the point, from 1, in the order the run comes to them
   */
  public static FaultPlan exactly(Map<Integer, Fault> faults) {
    return new FaultPlan(faults, Set.of(), 0, faults.size());
  }

  /** This random plan with faults of these kinds only. */
  public FaultPlan only(Fault... faults) {
    return new FaultPlan(exact, EnumSet.copyOf(Arrays.asList(faults)), probability, faultsMax);
  }

  /**
   * This random plan with another probability.
   *
   * @param likely from 0 (exclusive) to 1
   */
  public FaultPlan probability(double likely) {
    if (!(likely > 0 && likely <= 1)) {
      throw new IllegalArgumentException("probability: " + likely + " (expected: > 0, <= 1)");
    }
    return new FaultPlan(exact, kinds, likely, faultsMax);
  }

  /**
   * This random plan with another bound.
   *
   * @param faults how many strike at most; at least 1
   */
  public FaultPlan faultsMax(int faults) {
    if (faults < 1) {
      throw new IllegalArgumentException("faults: " + faults + " (expected: >= 1)");
    }
    return new FaultPlan(exact, kinds, probability, faults);
  }

  /** Whether nothing goes wrong by this plan. */
  boolean isCalm() {
    return faultsMax == 0;
  }

  /** The plan as it goes along one run of so many sagas. */
  Course begin(RandomGenerator random, int sagas) {
    return new Course(random, 1 + random.nextInt(3 * sagas));
  }

  @Override
  public String toString() {
    return kinds.isEmpty()
        ? "exactly " + new TreeMap<>(exact)
        : "random, probability %s, at most %d".formatted(probability, faultsMax);
  }

  /** A plan while it is carried out. Confined to one run. */
  final class Course {
    private final RandomGenerator random;
    private final int first;
    private int struck;

    private Course(RandomGenerator random, int first) {
      this.random = random;
      this.first = first;
    }

    /** What goes wrong at the point of that number. */
    Optional<Fault> at(int number, FaultPoint point) {
      Optional<Fault> fault = point.isNumbered() ? exactlyAt(number) : Optional.empty();
      fault = fault.filter(kind -> kind.canStrike(point));
      if (!kinds.isEmpty() && struck < faultsMax && isDue(number)) {
        fault = anyAt(point);
      }
      struck += fault.isPresent() ? 1 : 0;
      return fault;
    }

    private Optional<Fault> exactlyAt(int number) {
      return Optional.ofNullable(exact.get(number));
    }

    /** A run in which nothing goes wrong proves nothing, so the first one is certain to come. */
    private boolean isDue(int number) {
      return struck == 0 ? number >= first : random.nextDouble() < probability;
    }

    private Optional<Fault> anyAt(FaultPoint point) {
      List<Fault> possible = Fault.at(point).stream().filter(kinds::contains).toList();
      return possible.isEmpty()
          ? Optional.empty()
          : Optional.of(possible.get(random.nextInt(possible.size())));
    }
  }
}

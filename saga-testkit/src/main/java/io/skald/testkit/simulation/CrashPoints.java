package io.skald.testkit.simulation;

import io.skald.saga.SagaDefinition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Breaks a saga at each of its points: a first run without faults records where it talks to the
 * store and to participants, and then it is run again with every fault at every point.
 *
 * <pre>{@code
 * CrashPoints.of(placeOrder, order).everySingle();
 * }</pre>
 *
 * <p>Immutable.
 */
public final class CrashPoints {
  private static final String HANDLERS_FORGET =
      "handlers must not wait, and keep nothing from one run to the next (expected: SagaSimulator"
          + ".beforeEach to empty what they write to, or a RemoteLedger)";

  private final SagaSimulator simulator;

  private CrashPoints(SagaSimulator simulator) {
    this.simulator = simulator;
  }

  /** The points of one saga. */
  public static <I> CrashPoints of(SagaDefinition<I, ?> definition, I input) {
    return of(SagaSimulator.of(definition, input));
  }

  /** The points of what {@code simulator} runs, its faults aside. */
  public static CrashPoints of(SagaSimulator simulator) {
    return new CrashPoints(simulator);
  }

  /**
   * Runs with every fault at every point, one at a time.
   *
   * @throws SimulationFailure for the first run in which something did not hold
   */
  public CrashPointsReport everySingle() {
    List<Happening> points = calm().happenings();
    List<Replay> singles = singles(points);
    return report(points, singles.size(), singles.size());
  }

  /**
   * Runs with two faults: some of all the pairs there are, chosen by the seed. For a small saga
   * there are thousands of pairs, for a large one 100,000.
   *
   * @param max how many runs at most; at least 1
   * @throws SimulationFailure for the first run in which something did not hold
   */
  public CrashPointsReport pairs(int max) {
    if (max < 1) {
      throw new IllegalArgumentException("pairs: " + max + " (expected: >= 1)");
    }
    List<Happening> points = calm().happenings();
    List<Map<Integer, Fault>> pairs = pairs(points);
    Collections.shuffle(pairs, new Random(simulator.seed()));
    List<Map<Integer, Fault>> tried = pairs.subList(0, Math.min(max, pairs.size()));
    tried.forEach(this::tried);
    return report(points, tried.size(), pairs.size());
  }

  /**
   * Runs with every fault at every point, and with each of them every fault at every point that
   * comes after it. Takes long: a large saga has 100,000 such pairs.
   *
   * @throws SimulationFailure for the first run in which something did not hold
   */
  public CrashPointsReport everyPair() {
    return pairs(Integer.MAX_VALUE);
  }

  /** A first fault changes what comes after it: the second one is at a point of that run. */
  private List<Map<Integer, Fault>> pairs(List<Happening> points) {
    var pairs = new ArrayList<Map<Integer, Fault>>();
    for (Replay single : singles(points)) {
      Map.Entry<Integer, Fault> first = single.exact().entrySet().iterator().next();
      for (Happening second : single.happenings()) {
        if (second.point().isNumbered() && second.number() > first.getKey()) {
          Fault.at(second.point())
              .forEach(
                  fault ->
                      pairs.add(Map.of(first.getKey(), first.getValue(), second.number(), fault)));
        }
      }
    }
    return pairs;
  }

  /** What is left of one run in another one would make every result worthless. */
  private CrashPointsReport report(List<Happening> points, int runs, int possible) {
    int now = calm().happenings().size();
    if (now != points.size()) {
      throw new SimulationFailure(
          "the run without faults had %d points at first and %d in the end: %s"
              .formatted(points.size(), now, HANDLERS_FORGET));
    }
    return new CrashPointsReport(now, runs, possible);
  }

  private Replay calm() {
    return held(Replay.of(simulator.scenario(), simulator.seed(), FaultPlan.none()));
  }

  private List<Replay> singles(List<Happening> points) {
    var singles = new ArrayList<Replay>();
    for (Happening point : points) {
      for (Fault fault : Fault.at(point.point())) {
        singles.add(tried(Map.of(point.number(), fault)));
      }
    }
    return singles;
  }

  private Replay tried(Map<Integer, Fault> faults) {
    Replay replay =
        held(Replay.of(simulator.scenario(), simulator.seed(), FaultPlan.exactly(faults)));
    if (replay.faults().size() != faults.size()) {
      throw new SimulationFailure(
          "seed %d, faults %s: not all of them struck, so this run was another one: %s"
              .formatted(simulator.seed(), faults, HANDLERS_FORGET));
    }
    return replay;
  }

  private static Replay held(Replay replay) {
    if (!replay.holds()) {
      throw replay.shortest().failure();
    }
    return replay;
  }
}

package io.skald.testkit.simulation;

import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A run of a scenario, done: with what seed, what went wrong and what did not hold.
 *
 * @param scenario what was run
 * @param seed the seed
 * @param plan the plan
 * @param happenings what happened at the points
 * @param violations what did not hold
 * @param snapshots the sagas at the end
 * @param elapsed how long it took on the virtual clock
 */
record Replay(
    Scenario scenario,
    long seed,
    FaultPlan plan,
    List<Happening> happenings,
    List<String> violations,
    List<SagaSnapshot> snapshots,
    Duration elapsed) {

  static Replay of(Scenario scenario, long seed, FaultPlan plan) {
    var simulation = new Simulation(scenario, seed, plan);
    var violations = new ArrayList<String>();
    try {
      simulation.run();
      if (simulation.invariants().violations().isEmpty()) {
        simulation.resumeOnce();
      }
    } catch (IllegalStateException | AssertionError e) {
      violations.add(e + (e.getCause() == null ? "" : " caused by " + trace(e.getCause())));
    }
    // what was written down before the threads end is what counts
    violations.addAll(0, simulation.invariants().violations());
    var replay =
        new Replay(
            scenario,
            seed,
            plan,
            simulation.faults().happenings(),
            List.copyOf(violations),
            simulation.snapshots(),
            simulation.elapsed());
    simulation.close();
    return replay;
  }

  private static String trace(Throwable cause) {
    return cause
        + Arrays.stream(cause.getStackTrace())
            .limit(8)
            .map(frame -> "\n      at " + frame)
            .collect(Collectors.joining());
  }

  boolean holds() {
    return violations.isEmpty();
  }

  List<Fault> faults() {
    var faults = new ArrayList<Fault>();
    for (Happening happening : happenings) {
      if (happening.fault() != null) {
        faults.add(happening.fault());
      }
    }
    return faults;
  }

  /** The faults as an exact plan, as far as they struck at points that have a number. */
  Map<Integer, Fault> exact() {
    var exact = new TreeMap<Integer, Fault>();
    for (Happening happening : happenings) {
      if (happening.fault() != null && happening.point().isNumbered()) {
        exact.put(happening.number(), happening.fault());
      }
    }
    return exact;
  }

  int attempts() {
    return (int)
        happenings.stream()
            .map(Happening::point)
            .filter(point -> point == FaultPoint.LOCAL || point == FaultPoint.CALL)
            .count();
  }

  SimulationReport report() {
    var ends = new LinkedHashMap<String, SagaStatus>();
    snapshots.forEach(found -> ends.put(found.saga().businessKey(), found.saga().status()));
    List<String> schedule = happenings.stream().map(Object::toString).toList();
    return new SimulationReport(seed, ends, attempts(), faults(), elapsed, schedule);
  }

  /** This failure with as few faults as still make it fail. */
  Replay shortest() {
    Map<Integer, Fault> faults = exact();
    Replay exactly = of(scenario, seed, FaultPlan.exactly(faults));
    if (exactly.holds()) {
      return this;
    }
    Replay shortest = exactly;
    for (Integer point : List.copyOf(faults.keySet())) {
      var fewer = new TreeMap<>(faults);
      fewer.remove(point);
      Replay without = of(scenario, seed, FaultPlan.exactly(fewer));
      if (!without.holds()) {
        shortest = without;
        faults = fewer;
      }
    }
    return shortest;
  }

  SimulationFailure failure() {
    return new SimulationFailure(text());
  }

  /** How to repeat it, what did not hold, where each saga stands, and the schedule. */
  String text() {
    List<String> recorded =
        snapshots.stream()
            .map(Words::recorded)
            .flatMap(List::stream)
            .map(line -> "  " + line)
            .toList();
    return "seed %d, faults %s%n%srecorded:%n%s%nschedule:%n%s"
        .formatted(
            seed,
            plan,
            violations.isEmpty() ? "" : lines(violations) + System.lineSeparator(),
            recorded.isEmpty() ? "  no saga" : lines(recorded),
            lines(happenings));
  }

  private static String lines(List<?> lines) {
    return lines.stream().map(Object::toString).collect(Collectors.joining(System.lineSeparator()));
  }
}

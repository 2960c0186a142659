package io.skald.testkit.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What goes wrong in a simulated run, and everything that happens where something could. */
final class Faults {
  private final Simulation simulation;
  private final Random random;
  private final FaultPlan.Course plan;
  private final List<Happening> happenings = new ArrayList<>();
  private Instant lastAt;
  private int points;
  private int late;

  Faults(Simulation simulation, FaultPlan plan, Random random) {
    this.simulation = simulation;
    this.random = random;
    this.plan = plan.begin(random, simulation.scenario().starts().size());
    this.lastAt = simulation.now();
  }

  /** What goes wrong here. */
  @Nullable Fault strike(FaultPoint point, SimulatedNode node, Supplier<String> what) {
    if (point.isNumbered()) {
      points++;
    }
    if (points == simulation.scenario().cancelAtPoint() && point.isNumbered()) {
      simulation.cancel();
    }
    Fault fault = plan.at(points, point).orElse(null);
    if (fault != null || point.isNumbered()) {
      happenings.add(new Happening(points, simulation.elapsed(), node.name(), point, what, fault));
    }
    if (fault != null) {
      lastAt = simulation.now();
    }
    return fault;
  }

  /** Up to three leases. */
  Duration longWhile() {
    return Duration.ofMillis(random.nextInt(1, 3 * (int) Simulation.LEASE.toMillis()));
  }

  /** Has a request arrive long after it was sent. */
  void later(Runnable request) {
    late++;
    simulation
        .scheduler()
        .at(
            longWhile(),
            null,
            () -> {
              late--;
              request.run();
            });
  }

  /** Whether a request has still to arrive. */
  boolean isAnythingLate() {
    return late > 0;
  }

  /** When the last one struck; when the run began, if none did. */
  Instant lastAt() {
    return lastAt;
  }

  List<Happening> happenings() {
    return List.copyOf(happenings);
  }
}

package io.skald.testkit.simulation;

import io.skald.saga.internal.StepPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Everybody who sends signals to the sagas of a run, or has work of theirs and tells of it. */
final class Senders {
  private final Simulation simulation;
  private final List<Sender> all = new ArrayList<>();
  private final Set<Told> told = new HashSet<>();

  /** What is said of the work at a path. */
  private record Told(Scenario.Telling telling, String path) {}

  Senders(Simulation simulation) {
    this.simulation = simulation;
  }

  List<Sender> all() {
    return List.copyOf(all);
  }

  boolean areDone() {
    return all.stream().allMatch(Sender::isDone);
  }

  /** Has each signal of the scenario sent in its time. */
  void begin() {
    for (Scenario.Sending sending : simulation.scenario().sendings()) {
      var sender = new Sender(simulation, simulation.clients().get(sending.start()), sending);
      all.add(sender);
      simulation.scheduler().at(sending.after(), null, sender::begin);
    }
  }

  /** Whoever has the work says what the scenario has them say, once of each piece of work. */
  void handedOut(RemoteLedger.HandedOut work) {
    String step = StepPath.name(work.path());
    for (Scenario.Telling telling : simulation.scenario().tellings()) {
      if (telling.step().equals(step) && told.add(new Told(telling, work.path()))) {
        Client client = simulation.clients().get(telling.start());
        var sender = new Sender(simulation, client, telling, work.token());
        all.add(sender);
        simulation.scheduler().at(telling.after(), null, sender::begin);
      }
    }
  }
}

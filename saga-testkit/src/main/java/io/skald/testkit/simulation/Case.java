package io.skald.testkit.simulation;

import io.skald.testkit.InMemorySagaStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * One way in which a saga is put to the test.
 *
 * @param name what is done to it
 * @param cancelAt at which point it is cancelled; 0 for never
 * @param faults what goes wrong, by point
 */
record Case(String name, int cancelAt, Map<Integer, Fault> faults) {

  /** Runs it. */
  Trial tried(SagaSimulator simulator, List<Watch> watches) {
    Scenario asked = simulator.scenario();
    var before = new ArrayList<SortedMap<String, String>>();
    var after = new ArrayList<SortedMap<String, String>>();
    Scenario watched =
        asked
            .withCancelAtPoint(cancelAt)
            .withBeforeRun(
                store -> {
                  asked.beforeRun().accept(store);
                  before.addAll(read(watches, store));
                })
            .withAfterRun(
                store -> {
                  after.addAll(read(watches, store));
                  asked.afterRun().accept(store);
                });
    Replay replay = Replay.of(watched, simulator.seed(), FaultPlan.exactly(faults));
    if (!replay.holds()) {
      throw new SimulationFailure("%s: %s".formatted(name, replay.text()));
    }
    return new Trial(this, replay, watches, before, after);
  }

  private static List<SortedMap<String, String>> read(
      List<Watch> watches, InMemorySagaStore store) {
    return watches.stream().map(watch -> watch.read(store)).toList();
  }
}

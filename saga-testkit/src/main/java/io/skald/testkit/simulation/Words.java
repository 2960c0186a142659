package io.skald.testkit.simulation;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import java.util.stream.Collectors;

/** Says in a line of a schedule what happened. */
final class Words {
  private Words() {}

  static String key(Simulation simulation, SagaId saga) {
    return simulation.truth().load(saga).map(found -> found.saga().businessKey()).orElse("?");
  }

  static String of(Simulation simulation, Fence fence) {
    return "a local attempt of %s, epoch %d"
        .formatted(key(simulation, fence.saga()), fence.epoch());
  }

  static String of(Simulation simulation, Transition transition) {
    String rows =
        transition.rows().stream()
            .map(
                row ->
                    "%s %s %s %d"
                        .formatted(row.path(), row.direction(), row.status(), row.attempt()))
            .collect(Collectors.joining(", "));
    String change =
        transition.change() == null ? "" : " " + transition.change().getClass().getSimpleName();
    return "%s, epoch %d: %s%s"
        .formatted(
            key(simulation, transition.fence().saga()), transition.fence().epoch(), rows, change);
  }
}

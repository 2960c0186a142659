package io.skald.testkit.simulation;

import io.skald.engine.runtime.Place;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says what happened, and never what a payload holds. */
final class Words {
  private static final int ERROR_MAX = 300;

  private Words() {}

  static String key(Simulation simulation, SagaId saga) {
    return simulation.truth().load(saga).map(found -> found.saga().businessKey()).orElse("?");
  }

  static String of(Simulation simulation, Fence fence) {
    return "a local attempt of %s, epoch %d"
        .formatted(key(simulation, fence.saga()), fence.epoch());
  }

  static String of(Place place) {
    return "%s of %s, attempt %d"
        .formatted(
            place.direction().name().toLowerCase(Locale.ROOT),
            place.step().path(),
            place.attempt());
  }

  static String of(LogWrite row) {
    return "%s %s %s %d".formatted(row.path(), row.direction(), row.status(), row.attempt());
  }

  static String of(Simulation simulation, Transition transition) {
    String rows = transition.rows().stream().map(Words::of).collect(Collectors.joining(", "));
    String change =
        transition.change() == null ? "" : " " + transition.change().getClass().getSimpleName();
    return "%s, epoch %d: %s%s"
        .formatted(
            key(simulation, transition.fence().saga()), transition.fence().epoch(), rows, change);
  }

  /** Where a saga stands, and every error its log holds, a line for each. */
  static List<String> recorded(SagaSnapshot found) {
    var lines = new ArrayList<String>();
    SagaError reason = found.saga().error();
    String why = reason == null ? "" : ", " + said(reason.text());
    lines.add("%s %s%s".formatted(found.saga().businessKey(), found.saga().status(), why));
    for (LogRow row : found.log()) {
      if (row.error() != null) {
        lines.add(
            "  %s %s %s, attempt %d, last error: %s"
                .formatted(
                    row.path(), row.direction(), row.status(), row.attempt(), said(row.error())));
      }
    }
    return lines;
  }

  private static String said(String error) {
    String flat = error.replaceAll("\\s+", " ");
    return flat.length() > ERROR_MAX ? flat.substring(0, ERROR_MAX) + "..." : flat;
  }
}

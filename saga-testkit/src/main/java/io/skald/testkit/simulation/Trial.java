package io.skald.testkit.simulation;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * A case that was tried.
 *
 * @param tested the case
 * @param replay the run
 * @param watches what was watched
 * @param before what was there before the run, for each watch
 * @param after what was there after it
 */
record Trial(
    Case tested,
    Replay replay,
    List<Watch> watches,
    List<SortedMap<String, String>> before,
    List<SortedMap<String, String>> after) {

  /** How the first saga ended. */
  SagaStatus end() {
    return first().saga().status();
  }

  private SagaSnapshot first() {
    return replay.snapshots().getFirst();
  }

  /** The calls after the saga was cancelled: those of its compensations. */
  Stream<Happening> callsAfterCancel() {
    return replay.happenings().stream()
        .filter(happening -> happening.point() == FaultPoint.CALL)
        .filter(happening -> happening.number() > tested.cancelAt());
  }

  /**
   * What the run left that it should not have, a line for each.
   *
   * @param calm the run without faults
   */
  List<String> differences(Trial calm) {
    return switch (end()) {
      case COMPENSATED -> differences(before, after);
      case COMPLETED ->
          calm.end() == SagaStatus.COMPLETED ? differences(calm.after, after) : List.of();
      case STUCK -> failedCompensations();
      case RUNNING, COMPENSATING, RESOLVED ->
          throw new IllegalStateException("at rest, and " + end());
    };
  }

  private List<String> differences(
      List<SortedMap<String, String>> expected, List<SortedMap<String, String>> found) {
    var differences = new ArrayList<String>();
    for (int at = 0; at < watches.size(); at++) {
      differences.addAll(watches.get(at).differences(expected.get(at), found.get(at)));
    }
    return differences;
  }

  /** A pivot in doubt needs a human whatever the handlers do; a failed compensation does not. */
  private List<String> failedCompensations() {
    return first().log().stream()
        .filter(row -> row.direction().isBackward() && row.status() == LogStatus.FAILED)
        .map(Trial::failed)
        .toList();
  }

  private static String failed(LogRow row) {
    return "the compensation of %s failed: %s (expected: it succeeds, whether or not there is"
            .formatted(row.path(), row.error())
        + " anything to undo)";
  }

  /** What was done, and what it left. */
  String described(Trial calm) {
    return "  %s%n    %s"
        .formatted(tested.name(), String.join("%n    ".formatted(), differences(calm)));
  }
}

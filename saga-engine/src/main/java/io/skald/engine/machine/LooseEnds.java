package io.skald.engine.machine;

import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Rows that wait for another attempt when none will follow: no saga ends with one. Pure.
 *
 * <p>A remote action between two attempts may have taken effect, so its outcome is unknown. A local
 * one was rolled back, and a compensation is not done: both failed.
 */
public final class LooseEnds {
  private LooseEnds() {}

  /**
   * What is to be recorded in place of each of them.
   *
   * @param steps finds a step by its path; an action it does not find may have taken effect
   * @param state what is recorded
   * @return in the order of recording
   */
  public static List<Entry> of(Function<String, Optional<PlacedStep>> steps, SagaState state) {
    return Stream.of(Direction.values())
        .flatMap(state::latestFirst)
        .filter(entry -> !entry.status().isFinal())
        .sorted(Comparator.comparingInt(Entry::seq))
        .map(entry -> entry.givenUpAs(last(entry, steps)))
        .toList();
  }

  private static LogStatus last(Entry entry, Function<String, Optional<PlacedStep>> steps) {
    return switch (entry.direction()) {
      case COMPENSATION, CONFIRM, CANCEL -> LogStatus.FAILED;
      case ACTION ->
          steps
                  .apply(entry.path())
                  .filter(step -> !Tasks.isRemote(step) && !(step.plan() instanceof ChildPlan))
                  .isPresent()
              ? LogStatus.FAILED
              : LogStatus.UNKNOWN;
    };
  }
}

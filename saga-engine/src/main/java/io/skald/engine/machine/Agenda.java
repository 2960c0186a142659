package io.skald.engine.machine;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes one decision of those for each step a saga stands at: what ends its way comes first, then
 * what can be begun, then what has to be waited for. Confined to one thread.
 */
final class Agenda {
  private final SagaState state;
  private @Nullable Decision end;
  private @Nullable Decision begin;
  private @Nullable Instant until;

  Agenda(SagaState state) {
    this.state = state;
  }

  void add(Decision decision) {
    switch (decision) {
      case Decision.TurnAround turn -> end = end == null ? turn : end;
      case Decision.Stick stick -> end = end == null ? stick : end;
      case Decision.Wait wait -> wakeAt(wait.until());
      case Decision other -> begin = begin == null || rank(other) < rank(begin) ? other : begin;
    }
  }

  /** Ask again at that time at the latest. */
  void wakeAt(Instant at) {
    until = until == null || at.isBefore(until) ? at : until;
  }

  /** A remote call takes its time beside everything else; a local attempt keeps the driver busy. */
  private static int rank(Decision decision) {
    return switch (decision) {
      case Decision.Act act -> isLocal(act) ? 2 : 0;
      case Decision.Compensate compensate -> isLocal(compensate) ? 2 : 0;
      case Decision.Confirm confirm -> 0;
      case Decision other -> 1;
    };
  }

  private static boolean isLocal(Decision.Act act) {
    return Tasks.isLocal(act.step());
  }

  private static boolean isLocal(Decision.Compensate compensate) {
    return Tasks.isCompensatedLocally(compensate.step());
  }

  /** The decision, if there is anything to do or to wait for. */
  Optional<Decision> decision() {
    Optional<Instant> at = Optional.ofNullable(until);
    if (end != null) {
      boolean isLast = !state.isAnythingUnderWay();
      return Optional.of(isLast ? end : new Decision.Join(Optional.empty()));
    }
    if (begin != null) {
      return Optional.of(begin);
    }
    return state.isAnythingUnderWay()
        ? Optional.of(new Decision.Join(at))
        : at.map(Decision.Wait::new);
  }
}

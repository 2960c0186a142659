package io.skald.engine.runtime;

import io.skald.engine.machine.Event;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.saga.SagaDefinition;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the attempts of one saga have taken of limits and rates, or wait for. All of it is in the
 * store; what is known here is which attempts this owner makes, or would make: each commit of the
 * saga says so, and what it has for others is given back with it. So nothing has to be remembered
 * to be given back, whatever became of an attempt or of its owner. Confined to one thread.
 */
final class Admissions {
  /** How long a saga sleeps before it asks again though nobody has woken it: 30 s. */
  static final Duration LOOK_EVERY = Duration.ofSeconds(30);

  /** The same while something else of the saga is under way: whoever runs it is not woken: 1 s. */
  static final Duration LOOK_EVERY_BESIDE = Duration.ofSeconds(1);

  private final RunContext context;
  private final SagaDefinition<?, ?> definition;
  private final OwnedSaga owned;
  private final boolean isConcerned;
  private final Set<At> asked = new LinkedHashSet<>();

  /** Which attempt, whatever its number: each step has one in each direction at a time. */
  private record At(String path, Direction direction) {
    static At of(Place place) {
      return new At(place.step().path(), place.direction());
    }
  }

  Admissions(RunContext context, SagaDefinition<?, ?> definition, OwnedSaga owned) {
    this.context = context;
    this.definition = definition;
    this.owned = owned;
    this.isConcerned = context.flow().concerns(definition);
  }

  /**
   * Whether an attempt may be made now. If not it is put off, and none is spent: the machine
   * decides anew when it is its turn.
   */
  boolean admit(Place place) throws InterruptedException {
    if (!isConcerned) {
      return true;
    }
    HeldSaga held = owned.held();
    Demand demand = context.flow().of(definition, held.state(), place, owned.node());
    if (demand.isEmpty()) {
      return true;
    }
    Optional<Admission> answer = owned.ask(() -> context.store().admit(held.fence(), demand));
    return answer.isPresent() && isAdmitted(place, answer.get());
  }

  private boolean isAdmitted(Place place, Admission admission) throws InterruptedException {
    takeOver(place);
    String path = place.step().path();
    Direction direction = place.direction();
    return switch (admission) {
      case Admission.Admitted admitted -> {
        owned.tell(new Event.Admitted(path, direction));
        yield true;
      }
      case Admission.Queued(int signals) -> {
        owned.tell(new Event.Queued(path, direction, owned.now().plus(LOOK_EVERY), signals));
        yield false;
      }
      case Admission.NotYet(Duration after) -> {
        owned.tell(new Event.Postponed(path, direction, owned.now().plus(after)));
        yield false;
      }
      case Admission.FenceLost lost -> {
        owned.settle();
        yield false;
      }
    };
  }

  /** The attempt may have been made by an owner before this one, and is about to be recorded. */
  void takeOver(Place place) {
    asked.add(At.of(place));
  }

  /**
   * The attempt is no more under way: the next commit gives back what it has.
   *
   * @return whether it may have anything
   */
  boolean end(Place place) {
    return asked.remove(At.of(place));
  }

  /**
   * The attempts for which a commit leaves the saga what it has; null if no attempt of it is
   * limited.
   *
   * @param after the saga once the commit is made
   * @param recording what it records; null if nothing
   */
  @Nullable List<String> keptBy(HeldSaga after, @Nullable Recording recording) {
    if (!isConcerned) {
      return null;
    }
    SagaState state = after.state();
    return asked.stream()
        .filter(at -> at.direction().isBackward() == state.isTurnedAround())
        .filter(at -> recording == null || !isOver(at, recording))
        .map(at -> FlowControl.nameOf(at.path(), at.direction()))
        .toList();
  }

  /** An intent is the beginning of an attempt; whatever else is recorded of one is its end. */
  private static boolean isOver(At at, Recording recording) {
    return recording.path().equals(at.path())
        && recording.direction() == at.direction()
        && recording.verdict().status() != LogStatus.STARTED;
  }
}

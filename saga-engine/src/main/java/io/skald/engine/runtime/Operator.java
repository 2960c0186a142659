package io.skald.engine.runtime;

import io.skald.engine.machine.Entry;
import io.skald.engine.machine.LooseEnds;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Erasing;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.SagaOperator;
import io.skald.saga.Step;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.internal.StepPath;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The operator's changes: each decided on the locked saga, and written with its audit row. */
public final class Operator implements SagaOperator {
  private static final int ACTOR_MAX = 100;
  private static final int REASON_MAX = 1000;

  private final Registry registry;
  private final SagaStore store;
  private final PayloadCodec codec;
  private final Limits limits;
  private final Runnable due;
  private final Eraser eraser;

  /**
   * The changes that are made in one store.
   *
   * @param registry the definitions that are known
   * @param store where the sagas are
   * @param codec writes the results of skipped steps
   * @param limits bounds of what is stored
   * @param due has whoever runs sagas look for those that are due
   */
  public Operator(
      Registry registry, SagaStore store, PayloadCodec codec, Limits limits, Runnable due) {
    this.registry = registry;
    this.store = store;
    this.codec = codec;
    this.limits = limits;
    this.due = due;
    this.eraser = new Eraser(store);
  }

  @Override
  public void retry(SagaId id, String actor, String reason) {
    amend(id, found -> retried(found, audit(actor, "retry", stuckStep(found), reason)));
  }

  @Override
  public <R> void skip(SagaId id, Step<?, R> step, R result, String actor, String reason) {
    String payload = limits.encode(codec, "result", result, step.plan().resultType());
    var audit = audit(actor, "skip", step.name(), reason);
    amend(id, found -> skipped(found, Set.of(Direction.ACTION), payload, audit));
  }

  @Override
  public void skipCompensation(SagaId id, Step<?, ?> step, String actor, String reason) {
    var audit = audit(actor, "skip-compensation", step.name(), reason);
    var backward = Set.of(Direction.COMPENSATION, Direction.CANCEL);
    amend(id, found -> skipped(found, backward, null, audit));
  }

  @Override
  public void skipConfirmation(SagaId id, Step<?, ?> step, String actor, String reason) {
    var audit = audit(actor, "skip-confirmation", step.name(), reason);
    amend(id, found -> skipped(found, Set.of(Direction.CONFIRM), null, audit));
  }

  @Override
  public void cancel(SagaId id, String actor, String reason) {
    var audit = audit(actor, "cancel", "", reason);
    amend(id, found -> cancelled(found, audit));
  }

  @Override
  public void resolve(SagaId id, String actor, String reason) {
    var audit = audit(actor, "resolve", "", reason);
    amend(
        id,
        found -> {
          requireStuck(found, "resolved");
          var error = new SagaError(stuckStep(found), audit.reason(), audit.actor());
          return new Amendment(
              closed(found), new SagaChange.Resolve(error), found.saga().parent(), audit);
        });
  }

  @Override
  public int erase(SagaId id, String actor, String reason) {
    return eraser.erase(new Erasing.OfSaga(id), audit(actor, "erase", "", reason));
  }

  @Override
  public int eraseKey(String businessKey, String actor, String reason) {
    return eraser.erase(new Erasing.OfKey(businessKey), audit(actor, "erase", "", reason));
  }

  private void amend(SagaId id, Function<SagaSnapshot, Amendment> decide) {
    if (store.amend(id, found -> decide.apply(known(found))).isEmpty()) {
      throw new UnknownSagaException("there is no saga " + id, null, id);
    }
    due.run();
  }

  private static SagaSnapshot known(SagaSnapshot found) {
    if (found.unread() != null) {
      throw refused(found, "not to be moved here: " + Histories.unknown(found.unread()));
    }
    return found;
  }

  private Amendment retried(SagaSnapshot found, Amendment.Audit audit) {
    requireStuck(found, "retried");
    SagaState state = Histories.stateOf(found);
    return resumed(found, state, stuckAt(state, stuckStep(found)).map(AmendedRow::renewed), audit);
  }

  /** Past its pivot by what is recorded now, it is as urgent as if nobody had to move it. */
  private Amendment resumed(
      SagaSnapshot found, SagaState state, Optional<LogWrite> row, Amendment.Audit audit) {
    SagaState after = row.map(AmendedRow::recorded).map(state::evolve).orElse(state);
    Lane lane =
        registry
            .find(found.saga().definition())
            .map(known -> Lanes.of(known.definition(), after))
            .orElse(Lane.ORDINARY);
    return new Amendment(row.stream().toList(), new SagaChange.Resume(lane), null, audit);
  }

  /** What a saga is stuck at, in the direction it goes: a confirmation comes after its action. */
  private static Optional<Entry> stuckAt(SagaState state, String path) {
    return Stream.of(Direction.CONFIRM, Direction.ACTION, Direction.CANCEL, Direction.COMPENSATION)
        .filter(direction -> direction.isBackward() == state.isTurnedAround())
        .map(direction -> state.entry(path, direction))
        .flatMap(Optional::stream)
        .filter(entry -> entry.status() == LogStatus.FAILED || entry.status() == LogStatus.UNKNOWN)
        .findFirst();
  }

  /** The rows that wait for another attempt; also where no node knows the definition any more. */
  private List<LogWrite> closed(SagaSnapshot found) {
    SagaState state = Histories.stateOf(found);
    Optional<RegisteredSaga> known = registry.find(found.saga().definition());
    return LooseEnds.of(path -> known.flatMap(saga -> saga.definition().stepAt(path)), state)
        .stream()
        .map(entry -> AmendedRow.closed(entry, state))
        .toList();
  }

  private Amendment skipped(
      SagaSnapshot found,
      Set<Direction> directions,
      @Nullable String payload,
      Amendment.Audit audit) {
    requireStuck(found, "skipped");
    SagaState state = Histories.stateOf(found);
    String path = stuckStep(found);
    if (path.isEmpty()) {
      throw refused(found, "stuck at none of its steps (expected: retry it, or resolve it)");
    }
    Direction direction =
        stuckAt(state, path)
            .map(Entry::direction)
            .orElse(state.isTurnedAround() ? Direction.COMPENSATION : Direction.ACTION);
    if (!directions.contains(direction) || !StepPath.name(path).equals(audit.step())) {
      throw refused(
          found,
          "stuck at the %s of step %s (expected: skip that one)"
              .formatted(direction.name().toLowerCase(Locale.ROOT), path));
    }
    LogWrite row = AmendedRow.skipped(state, path, direction, payload);
    return resumed(found, state, Optional.of(row), audit);
  }

  private Amendment cancelled(SagaSnapshot found, Amendment.Audit audit) {
    SagaState state = Histories.stateOf(found);
    SagaStatus status = state.status();
    if (status.isEnd() || state.isTurnedAround()) {
      throw refused(found, "%s already (expected: a saga that goes forward)".formatted(status));
    }
    var definition = registry.require(found.saga().definition()).definition();
    if (SagaMachine.isPivotReached(definition, state)) {
      throw refused(found, "past the point of no return: its pivot has begun");
    }
    return new Amendment(List.of(), new SagaChange.RequestCancel(), null, audit);
  }

  private static void requireStuck(SagaSnapshot found, String what) {
    if (found.saga().status() != SagaStatus.STUCK) {
      throw refused(
          found, "%s and cannot be %s (expected: STUCK)".formatted(found.saga().status(), what));
    }
  }

  private static String stuckStep(SagaSnapshot found) {
    SagaError error = found.saga().error();
    return error == null || error.step() == null ? "" : error.step();
  }

  private static IllegalSagaStateException refused(SagaSnapshot found, String why) {
    return new IllegalSagaStateException(
        "saga %s is %s".formatted(found.saga().id(), why),
        found.saga().definition().name(),
        found.saga().id());
  }

  static Amendment.Audit audit(String actor, String action, String step, String reason) {
    requireLength("actor", actor, ACTOR_MAX);
    requireLength("reason", reason, REASON_MAX);
    return new Amendment.Audit(ErrorText.bounded(actor), action, step, ErrorText.bounded(reason));
  }

  private static void requireLength(String what, String text, int max) {
    if (text.isBlank() || text.length() > max) {
      throw new IllegalArgumentException(
          "%s: %d characters (expected: 1 to %d, not blank)".formatted(what, text.length(), max));
    }
  }
}

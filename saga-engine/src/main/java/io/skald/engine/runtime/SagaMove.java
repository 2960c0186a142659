package io.skald.engine.runtime;

import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.Relocation.MovedRow;
import io.skald.engine.spi.Relocation.RowKey;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.Migration;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.internal.StepPath;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides of one saga whether and how it is moved to another version. Pure: it looks at what is
 * recorded and at nothing else, so that a dry run finds what the move would.
 */
final class SagaMove {
  private final Migration migration;
  private final PayloadCodec codec;
  private final Limits limits;
  private final SagaSnapshot found;
  private final List<RowKey> removed = new ArrayList<>();
  private final List<MovedRow> moved = new ArrayList<>();
  private final List<LogWrite> added = new ArrayList<>();
  private final List<LogRow> after = new ArrayList<>();

  private SagaMove(Migration migration, PayloadCodec codec, Limits limits, SagaSnapshot found) {
    this.migration = migration;
    this.codec = codec;
    this.limits = limits;
    this.found = found;
  }

  /**
   * What is to be written, or why the saga stays where it is.
   *
   * @param audit what the audit row says
   */
  static Outcome of(
      Migration migration,
      PayloadCodec codec,
      Limits limits,
      SagaSnapshot found,
      Amendment.Audit audit) {
    try {
      return new Outcome.Moves(new SagaMove(migration, codec, limits, found).relocation(audit));
    } catch (Staying e) {
      return new Outcome.Stays(e.reason);
    } catch (SagaDataException e) {
      return new Outcome.Unreadable(String.valueOf(e.getMessage()));
    }
  }

  /** What is decided of a saga. */
  sealed interface Outcome {

    /** It is moved. */
    record Moves(Relocation relocation) implements Outcome {}

    /** Its position keeps it where it is. */
    record Stays(String reason) implements Outcome {}

    /** A payload of it cannot be read in the other version. */
    record Unreadable(String reason) implements Outcome {}
  }

  /** Ends the look at a saga that cannot be moved; never leaves this class. */
  private static final class Staying extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    Staying(String reason) {
      super(reason, null, false, false);
      this.reason = reason;
    }
  }

  static RuntimeException staying(String reason) {
    return new Staying(reason);
  }

  private SagaDefinition<?, ?> target() {
    return migration.target();
  }

  private Relocation relocation(Amendment.Audit audit) {
    requireSameResult();
    found.log().forEach(this::move);
    SagaState state = state(after);
    if (!state.isTurnedAround()) {
      requirePivot(state);
      skipWhatIsPassed(state);
    }
    String input = input();
    return new Relocation(
        RegisteredSaga.refOf(target()),
        input,
        digest(input),
        stuckAt(),
        moved,
        removed,
        added,
        audit);
  }

  /** Its parent takes what it answers for what the version it started answers. */
  private void requireSameResult() {
    if (found.saga().parent() != null
        && !migration.source().outputType().equals(target().outputType())) {
      throw staying("another saga awaits its result, which has another type in that version");
    }
  }

  // ---- what is recorded

  private void move(LogRow row) {
    var key = new RowKey(row.path(), row.direction());
    String name = StepPath.name(row.path());
    if (migration.source().step(name).isEmpty()) {
      // by another hand: it stays what it is
      after.add(row);
    } else if (migration.nameOf(name).isEmpty()) {
      requireClosed(row, "dropped");
      removed.add(key);
    } else {
      LogRow now = moved(row, migration.pathOf(row.path()));
      after.add(now);
      if (!now.equals(row)) {
        moved.add(new MovedRow(key, now.path(), now.stepName(), now.decision(), now.payload()));
      }
    }
  }

  private LogRow moved(LogRow row, String path) {
    PlacedStep step =
        target()
            .stepAt(path)
            .orElseThrow(() -> staying("step %s is not in that version".formatted(row.path())));
    if (!path.equals(row.path())) {
      requireNoKey(row);
      requireClosed(row, "renamed");
    }
    return new MovedStep(migration, codec, limits, step).of(row, path);
  }

  private static void requireClosed(LogRow row, String what) {
    if (row.status() != LogStatus.SUCCEEDED && row.status() != LogStatus.SKIPPED) {
      throw staying("it stands at step %s, which is %s".formatted(row.path(), what));
    }
  }

  /** A call, a token and the place of another saga are known by the path they were made under. */
  private void requireNoKey(LogRow row) {
    if (migration.source().stepAt(row.path()).filter(MovedStep::isKnownByItsPath).isPresent()) {
      throw staying(
          "step %s is renamed, and others know it by its name: it has called out"
              .formatted(row.path()));
    }
  }

  // ---- where it stands

  private SagaState state(List<LogRow> rows) {
    return Histories.stateOf(new SagaSnapshot(found.saga(), rows, found.readAt()));
  }

  private void requirePivot(SagaState state) {
    boolean wasReached = SagaMachine.isPivotReached(migration.source(), Histories.stateOf(found));
    if (wasReached && !SagaMachine.isPivotReached(target(), state)) {
      throw staying("it has reached its pivot, and in that version it would not have");
    }
  }

  /** Each turn records one step of the target, so there are no more turns than steps. */
  private void skipWhatIsPassed(SagaState state) {
    Optional<PlacedStep> passed = passed(state);
    while (passed.isPresent()) {
      PlacedStep step = passed.get();
      Object result = migration.skipped().get(step.name());
      if (result == null) {
        throw staying("it is past step %s, which it has not done".formatted(step.path()));
      }
      String payload =
          limits.encode(codec, "result of " + step.name(), result, step.plan().resultType());
      SagaState now = state(after);
      LogWrite row = AmendedRow.skipped(now, step.path(), Direction.ACTION, payload);
      added.add(row);
      after.add(row.written(null, found.readAt()));
      passed = passed(state(after));
    }
  }

  /** A step the saga would come to that stands before one it has come to already. */
  private Optional<PlacedStep> passed(SagaState state) {
    List<String> recorded =
        after.stream()
            .filter(row -> row.direction() == Direction.ACTION)
            .map(LogRow::path)
            .toList();
    return SagaMachine.currentSteps(target(), state).stream()
        .filter(step -> !recorded.contains(step.path()))
        .filter(step -> recorded.stream().anyMatch(path -> Flow.isBefore(target(), step, path)))
        .findFirst();
  }

  // ---- the saga itself

  private String input() {
    SagaRow saga = found.saga();
    String stored = saga.input();
    String present =
        migration.source().inputUpcast().map(upcast -> codec.upcast(stored, upcast)).orElse(stored);
    String input =
        migration
            .inputUpcast()
            .map(upcast -> limits.checked("input", codec.upcast(present, upcast)))
            .orElse(stored);
    var unused = new PayloadReader(target(), codec).input(input);
    return input;
  }

  private String digest(String input) {
    SagaRow saga = found.saga();
    return input.equals(saga.input())
        ? saga.inputDigest()
        : NewSagas.digestOf(codec, target(), new PayloadReader(target(), codec).input(input));
  }

  private @Nullable String stuckAt() {
    SagaError error = found.saga().error();
    String step = error == null ? null : error.step();
    return step == null || step.isEmpty() ? step : migration.pathOf(Objects.requireNonNull(step));
  }
}

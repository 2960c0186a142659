package io.skald.testkit;

import io.skald.engine.spi.Addressee;
import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A saga and its log, in memory. Guarded by the store's lock. */
final class StoredSaga {
  private NewSaga started;
  private final UUID tokenKey;
  private final Instant createdAt;
  private final @Nullable Instant deadlineAt;
  private final StoredLog log = new StoredLog();
  private SagaStatus status = SagaStatus.RUNNING;
  private @Nullable NodeId owner;
  private long epoch;
  private @Nullable Instant wakeAt;
  private Instant changedAt;
  private @Nullable Instant cancelRequestedAt;
  private @Nullable Instant turnedAroundAt;
  private @Nullable Instant finishedAt;
  private @Nullable Instant erasedAt;
  private @Nullable String output;
  private @Nullable SagaError error;
  private int crashCount;
  private boolean progressed;
  private boolean urgent;
  private int signals;
  private @Nullable Parent parent;

  StoredSaga(NewSaga started, UUID tokenKey, Instant now) {
    this.started = started;
    this.tokenKey = tokenKey;
    this.createdAt = now;
    this.changedAt = now;
    Duration deadline = started.deadline();
    this.deadlineAt = deadline == null ? null : now.plus(deadline);
    this.parent = started.parent();
    this.owner = started.owner();
    this.wakeAt = owner == null ? now : null;
    this.urgent = started.lane() == Lane.URGENT;
  }

  NewSaga started() {
    return started;
  }

  SagaStatus status() {
    return status;
  }

  @Nullable NodeId owner() {
    return owner;
  }

  long epoch() {
    return epoch;
  }

  boolean isUnfinished() {
    return !status.isEnd();
  }

  boolean isDue(Instant now) {
    return owner == null && wakeAt != null && !wakeAt.isAfter(now);
  }

  boolean isUrgent() {
    return urgent;
  }

  /** Whether anything is recorded of it. */
  boolean isBegun() {
    return log.isBegun();
  }

  boolean isChildOf(SagaId saga) {
    return parent != null && parent.saga().equals(saga);
  }

  /** Whether nobody can call it back any more. */
  boolean hasNoParent() {
    return parent == null;
  }

  /** Its parent is there no more. */
  void orphan() {
    parent = null;
  }

  boolean endedBefore(Instant limit) {
    return finishedAt != null && !finishedAt.isAfter(limit);
  }

  Instant changedAt() {
    return changedAt;
  }

  Instant wakeAt() {
    return Objects.requireNonNull(wakeAt, "wakeAt");
  }

  Instant finishedAt() {
    return Objects.requireNonNull(finishedAt, "finishedAt");
  }

  /** Whether two owners in a row have died with it, the one it has now among them. */
  boolean isSuspect() {
    return !progressed && crashCount + (owner == null ? 0 : 1) > 1;
  }

  /** Gives the saga to {@code node}; counts a crash if its owner died. */
  void claim(NodeId node, Instant now) {
    changedAt = now;
    if (progressed) {
      crashCount = 0;
    } else if (owner != null) {
      crashCount++;
    }
    progressed = false;
    owner = node;
    wakeAt = null;
    epoch++;
  }

  boolean isHeldBy(Fence fence) {
    return fence.owner().equals(owner) && fence.epoch() == epoch;
  }

  void raiseEpoch() {
    epoch++;
  }

  /** An owner that did not see what was said just now must not end the wait any more. */
  void fenceOutTimeUp(String path, Instant now) {
    LogRow row = log.action(path);
    Instant due = row == null || row.status() != LogStatus.WAITING ? null : row.retryAt();
    if (due != null && !due.isAfter(now)) {
      epoch++;
    }
  }

  int signals() {
    return signals;
  }

  /** Counts a signal, and has the saga claimed at once if it waits. */
  void signalled(Instant now) {
    signals++;
    wake(now);
  }

  /** Whether nobody runs the saga, and somebody is to. */
  boolean isParked() {
    return owner == null && wakeAt != null;
  }

  /** Whether somebody runs the saga, or is to do so now. */
  boolean isOwnedOrDue(Instant now) {
    return owner != null || (wakeAt != null && !wakeAt.isAfter(now));
  }

  /** Has the saga claimed at once if it waits. */
  void wake(Instant now) {
    if (wakeAt != null && now.isBefore(wakeAt)) {
      wakeAt = now;
    }
  }

  /** Whether the saga may park: no signal has come that its owner does not know of. */
  boolean admits(@Nullable SagaChange change) {
    return !(change instanceof SagaChange.Park park)
        || park.signals() == null
        || park.signals() == signals;
  }

  /** Whether every row is what it is to replace. */
  boolean admits(List<LogWrite> rows) {
    return log.admits(rows);
  }

  /** Applies what its owner commits; the fence and the rows were checked. */
  void apply(Transition transition, Instant now) {
    write(transition.rows(), owner, now);
    SagaChange change = transition.change();
    if (change == null) {
      return;
    }
    if (change instanceof SagaChange.TurnAround) {
      epoch++;
    }
    change(change, now);
  }

  /** Applies what an operator commits, under the next epoch; the rows were checked. */
  void apply(Amendment amendment, Instant now) {
    epoch++;
    write(amendment.rows(), null, now);
    change(amendment.change(), now);
  }

  /** Applies a move to another version, under the next epoch; nobody owns the saga. */
  void apply(Relocation relocation, Instant now) {
    epoch++;
    started = relocated(relocation);
    if (error != null) {
      error = new SagaError(relocation.stuckAt(), error.text(), error.actor());
    }
    log.move(relocation, now);
    noteProgress(relocation.added());
  }

  private NewSaga relocated(Relocation relocation) {
    return new NewSaga(
        started.id(),
        relocation.definition(),
        started.businessKey(),
        started.attributes(),
        relocation.input(),
        relocation.inputDigest(),
        started.deadline(),
        started.owner(),
        started.parent(),
        started.lane());
  }

  private void write(List<LogWrite> rows, @Nullable NodeId node, Instant now) {
    log.write(rows, node, now);
    noteProgress(rows);
  }

  private void noteProgress(List<LogWrite> rows) {
    // a takeover records an attempt cut off: only a step brought to an end forgives a crash
    if (rows.stream().anyMatch(row -> row.status().isFinal())) {
      crashCount = 0;
      progressed = true;
    }
  }

  /** A park forgives no crash: a takeover parks, too, and would make every crash the first. */
  private void change(SagaChange change, Instant now) {
    changedAt = now;
    if (!(change instanceof SagaChange.Park)) {
      crashCount = 0;
    }
    urgent |= isUrgentAfter(change);
    switch (change) {
      case SagaChange.Park(Duration after, Integer known, Lane lane) -> {
        owner = null;
        wakeAt = now.plus(after);
      }
      case SagaChange.TurnAround(SagaError why) -> {
        status = SagaStatus.COMPENSATING;
        turnedAroundAt = turnedAroundAt == null ? now : turnedAroundAt;
        error = why;
        wakeAt = owner == null ? now : null;
      }
      case SagaChange.CallBack(SagaError why) -> {
        status = SagaStatus.COMPENSATING;
        turnedAroundAt = now;
        error = why;
        wakeAt = now;
        finishedAt = null;
      }
      case SagaChange.Complete(String result) -> {
        output = result;
        end(SagaStatus.COMPLETED, now);
      }
      case SagaChange.EndCompensated ended -> end(SagaStatus.COMPENSATED, now);
      case SagaChange.Stick(SagaError why, Lane lane) -> stick(why);
      case SagaChange.Resume resume -> resume(now);
      case SagaChange.RequestCancel cancel -> requestCancel(now);
      case SagaChange.Resolve(SagaError why) -> {
        error = why;
        end(SagaStatus.RESOLVED, now);
      }
    }
  }

  private boolean isUrgentAfter(SagaChange change) {
    return switch (change) {
      case SagaChange.Park park -> park.lane() == Lane.URGENT;
      case SagaChange.Stick stick -> stick.lane() == Lane.URGENT;
      case SagaChange.TurnAround turn -> owner == null;
      case SagaChange.Resume resume -> turnedAroundAt != null || resume.lane() == Lane.URGENT;
      case SagaChange.CallBack back -> true;
      case SagaChange.RequestCancel cancel -> true;
      case SagaChange.Complete complete -> false;
      case SagaChange.EndCompensated ended -> false;
      case SagaChange.Resolve resolve -> false;
    };
  }

  private void stick(SagaError why) {
    status = SagaStatus.STUCK;
    error = why;
    owner = null;
    wakeAt = null;
  }

  private void requestCancel(Instant now) {
    cancelRequestedAt = cancelRequestedAt == null ? now : cancelRequestedAt;
    if (status == SagaStatus.STUCK) {
      resume(now);
    } else if (owner == null) {
      wakeAt = now;
    }
  }

  private void resume(Instant now) {
    status = turnedAroundAt == null ? SagaStatus.RUNNING : SagaStatus.COMPENSATING;
    error = turnedAroundAt == null ? null : error;
    owner = null;
    wakeAt = now;
  }

  private void end(SagaStatus end, Instant now) {
    status = end;
    finishedAt = now;
    owner = null;
    wakeAt = null;
  }

  /** Forgets what was stored of it; answers whether it had not been forgotten. */
  boolean erase(Instant now) {
    if (erasedAt != null) {
      return false;
    }
    epoch++;
    changedAt = now;
    erasedAt = now;
    started = InMemoryErasures.erased(started);
    output = null;
    error = null;
    log.erase();
    return true;
  }

  SagaRow row() {
    return new SagaRow(
        started.id(),
        started.definition(),
        started.businessKey(),
        started.attributes(),
        parent,
        tokenKey,
        status,
        owner,
        epoch,
        wakeAt,
        isUrgent() ? Lane.URGENT : Lane.ORDINARY,
        deadlineAt,
        cancelRequestedAt,
        turnedAroundAt,
        crashCount,
        started.input(),
        started.inputDigest(),
        output,
        error,
        createdAt,
        finishedAt,
        erasedAt);
  }

  /** The rows of steps it stands at, in the order they were recorded; none once it has ended. */
  List<LogRow> openRows() {
    return isUnfinished() ? log.open() : List.of();
  }

  Addressee addressee(String path) {
    LogRow row = log.action(path);
    return new Addressee(
        started.id(),
        started.definition(),
        started.businessKey(),
        tokenKey,
        turnedAroundAt == null && isUnfinished(),
        row == null
            ? null
            : new Addressee.Recorded(row.status(), row.attempt(), row.attemptBase()));
  }

  SagaSnapshot snapshot(Instant now) {
    return new SagaSnapshot(row(), log.all(), now);
  }
}

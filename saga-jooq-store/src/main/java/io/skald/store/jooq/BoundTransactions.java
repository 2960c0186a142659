package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.TransactionBinding;
import io.skald.engine.spi.Transition;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaStoreException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Local steps in transactions of the application's transaction manager: its data access is flushed,
 * the fenced log row is the last statement, and the manager commits.
 */
final class BoundTransactions {
  private static final int TRIES_MAX = 5;

  private final TransactionBinding manager;
  private final SqlErrors errors;
  private final Log log;
  private final Watchdog watchdog;

  /** How the log is written and read. */
  record Log(FencedInsert insert, JournalWrites journal, SagaQueries queries, SettleSaga settles) {}

  /** Rolls the manager's transaction back when the fence matched nothing. */
  private static final class FenceLostException extends Exception {
    private static final long serialVersionUID = 1L;

    FenceLostException() {
      super("The saga has another owner or another epoch", null, false, false);
    }
  }

  /** How far an attempt has come. */
  private static final class Progress {
    boolean begun;
    StepTransaction.@Nullable EscapedException escaped;
    boolean limitExceeded;
    boolean fencing;
    @Nullable Transition written;
  }

  private record Try(LocalOutcome outcome, boolean again) {}

  BoundTransactions(TransactionBinding manager, SqlErrors errors, Log log, Watchdog watchdog) {
    this.manager = manager;
    this.errors = errors;
    this.log = log;
    this.watchdog = watchdog;
  }

  LocalOutcome run(Duration limit, LocalWork work) {
    long end = System.nanoTime() + Limits.nanos(limit);
    for (int number = 1; ; number++) {
      Try tried = once(end, limit, work);
      if (!tried.again() || number == TRIES_MAX || !Backoff.pause(number)) {
        return tried.outcome();
      }
    }
  }

  private Try once(long end, Duration limit, LocalWork work) {
    Progress progress = new Progress();
    try {
      manager.inNewTransaction(session -> attempt(session, end, work, progress));
      return new Try(new LocalOutcome.Committed(), false);
    } catch (FenceLostException e) {
      return new Try(new LocalOutcome.FenceLost(), false);
    } catch (Throwable e) {
      // whatever the time, and whatever the manager made of it: nothing else may have it repeated
      if (progress.escaped != null) {
        return new Try(new LocalOutcome.Escaped(progress.escaped), false);
      }
      if (progress.limitExceeded) {
        return new Try(Limits.exceeded(limit, e), false);
      }
      if (!progress.begun) {
        return new Try(new LocalOutcome.Postponed(e), false);
      }
      Transition written = progress.written;
      return written == null ? notWritten(progress, e) : notCommitted(written, e);
    }
  }

  private void attempt(
      TransactionBinding.Session session, long end, LocalWork work, Progress progress)
      throws Exception {
    progress.begun = true;
    Watchdog.Watch watch = watchdog.watch(session.connection(), end - System.nanoTime());
    Transition transition;
    try {
      transition = new StepTransaction(session.connection(), session).run(work);
      session.flush();
    } catch (StepTransaction.EscapedException e) {
      progress.escaped = e;
      throw e;
    } finally {
      progress.limitExceeded = watch.stop();
    }
    if (progress.limitExceeded) {
      throw new IllegalStateException("The step's time limit has passed");
    }
    progress.fencing = true;
    write(session, transition);
    progress.written = transition;
  }

  private void write(TransactionBinding.Session session, Transition transition)
      throws SQLException, FenceLostException {
    if (FencedInsert.fits(transition)) {
      log.insert().execute(session.connection(), transition, Lock.WAIT, Ending.OPEN);
    } else if (!log.journal().applyAlone(session.connection(), transition)) {
      throw new FenceLostException();
    }
  }

  /** Nothing was sent that could commit: the manager rolled back, or never began. */
  private Try notWritten(Progress progress, Throwable failure) {
    Optional<SQLException> sql = SqlErrors.in(failure);
    if (sql.isEmpty() || failure instanceof PermanentFailure) {
      return new Try(new LocalOutcome.RolledBack(failure), false);
    }
    return switch (errors.reaction(sql.get())) {
      case CONFLICT, STALE_PLAN -> new Try(new LocalOutcome.RolledBack(failure), true);
      case READ_ONLY -> new Try(new LocalOutcome.Postponed(failure), true);
      case NO_ROOM -> new Try(new LocalOutcome.Postponed(failure), false);
      case FENCE_LOST, ENGINE_KEY ->
          new Try(
              progress.fencing
                  ? new LocalOutcome.FenceLost()
                  : new LocalOutcome.RolledBack(failure),
              false);
      case ABORTED -> new Try(new LocalOutcome.RolledBack(Limits.swallowed(sql.get())), false);
      case CONNECTION_LOST, CANCELLED, REFUSED ->
          new Try(new LocalOutcome.RolledBack(failure), false);
    };
  }

  /**
   * The log row is written and the manager did not say that it committed: a callback may have
   * thrown after the commit, something may have marked the transaction for rollback, or the answer
   * of a commit that is still under way was lost, which not every manager gives as an SQL error.
   */
  private Try notCommitted(Transition written, Throwable failure) {
    Optional<SQLException> sql = SqlErrors.in(failure);
    Optional<SqlErrors.Reaction> reaction = sql.map(errors::reaction);
    if (reaction.equals(Optional.of(SqlErrors.Reaction.CONNECTION_LOST))) {
      return new Try(new LocalOutcome.InDoubt(failure), false);
    }
    try {
      Fence fence = written.fence();
      if (isThere(written, log.queries().load(fence.saga()))) {
        return new Try(new LocalOutcome.Committed(), false);
      }
      return reaction.equals(Optional.of(SqlErrors.Reaction.CONFLICT))
          ? new Try(new LocalOutcome.RolledBack(failure), true)
          : new Try(settled(written, failure), false);
    } catch (SagaStoreException e) {
      failure.addSuppressed(e);
      return new Try(new LocalOutcome.InDoubt(failure), false);
    }
  }

  /**
   * What a look found is there; what it did not find may come still. Only a write waits for a
   * commit whose fence has run, and leaves none behind. The saga is under another epoch then: who
   * goes on under the old one is told so, and reads again.
   */
  private LocalOutcome settled(Transition written, Throwable failure) {
    Fence fence = written.fence();
    Optional<SagaSnapshot> settled = log.settles().settle(fence.saga(), fence.owner());
    if (settled.isEmpty()) {
      return new LocalOutcome.FenceLost();
    }
    return isThere(written, settled)
        ? new LocalOutcome.Committed()
        : new LocalOutcome.RolledBack(failure);
  }

  private static boolean isThere(Transition written, Optional<SagaSnapshot> saga) {
    return saga.isPresent()
        && written.rows().stream().allMatch(row -> isThere(row, saga.get().log()));
  }

  private static boolean isThere(LogWrite row, Iterable<LogRow> log) {
    for (LogRow there : log) {
      if (there.path().equals(row.path()) && there.direction() == row.direction()) {
        return there.status() == row.status() && there.attempt() == row.attempt();
      }
    }
    return false;
  }
}

package io.skald.store.jooq;

import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.Transition;
import io.skald.saga.error.PermanentFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * Local steps in transactions of the engine's own: the user's SQL, and last, in one round trip, the
 * fenced log row and COMMIT.
 *
 * <p>Fencing last is deliberate: a saga row locked while user code runs would be invisible to the
 * takeover that skips locked rows.
 */
final class LocalTransactions {
  private static final int TRIES_MAX = 5;

  private final Transactions transactions;
  private final SqlErrors errors;
  private final FencedInsert insert;
  private final JournalWrites journal;
  private final Watchdog watchdog;

  /** What became of one transaction, and whether another one may go better. */
  private record Try(LocalOutcome outcome, boolean again) {
    static Try last(LocalOutcome outcome) {
      return new Try(outcome, false);
    }
  }

  LocalTransactions(
      Transactions transactions,
      SqlErrors errors,
      FencedInsert insert,
      JournalWrites journal,
      Watchdog watchdog) {
    this.transactions = transactions;
    this.errors = errors;
    this.insert = insert;
    this.journal = journal;
    this.watchdog = watchdog;
  }

  LocalOutcome run(Duration limit, LocalWork work) {
    for (int number = 1; ; number++) {
      Try tried = once(limit, work);
      if (!tried.again() || number == TRIES_MAX || !Backoff.pause(number)) {
        return tried.outcome();
      }
    }
  }

  private Try once(Duration limit, LocalWork work) {
    Session session;
    try {
      session = transactions.open();
    } catch (SQLException | RuntimeException e) {
      return Try.last(new LocalOutcome.Postponed(e));
    }
    // an interrupt that user code leaves behind would close a socket with a commit under way
    boolean interrupted = false;
    try (session) {
      // only now: to wait for a connection is no fault of the step's
      Watchdog.Watch watch = watchdog.watch(session.connection(), Limits.nanos(limit));
      Transition transition;
      try {
        transition = new StepTransaction(session.connection(), null).run(work);
      } catch (StepTransaction.EscapedException e) {
        // whatever the time: a limit would say that it was rolled back, and have it repeated
        var unused = watch.stop();
        return Try.last(new LocalOutcome.Escaped(e));
      } catch (Throwable e) {
        return watch.stop() ? Try.last(Limits.exceeded(limit, e)) : failed(session, e);
      } finally {
        interrupted = Thread.interrupted();
      }
      return watch.stop() ? Try.last(Limits.exceeded(limit, null)) : commit(session, transition);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The user's code threw: nothing was sent that could commit. */
  private Try failed(Session session, Throwable failure) {
    Optional<SQLException> sql = SqlErrors.in(failure);
    if (failure instanceof PermanentFailure || sql.isEmpty()) {
      return Try.last(new LocalOutcome.RolledBack(failure));
    }
    SqlErrors.Reaction reaction = errors.reaction(sql.get());
    transactions.note(session, reaction);
    return switch (reaction) {
      case CONFLICT, STALE_PLAN -> new Try(new LocalOutcome.RolledBack(failure), true);
      case READ_ONLY -> new Try(new LocalOutcome.Postponed(failure), true);
      case NO_ROOM -> Try.last(new LocalOutcome.Postponed(failure));
      case CONNECTION_LOST, CANCELLED, ABORTED, FENCE_LOST, ENGINE_KEY, REFUSED ->
          Try.last(new LocalOutcome.RolledBack(failure));
    };
  }

  /** From here on the limit applies no more: a transaction that may commit is not disturbed. */
  private Try commit(Session session, Transition transition) {
    try {
      if (FencedInsert.fits(transition)) {
        insert.execute(session.connection(), transition, Lock.WAIT, Ending.COMMIT);
      } else if (!journal.applyAlone(session.connection(), transition)) {
        return Try.last(new LocalOutcome.FenceLost());
      } else {
        session.connection().commit();
      }
      return Try.last(new LocalOutcome.Committed());
    } catch (SQLException e) {
      SqlErrors.Reaction reaction = errors.reaction(e);
      transactions.note(session, reaction);
      return notCommitted(reaction, e);
    }
  }

  private static Try notCommitted(SqlErrors.Reaction reaction, SQLException error) {
    return switch (reaction) {
      case CONNECTION_LOST -> Try.last(new LocalOutcome.InDoubt(error));
      case FENCE_LOST, ENGINE_KEY -> Try.last(new LocalOutcome.FenceLost());
      case CONFLICT, STALE_PLAN -> new Try(new LocalOutcome.RolledBack(error), true);
      case READ_ONLY -> new Try(new LocalOutcome.Postponed(error), true);
      case NO_ROOM -> Try.last(new LocalOutcome.Postponed(error));
      case ABORTED -> Try.last(new LocalOutcome.RolledBack(Limits.swallowed(error)));
      case CANCELLED, REFUSED -> Try.last(new LocalOutcome.RolledBack(error));
    };
  }
}

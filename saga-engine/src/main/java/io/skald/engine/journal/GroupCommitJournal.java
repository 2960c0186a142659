package io.skald.engine.journal;

import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;

/**
 * A journal that gathers. Starts have a lane of their own: one that waits for another transaction's
 * key must not hold up what running sagas record. Safe for use by several threads.
 */
public final class GroupCommitJournal implements Journal {
  /** How many requests are committed together at most: 256. */
  public static final int BATCH_MAX = 256;

  private final GroupCommit<Transition, WriteResult> transitions;
  private final GroupCommit<NewSaga, StartResult> starts;

  /** A journal in front of {@code store}. */
  public GroupCommitJournal(SagaStore store) {
    this.transitions = new GroupCommit<>(BATCH_MAX, store::write);
    this.starts = new GroupCommit<>(BATCH_MAX, store::start);
  }

  @Override
  public WriteResult write(Transition transition) {
    return transitions.submit(transition);
  }

  @Override
  public StartResult start(NewSaga saga) {
    return starts.submit(saga);
  }
}

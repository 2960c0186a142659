package io.skald.engine.journal;

import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A journal that gathers. What cannot be written with the others waits on its own caller's thread,
 * so one locked row or held key delays nobody else. Starts have a lane of their own. Safe for use
 * by several threads.
 */
public final class GroupCommitJournal implements Journal {
  /** How many requests are committed together at most: 256. */
  public static final int BATCH_MAX = 256;

  /** How long a request waits for others to be committed with it, at most: 1 ms. */
  public static final Duration PATIENCE_MAX = Duration.ofMillis(1);

  private final SagaStore store;
  private final GroupCommit<Transition, Optional<WriteResult>> transitions;
  private final GroupCommit<NewSaga, Optional<StartResult>> starts;

  /**
   * A journal.
   *
   * @param store where it writes
   * @param nanoTime the monotonic time
   */
  public GroupCommitJournal(SagaStore store, LongSupplier nanoTime) {
    this.store = store;
    this.transitions = new GroupCommit<>(BATCH_MAX, PATIENCE_MAX, store::writeTogether, nanoTime);
    this.starts = new GroupCommit<>(BATCH_MAX, PATIENCE_MAX, store::startTogether, nanoTime);
  }

  @Override
  public WriteResult write(Transition transition) {
    return transitions
        .submit(transition)
        .orElseGet(() -> store.write(List.of(transition)).getFirst());
  }

  @Override
  public StartResult start(NewSaga saga) {
    return starts.submit(saga).orElseGet(() -> store.start(List.of(saga)).getFirst());
  }
}

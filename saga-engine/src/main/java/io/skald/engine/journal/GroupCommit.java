package io.skald.engine.journal;

import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gathers requests into batches: while one batch commits, the next one gathers. There is no thread
 * of its own: the first who comes leads, commits what has gathered, and hands the lead to one of
 * those who came meanwhile. A caller that is alone is therefore as fast as without it.
 *
 * <p>A commit costs about the same for one as for ten. So a leader waits until half of those who
 * were about last time have come, at most as long as the last commit took: while that half commits,
 * the other half works.
 *
 * @param <Q> a request
 * @param <A> its answer
 */
final class GroupCommit<Q, A> {
  private final int batchMax;
  private final long patienceMaxNanos;
  private final Function<List<Q>, List<A>> commit;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition enough = lock.newCondition();
  private final ArrayDeque<Waiting<Q, A>> gathering = new ArrayDeque<>();
  private boolean led;
  private int expected = 1;
  private long patienceNanos;

  /**
   * A request and its caller, who is woken when it is answered or when it is the caller's turn to
   * lead.
   */
  private record Waiting<Q, A>(
      Q request, CompletableFuture<Void> woken, CompletableFuture<A> answer) {
    Waiting(Q request) {
      this(request, new CompletableFuture<>(), new CompletableFuture<>());
    }

    void answer(A value) {
      answer.complete(value);
      woken.complete(null);
    }

    void fail(Throwable failure) {
      answer.completeExceptionally(failure);
      woken.complete(null);
    }
  }

  /**
   * A group.
   *
   * @param batchMax how many requests are committed together at most
   * @param patienceMax how long a leader waits at most, however long the last commit took
   * @param commit commits a batch and answers one for each, in order
   * @param nanoTime the monotonic time, to tell how long a commit takes
   */
  GroupCommit(
      int batchMax,
      Duration patienceMax,
      Function<List<Q>, List<A>> commit,
      LongSupplier nanoTime) {
    this.batchMax = batchMax;
    this.patienceMaxNanos = patienceMax.toNanos();
    this.commit = commit;
    this.nanoTime = nanoTime;
  }

  /**
   * Commits {@code request} together with others; answers when it is committed.
   *
   * @throws SagaStoreException if the store failed
   */
  A submit(Q request) {
    var own = new Waiting<Q, A>(request);
    if (!isFirst(own)) {
      own.woken().join();
    }
    if (!own.answer().isDone()) {
      lead();
    }
    try {
      return own.answer().join();
    } catch (CompletionException e) {
      throw failure(e.getCause());
    }
  }

  private boolean isFirst(Waiting<Q, A> own) {
    lock.lock();
    try {
      gathering.add(own);
      if (gathering.size() == expected) {
        enough.signal();
      }
      boolean first = !led;
      led = true;
      return first;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Commits the batch at hand; the leader's own request is its head. A leader that is interrupted
   * commits all the same: nobody else would, for anybody.
   */
  private void lead() {
    // an interruption would close the connection under everybody's commit
    boolean interrupted = Thread.interrupted();
    int committed = 0;
    long begin = nanoTime.getAsLong();
    try {
      interrupted |= isInterruptedWhileOthersCome();
      List<Waiting<Q, A>> batch = next();
      committed = batch.size();
      begin = nanoTime.getAsLong();
      commit(batch);
    } finally {
      handOver(committed, nanoTime.getAsLong() - begin);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits for others, and answers whether that was cut short. */
  private boolean isInterruptedWhileOthersCome() {
    lock.lock();
    try {
      long left = patienceNanos;
      while (gathering.size() < expected && left > 0) {
        left = enough.awaitNanos(left);
      }
      return false;
    } catch (InterruptedException e) {
      return true;
    } finally {
      lock.unlock();
    }
  }

  private List<Waiting<Q, A>> next() {
    lock.lock();
    try {
      var batch = new ArrayList<Waiting<Q, A>>();
      while (batch.size() < batchMax && !gathering.isEmpty()) {
        batch.add(gathering.remove());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void handOver(int committed, long nanos) {
    lock.lock();
    try {
      expected = Math.min(batchMax, (committed + gathering.size() + 1) / 2);
      patienceNanos = Math.min(nanos, patienceMaxNanos);
      Waiting<Q, A> successor = gathering.peek();
      led = successor != null;
      if (successor != null) {
        successor.woken().complete(null);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many wait for the next batch. */
  int gathered() {
    lock.lock();
    try {
      return gathering.size();
    } finally {
      lock.unlock();
    }
  }

  private void commit(List<Waiting<Q, A>> batch) {
    try {
      List<A> answers = commit.apply(batch.stream().map(Waiting::request).toList());
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).answer(answers.get(i));
      }
    } catch (RuntimeException | Error e) {
      fail(batch, e);
    }
  }

  /** One request the store refuses for good must not fail its neighbours: then each goes alone. */
  private void fail(List<Waiting<Q, A>> batch, Throwable failure) {
    boolean refused =
        failure instanceof SagaStoreException store
            && store.kind() == SagaStoreException.Kind.PERMANENT;
    if (refused && batch.size() > 1) {
      batch.forEach(waiting -> commit(List.of(waiting)));
    } else {
      batch.forEach(waiting -> waiting.fail(failure));
    }
  }

  /** The failure as this caller's own: several callers must not share one stack trace. */
  private static RuntimeException failure(@Nullable Throwable cause) {
    return cause instanceof SagaStoreException store
        ? new SagaStoreException(String.valueOf(store.getMessage()), store.kind(), store)
        // no word of the store's on the request: what became of it has to be looked at
        : new SagaStoreException("the journal failed", SagaStoreException.Kind.TRANSIENT, cause);
  }
}

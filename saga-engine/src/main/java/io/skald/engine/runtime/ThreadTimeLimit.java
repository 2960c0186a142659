package io.skald.engine.runtime;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A time limit by interruption. Each attempt has a virtual thread of its own, so that code which
 * ignores the interruption keeps neither its saga nor a permit.
 */
final class ThreadTimeLimit implements TimeLimit {
  private final Set<Thread> attempts = ConcurrentHashMap.newKeySet();

  @Override
  public <R> R within(Place place, Duration limit, Callable<R> attempt, Runnable late)
      throws Throwable {
    var givenUp = new AtomicBoolean();
    var task = new FutureTask<>(attempt);
    Thread thread =
        Thread.ofVirtual().name("skald-attempt").unstarted(() -> run(task, givenUp, late));
    attempts.add(thread);
    thread.start();
    try {
      return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause();
    } catch (TimeoutException e) {
      givenUp.set(true);
      thread.interrupt();
      throw new TimeoutException("no answer within " + limit);
    }
  }

  private void run(FutureTask<?> task, AtomicBoolean givenUp, Runnable late) {
    try {
      task.run();
    } finally {
      attempts.remove(Thread.currentThread());
    }
    if (givenUp.get() && task.state() == FutureTask.State.SUCCESS) {
      late.run();
    }
  }

  /** Interrupts every attempt under way, because this node shuts down. */
  void interruptAll() {
    attempts.forEach(Thread::interrupt);
  }

  /** How many attempts are under way, those given up included. */
  int underWay() {
    return attempts.size();
  }
}

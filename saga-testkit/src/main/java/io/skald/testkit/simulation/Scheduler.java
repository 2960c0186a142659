package io.skald.testkit.simulation;

import io.skald.engine.runtime.Crew;
import io.skald.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides who goes next. Every task has a thread of its own, and only one thread runs at a time: it
 * runs until it passes the baton, sleeps, or ends. Driven by one thread.
 */
final class Scheduler {
  private static final int REAP_MAX = 1000;

  private final ManualClock clock;
  private final RandomGenerator random;
  private final List<Task> tasks = new ArrayList<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparing(Timer::at).thenComparing(Timer::order));
  private final Semaphore driver = new Semaphore(0);
  private @Nullable Task current;
  private @Nullable Throwable failure;
  private long order;

  /** What can die and pause, and takes its tasks with it. */
  interface Host {
    boolean isDead();

    /** When it goes on; in the past if it goes on now. */
    Instant pausedUntil();
  }

  /** Something that happens at a time, on the driver's thread. */
  private record Timer(Instant at, long order, @Nullable Host host, Runnable action) {}

  /** A thread and its turn. */
  private static final class Task {
    private final Host host;
    private final Semaphore turn = new Semaphore(0);
    private BooleanSupplier ready = () -> true;
    private boolean done;

    private Task(Host host) {
      this.host = host;
    }
  }

  Scheduler(ManualClock clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /** Has {@code body} run on a thread of its own. */
  void spawn(Host host, Runnable body) {
    var task = new Task(host);
    tasks.add(task);
    Thread.ofVirtual().start(() -> run(task, body));
  }

  private void run(Task task, Runnable body) {
    task.turn.acquireUninterruptibly();
    try {
      if (!task.host.isDead()) {
        body.run();
      }
    } catch (NodeDied e) {
      // that is how its threads end
    } catch (Throwable e) {
      failure = e;
    } finally {
      task.done = true;
      driver.release();
    }
  }

  /** Has {@code action} happen on the driver's thread, unless the host has died by then. */
  void at(Duration after, @Nullable Host host, Runnable action) {
    timers.add(new Timer(clock.instant().plus(after), order++, host, action));
  }

  /** Lets others go first; called by a task, does nothing on the driver's thread. */
  void pass() {
    Task task = current;
    if (task != null) {
      handOver(task);
    }
  }

  /** Lets time pass; called by a task. */
  void sleep(Duration duration) {
    Task task = current;
    if (task != null) {
      var woken = new AtomicBoolean();
      at(duration, null, () -> woken.set(true));
      await(task, woken::get);
    }
  }

  /** Lets others go first until {@code until} holds. */
  private void await(Task task, BooleanSupplier until) {
    task.ready = until;
    handOver(task);
    task.ready = () -> true;
  }

  /** A crew whose members are tasks of their own, formed by a task. */
  Crew crew(Host host, UnaryOperator<Runnable> dressed) {
    Task leader = Objects.requireNonNull(current, "a crew is formed by a task");
    return new TaskCrew(host, leader, dressed);
  }

  /** Runs attempts as tasks beside the one that formed it. */
  private final class TaskCrew implements Crew {
    private final Host host;
    private final Task leader;
    private final UnaryOperator<Runnable> dressed;
    private int ended;

    private TaskCrew(Host host, Task leader, UnaryOperator<Runnable> dressed) {
      this.host = host;
      this.leader = leader;
      this.dressed = dressed;
    }

    @Override
    public void begin(Runnable attempt) {
      Runnable body = dressed.apply(attempt);
      spawn(
          host,
          () -> {
            body.run();
            ended++;
          });
    }

    @Override
    public boolean awaitOne(Duration max) {
      var timeUp = new AtomicBoolean(!max.isPositive());
      if (max.isPositive()) {
        at(max, null, () -> timeUp.set(true));
      }
      await(leader, () -> ended > 0 || timeUp.get());
      if (ended == 0) {
        return false;
      }
      ended--;
      return true;
    }
  }

  private void handOver(Task task) {
    if (!task.host.isDead()) {
      driver.release();
      task.turn.acquireUninterruptibly();
    }
    if (task.host.isDead()) {
      throw new NodeDied();
    }
  }

  /** Whether a task is running now. */
  boolean isInTask() {
    return current != null;
  }

  /** Whether any thread is left. */
  boolean isIdle() {
    return tasks.isEmpty();
  }

  /** Lets one thing happen; answers whether there was one. */
  boolean step() {
    reap();
    List<Task> able =
        tasks.stream()
            .filter(task -> task.ready.getAsBoolean())
            .filter(task -> !task.host.pausedUntil().isAfter(clock.instant()))
            .toList();
    if (able.isEmpty() || random.nextInt(50) == 0) {
      return fireNext() || !able.isEmpty();
    }
    if (random.nextInt(10) == 0) {
      clock.advance(Duration.ofMillis(random.nextInt(60)));
    }
    resume(able.get(random.nextInt(able.size())));
    return true;
  }

  private boolean fireNext() {
    Timer timer = timers.poll();
    if (timer == null) {
      return false;
    }
    Host host = timer.host();
    if (host != null && host.isDead()) {
      return true;
    }
    if (timer.at().isAfter(clock.instant())) {
      clock.advance(Duration.between(clock.instant(), timer.at()));
    }
    if (host != null && host.pausedUntil().isAfter(clock.instant())) {
      timers.add(new Timer(host.pausedUntil(), order++, host, timer.action()));
    } else {
      timer.action().run();
    }
    return true;
  }

  private void resume(Task task) {
    current = task;
    task.turn.release();
    driver.acquireUninterruptibly();
    current = null;
    if (task.done) {
      tasks.remove(task);
    }
    if (failure != null) {
      throw new IllegalStateException("a fault in the engine", failure);
    }
  }

  /** Ends every thread of the hosts that have died. */
  void reap() {
    for (int tries = 0; tries < REAP_MAX; tries++) {
      var dead = tasks.stream().filter(task -> task.host.isDead()).toList();
      if (dead.isEmpty()) {
        return;
      }
      dead.forEach(this::resume);
    }
    throw new IllegalStateException("a thread survived the death of its node");
  }
}

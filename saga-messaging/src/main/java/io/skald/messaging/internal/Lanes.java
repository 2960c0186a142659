package io.skald.messaging.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Work in lanes: one thing after the other in each of them, in the order it came, and no lane waits
 * for another. A lane has a virtual thread as long as it has work. Safe for use by several threads.
 *
 * @param <K> what tells lanes apart
 */
public final class Lanes<K> {
  private static final Duration INSISTENCE = Duration.ofMillis(100);

  private final String name;
  private final Map<K, Lane> lanes = new HashMap<>();
  private boolean isClosed;

  /** Lanes whose threads have that name. */
  public Lanes(String name) {
    this.name = name;
  }

  /** What is done in a lane. */
  @FunctionalInterface
  public interface Work {
    /**
     * Does it.
     *
     * @param isEnded whether its lane has ended, for who repeats things until then
     */
    void run(BooleanSupplier isEnded);
  }

  /** Things that wait for each other. */
  private final class Lane {
    private final K key;
    private final Deque<Work> waiting = new ArrayDeque<>();
    private final Thread thread = Thread.ofVirtual().name(name).unstarted(this::runAll);
    private volatile boolean isEnded;

    private Lane(K key) {
      this.key = key;
    }

    private void runAll() {
      for (Work work = next(this); work != null; work = next(this)) {
        work.run(() -> isEnded);
      }
    }

    /** Interrupts it until it heeds that. */
    private void insist() {
      try {
        do {
          thread.interrupt();
        } while (!thread.join(INSISTENCE));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Has something done after everything that came before it in the same lane; not once closed. */
  public synchronized void add(K key, Work work) {
    if (isClosed) {
      return;
    }
    Lane lane = lanes.get(key);
    if (lane == null) {
      lane = new Lane(key);
      lanes.put(key, lane);
      lane.waiting.add(work);
      lane.thread.start();
    } else {
      lane.waiting.add(work);
    }
  }

  private synchronized @Nullable Work next(Lane lane) {
    Work work = lane.waiting.poll();
    if (work == null && !lane.isEnded) {
      lanes.remove(lane.key);
    }
    return work;
  }

  /** How many things wait in a lane, without the one that is being done. */
  public synchronized int waiting(K key) {
    Lane lane = lanes.get(key);
    return lane == null ? 0 : lane.waiting.size();
  }

  /**
   * Ends lanes: what was not begun is dropped, what was is waited for; and interrupted, but no
   * longer waited for, when the patience is over. To interrupt a virtual thread closes the socket
   * it waits at, that of a database included. What is added later is in another lane.
   */
  public void end(Collection<K> keys, Duration patience) {
    List<Lane> ended = taken(keys);
    long end = System.nanoTime() + patience.toNanos();
    boolean isPatient = true;
    for (Lane lane : ended) {
      isPatient = isPatient && isOver(lane.thread, Duration.ofNanos(end - System.nanoTime()));
    }
    for (Lane lane : ended) {
      if (lane.thread.isAlive()) {
        var unused = Thread.ofVirtual().name(name + "-end").start(lane::insist);
      }
    }
  }

  private static boolean isOver(Thread thread, Duration patience) {
    try {
      return thread.join(patience.isNegative() ? Duration.ZERO : patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private synchronized List<Lane> taken(Collection<K> keys) {
    List<Lane> taken = new ArrayList<>();
    for (K key : keys) {
      Lane lane = lanes.remove(key);
      if (lane != null) {
        lane.isEnded = true;
        lane.waiting.clear();
        taken.add(lane);
      }
    }
    return taken;
  }

  /** Ends all lanes, as {@link #end}, and takes nothing more. */
  public void close(Duration patience) {
    end(closed(), patience);
  }

  private synchronized List<K> closed() {
    isClosed = true;
    return List.copyOf(lanes.keySet());
  }
}

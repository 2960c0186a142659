package io.skald.saga.definition;

import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.StepPath;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The locks a saga takes before everything else, all of them or none, and holds until it has ended.
 * It stands first among the steps of its definition, under a name that no step of the application
 * can have.
 *
 * @param locks each a name, and what makes the key of the input
 * @param patience how long a saga waits for them
 */
public record LockPlan(List<Lock> locks, LockWait patience) implements StepPlan {
  /** The name of the step: {@code @locks}. */
  public static final String NAME = StepPath.LOCKS;

  /** How many locks a definition may have: 20. */
  public static final int LOCKS_MAX = 20;

  /** How many sagas may hold a lock at the same time at most: 1,000. */
  public static final int PERMITS_MAX = 1_000;

  /** Copies the list. */
  public LockPlan {
    locks = List.copyOf(locks);
    Objects.requireNonNull(patience, "patience");
    if (locks.size() > LOCKS_MAX) {
      throw Check.refused("locks", locks.size(), "<= " + LOCKS_MAX);
    }
    for (Lock lock : locks) {
      int before = permits(locks, lock.name());
      if (lock.permits() != before) {
        throw Check.refused(
            "lock " + lock.name() + ": permits", lock.permits(), before + ", as in the one before");
      }
    }
  }

  private static int permits(List<Lock> locks, String name) {
    return locks.stream()
        .filter(lock -> lock.name().equals(name))
        .findFirst()
        .orElseThrow()
        .permits();
  }

  /**
   * One of the locks.
   *
   * @param name what kind of thing is locked
   * @param key makes the key of the saga's input
   * @param permits how many sagas may hold it at the same time, 1 to {@link #PERMITS_MAX}
   */
  public record Lock(String name, Function<?, String> key, int permits) {
    /** Checks the name and the number, and that there is a key. */
    public Lock {
      Check.name("lock", name);
      Objects.requireNonNull(key, "key");
      Check.within("lock " + name + ": permits", permits, PERMITS_MAX);
    }
  }

  /** This plan with one more lock. */
  public LockPlan with(Lock lock) {
    var more = new ArrayList<>(locks);
    more.add(lock);
    return new LockPlan(more, patience);
  }

  /**
   * How many sagas may hold a lock of that name at the same time.
   *
   * @throws java.util.NoSuchElementException if there is none of that name
   */
  public int permits(String name) {
    return permits(locks, name);
  }

  /** The names of the locks, in the order they were declared. */
  public String names() {
    return locks.stream().map(Lock::name).distinct().collect(Collectors.joining(", "));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Type resultType() {
    return Done.class;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException always: it is placed by its definition alone
   */
  @Override
  public LockPlan withName(String other) {
    throw new UnsupportedOperationException("locks have no other name than " + NAME);
  }

  @Override
  public LockPlan from(Derivation<?, ?> derivation) {
    return this;
  }
}

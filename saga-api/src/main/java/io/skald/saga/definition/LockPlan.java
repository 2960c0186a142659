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

  /** Copies the list. */
  public LockPlan {
    locks = List.copyOf(locks);
    Objects.requireNonNull(patience, "patience");
    if (locks.size() > LOCKS_MAX) {
      throw Check.refused("locks", locks.size(), "<= " + LOCKS_MAX);
    }
  }

  /**
   * One of the locks.
   *
   * @param name what kind of thing is locked
   * @param key makes the key of the saga's input
   */
  public record Lock(String name, Function<?, String> key) {
    /** Checks the name, and that there is a key. */
    public Lock {
      Check.name("lock", name);
      Objects.requireNonNull(key, "key");
    }
  }

  /** This plan with one more lock. */
  public LockPlan with(Lock lock) {
    var more = new ArrayList<>(locks);
    more.add(lock);
    return new LockPlan(more, patience);
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

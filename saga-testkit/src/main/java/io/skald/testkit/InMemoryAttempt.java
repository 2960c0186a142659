package io.skald.testkit;

import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.Transition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A local attempt in memory, and its time limit. */
final class InMemoryAttempt {
  private final InstantSource clock;
  private final Duration limit;
  private final Instant begun;

  /** An attempt that begins now. */
  InMemoryAttempt(InstantSource clock, Duration limit) {
    this.clock = clock;
    this.limit = limit;
    this.begun = clock.instant();
  }

  LocalOutcome run(
      LocalTransaction open, LocalWork work, Function<Transition, LocalOutcome> commit) {
    Transition transition;
    try {
      transition = work.run(open).forLocalAttempt();
    } catch (Exception | AssertionError | LinkageError | VirtualMachineError e) {
      return new LocalOutcome.RolledBack(isOver() ? exceeded(e) : e);
    }
    return isOver() ? new LocalOutcome.RolledBack(exceeded(null)) : commit.apply(transition);
  }

  private boolean isOver() {
    return Duration.between(begun, clock.instant()).compareTo(limit) > 0;
  }

  private TimeoutException exceeded(@Nullable Throwable failure) {
    var timeout = new TimeoutException("The step did not end within " + limit);
    if (failure != null) {
      timeout.initCause(failure);
    }
    return timeout;
  }
}

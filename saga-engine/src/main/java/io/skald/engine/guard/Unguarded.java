package io.skald.engine.guard;

import io.skald.engine.spi.AttemptGuard;
import java.util.concurrent.Callable;

/** No guard at all: what an engine has that was given none. */
public enum Unguarded implements AttemptGuard {
  /** The only value. */
  UNGUARDED;

  @Override
  public <R> R run(String name, Callable<R> attempt) throws Exception {
    return attempt.call();
  }

  @Override
  public boolean knows(String name) {
    return false;
  }
}

package io.skald.samples.order;

import java.io.IOException;
import java.util.concurrent.Callable;

/**
 * Ties a service's life to the process that started it: the service's standard input is a pipe from
 * there, and ends when that process closes it or dies.
 */
final class Lifeline {
  private Lifeline() {}

  /** Runs the service until standard input ends, and closes it in an orderly way. */
  static void runWhileParentLives(Callable<? extends AutoCloseable> service) throws Exception {
    AutoCloseable running = service.call();
    try {
      awaitEndOfInput();
    } finally {
      running.close();
    }
  }

  private static void awaitEndOfInput() throws IOException {
    while (System.in.read() >= 0) {
      // nothing is ever said here; only the end matters
    }
  }
}

package io.skald.saga.step;

import io.skald.saga.definition.Handler;
import io.skald.saga.definition.Work;
import io.skald.saga.internal.Check;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Changes of a step's work. */
final class Works {
  private Works() {}

  /**
   * The work by the bean of that qualifier.
   *
   * @param option the option that says so, and of which step
   */
  static Work qualified(Work work, String option, String qualifier) {
    Check.name(option, qualifier);
    return switch (work.handler()) {
      case Handler.Bean bean -> new Work(new Handler.Bean(bean.type(), qualifier), work.input());
      case Handler.Inline inline ->
          throw Check.refused(option, qualifier, "none: the handler is no bean");
    };
  }

  /** A time limit that passed does not prove that nothing happened. */
  static void requireNoTimeLimit(String step, Class<? extends Throwable> type) {
    boolean mayBeOne =
        Stream.of(TimeoutException.class, InterruptedException.class, InterruptedIOException.class)
            .anyMatch(limit -> type.isAssignableFrom(limit) || limit.isAssignableFrom(type));
    if (mayBeOne) {
      throw Check.refused(
          Check.ofStep(step, "permanent"),
          type.getName(),
          "what proves that nothing happened; a time limit that passed is one of these, too");
    }
  }
}

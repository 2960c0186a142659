package io.skald.saga.step;

import io.skald.saga.definition.Handler;
import io.skald.saga.definition.Work;
import io.skald.saga.internal.Check;

/** Changes of a step's work. */
final class Works {
  private Works() {}

  /** The work by the bean of that qualifier. */
  static Work qualified(Work work, String qualifier) {
    return switch (work.handler()) {
      case Handler.Bean bean -> new Work(new Handler.Bean(bean.type(), qualifier), work.input());
      case Handler.Inline inline ->
          throw Check.refused("qualifier", qualifier, "none: the handler is no bean");
    };
  }
}

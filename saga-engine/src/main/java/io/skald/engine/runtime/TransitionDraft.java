package io.skald.engine.runtime;

import io.skald.engine.spi.Transition;
import io.skald.saga.view.SagaEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transition that is not committed yet, and what holds once it is.
 *
 * @param transition what to commit
 * @param after the saga afterwards
 * @param end why this node then stops running it; null if it goes on
 * @param events what to announce
 */
record TransitionDraft(
    Transition transition, HeldSaga after, @Nullable RunEnd end, List<SagaEvent> events) {

  /** Whether there is nothing to commit. */
  boolean isEmpty() {
    return transition.rows().isEmpty() && transition.change() == null;
  }
}

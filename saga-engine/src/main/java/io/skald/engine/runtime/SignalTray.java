package io.skald.engine.runtime;

import io.skald.engine.machine.PendingSignals;
import io.skald.engine.spi.SignalRow;
import io.skald.engine.spi.Signals;
import io.skald.saga.SagaId;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.error.SagaDataException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for the signals of a saga. One that does not hold what its step takes it for is left where
 * it is: a signal that is consumed cannot be sent again, the step may still get the right one, and
 * a node of another version may be able to read this one. Confined to one thread.
 */
final class SignalTray {
  private static final Logger LOG = LoggerFactory.getLogger(SignalTray.class);

  private final RunContext context;
  private final PayloadReader reader;
  private final Set<UUID> unreadable = new HashSet<>();

  SignalTray(RunContext context, PayloadReader reader) {
    this.context = context;
    this.reader = reader;
  }

  /**
   * Looks for signals.
   *
   * @param at a time no later than the look, by the database's clock
   */
  PendingSignals look(SagaId saga, Instant at) {
    Signals seen = context.store().signals(saga);
    List<PendingSignals.Pending> readable =
        seen.pending().stream()
            .filter(one -> !unreadable.contains(one.id()))
            .map(one -> new PendingSignals.Pending(one.id(), one.name()))
            .toList();
    return new PendingSignals(seen.routed(), readable, at, seen.cutShort());
  }

  /** Whether a step can take a signal; if not, it is left, and said so once. */
  boolean isReadable(SagaId saga, PlacedStep step, SignalRow signal) {
    if (signal.payload() == null) {
      return true;
    }
    try {
      var unused = reader.result(step.plan(), signal.payload(), step.plan().resultType());
      return true;
    } catch (SagaDataException e) {
      unreadable.add(signal.id());
      LOG.warn(
          "saga {}: signal {} is not taken by step {}, which goes on waiting: {}; send one of the"
              + " type it awaits",
          saga,
          signal.name(),
          step.path(),
          e.getMessage());
      return false;
    }
  }
}

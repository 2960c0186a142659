package io.skald.engine.runtime;

import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SignalResult;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.definition.SignalName;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.error.UnknownSagaException;
import java.sql.Connection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends signals: encodes first, then writes. */
final class Signaller {
  private static final int TRIES_MAX = 3;

  private final RunContext context;
  private final Alarm alarm;

  Signaller(RunContext context, Alarm alarm) {
    this.context = context;
    this.alarm = alarm;
  }

  /** The signal, not sent yet. */
  <S> NewSignal signal(String definition, String businessKey, Signal<S> signal, @Nullable S value) {
    if (value == null) {
      throw new SagaDataException(
          "signal %s: null (expected: %s)".formatted(signal.name(), signal.type().getTypeName()),
          null);
    }
    String payload = context.limits().encode(context.codec(), "signal", value, signal.type());
    return new NewSignal(
        context.sources().newId(),
        definition,
        Limits.checkedKey(businessKey),
        signal.name(),
        payload,
        null);
  }

  /** The signal to the saga of that id, not sent yet. */
  <S> NewSignal signal(SagaId id, Signal<S> signal, @Nullable S value) {
    SagaRow saga =
        context.store().rows(List.of(id)).stream()
            .findFirst()
            .orElseThrow(() -> new UnknownSagaException("there is no saga " + id, null, id));
    return signal(saga.definition().name(), saga.businessKey(), signal, value);
  }

  /**
   * Sends what was said of a step, as {@link #send(NewSignal)} does; answers whether the step hears
   * it. If a completion is there already, nobody can tell whose it is; if a sign of life is, it is
   * this one.
   */
  boolean sendOnce(NewSignal signal) {
    return switch (send(signal)) {
      case ACCEPTED -> true;
      case EARLY, LATE -> false;
      case REPEATED -> !SignalName.isCompletion(signal.name());
    };
  }

  /** Sends a signal in a transaction of its own. One in doubt is settled by sending it again. */
  SignalResult send(NewSignal signal) {
    for (int tries = 1; ; tries++) {
      try {
        SignalResult result = context.store().signal(signal);
        alarm.ring();
        return result;
      } catch (SagaStoreException e) {
        if (tries == TRIES_MAX || e.kind() == SagaStoreException.Kind.PERMANENT) {
          throw e;
        }
      }
    }
  }

  /**
   * Sends a signal in a caller's transaction; it is routed once that is committed. Answers whether
   * it is the first word on what it says.
   */
  boolean send(Connection connection, NewSignal signal) {
    return context.store().signal(connection, signal);
  }
}

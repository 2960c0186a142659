package io.skald.engine.runtime;

import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SignalResult;
import io.skald.saga.Signal;
import io.skald.saga.definition.SignalName;
import io.skald.saga.error.SagaDataException;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/** Sends signals: encodes first, then writes. */
final class Signaller {
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

  /**
   * Whether the step hears what was said of it. What is repeated is what was sent, by a try whose
   * answer was lost; and one sign of life is as good as another.
   */
  static boolean isHeard(NewSignal signal, SignalResult result) {
    return switch (result) {
      case ACCEPTED, REPEATED -> true;
      case EARLY, LATE, CLOSED -> false;
      case PRECEDED -> SignalName.isNews(signal.name());
    };
  }

  /** Sends a signal in a transaction of its own. One in doubt is settled by sending it again. */
  SignalResult send(NewSignal signal) {
    SignalResult result = Resending.send(context.sources(), () -> context.store().signal(signal));
    alarm.ring();
    return result;
  }

  /** Sends a signal in a caller's transaction; it is routed once that is committed. */
  SignalResult send(Connection connection, NewSignal signal) {
    return context.store().signal(connection, signal);
  }
}

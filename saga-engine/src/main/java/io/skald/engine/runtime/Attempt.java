package io.skald.engine.runtime;

import io.skald.engine.machine.Entry;
import io.skald.engine.spi.LocalTransaction;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.step.AsyncCall;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.ConfirmationCall;
import io.skald.saga.step.StepContext;
import io.skald.saga.step.Tx;
import io.skald.saga.view.Direction;
import java.sql.Connection;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What every attempt knows of its saga, and the shapes in which user code is given it.
 *
 * @param held the saga
 * @param place which attempt of which step
 * @param results the recorded results, as the step sees them
 */
record Attempt(HeldSaga held, Place place, RecordedResults results) {

  /** The same for every attempt; no secret, and no payload in it. */
  private String key(Direction direction) {
    String name = direction.name().toLowerCase(Locale.ROOT);
    return held.id() + ":" + place.step().path() + ":" + name;
  }

  /** What the work that this attempt hands out is known by. */
  private WaitPoint waitPoint() {
    String path = place.step().path();
    int renewal = held.state().entry(path, Direction.ACTION).map(Entry::attemptBase).orElse(0);
    return new WaitPoint(path, renewal);
  }

  Tx in(LocalTransaction transaction) {
    return new OpenTx(this, transaction);
  }

  /** A call of an action or a verification. */
  AsyncCall call(TimeLeft timeLeft) {
    return new OpenCall(this, timeLeft);
  }

  ConfirmationCall confirmationCall(TimeLeft timeLeft) {
    return new OpenCall(this, timeLeft);
  }

  CompensationCall compensationCall(TimeLeft timeLeft) {
    return new OpenCompensationCall(this, timeLeft);
  }

  /**
   * When an attempt's time is up.
   *
   * @param endNanos the monotonic time of its end
   * @param nanoTime the monotonic time
   */
  record TimeLeft(long endNanos, LongSupplier nanoTime) {
    Duration left() {
      return Duration.ofNanos(Math.max(0, endNanos - nanoTime.getAsLong()));
    }
  }

  /** What user code is given, whatever its shape. */
  private interface Shape extends StepContext {
    Attempt attempted();

    @Override
    default SagaId sagaId() {
      return attempted().held().id();
    }

    @Override
    default String businessKey() {
      return attempted().held().businessKey();
    }

    @Override
    default int attempt() {
      return attempted().place().attempt();
    }

    @Override
    default String callbackToken(Step<?, ?> await) {
      Attempt made = attempted();
      return made.held().tokens().of(new WaitPoint(made.results().pathOfWait(await), null));
    }

    @Override
    default <R> R resultOf(Step<?, R> step) {
      return attempted().results().resultOf(step);
    }

    @Override
    default <R> Optional<R> findResultOf(Step<?, R> step) {
      return attempted().results().findResultOf(step);
    }
  }

  private record OpenTx(Attempt attempted, LocalTransaction transaction) implements Shape, Tx {
    @Override
    public Connection connection() {
      return transaction.connection();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      return transaction.unwrap(type);
    }
  }

  private record OpenCall(Attempt attempted, TimeLeft time)
      implements Shape, AsyncCall, ConfirmationCall {
    @Override
    public String idempotencyKey() {
      return attempted.key(attempted.place().direction());
    }

    @Override
    public String actionKey() {
      return attempted.key(Direction.ACTION);
    }

    @Override
    public String completionToken() {
      return attempted.held().tokens().of(attempted.waitPoint());
    }

    @Override
    public Duration timeLeft() {
      return time.left();
    }
  }

  private record OpenCompensationCall(Attempt attempted, TimeLeft time)
      implements Shape, CompensationCall {
    @Override
    public String actionKey() {
      return attempted.key(Direction.ACTION);
    }

    @Override
    public String compensationKey() {
      return attempted.key(attempted.place().direction());
    }

    @Override
    public Duration timeLeft() {
      return time.left();
    }
  }
}

package io.skald.engine.runtime;

import io.skald.engine.spi.LocalTransaction;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.Results;
import io.skald.saga.step.StepContext;
import io.skald.saga.step.Tx;
import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What every attempt knows of its saga, and the three shapes in which user code is given it.
 *
 * @param sagaId the saga
 * @param businessKey its key
 * @param path where the step stands
 * @param attempt the attempt's number, from 1
 * @param results the recorded results
 */
record Attempt(SagaId sagaId, String businessKey, String path, int attempt, Results results)
    implements StepContext {

  @Override
  public <R> R resultOf(Step<?, R> step) {
    return results.resultOf(step);
  }

  @Override
  public <R> Optional<R> findResultOf(Step<?, R> step) {
    return results.findResultOf(step);
  }

  /** The same for every attempt; no secret, and no payload in it. */
  String actionKey() {
    return sagaId + ":" + path + ":action";
  }

  String compensationKey() {
    return sagaId + ":" + path + ":compensation";
  }

  Tx in(LocalTransaction transaction) {
    return new OpenTx(this, transaction);
  }

  Call call(TimeLeft timeLeft) {
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

  private record OpenTx(Attempt context, LocalTransaction transaction) implements Tx {
    @Override
    public Connection connection() {
      return transaction.connection();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      return transaction.unwrap(type);
    }

    @Override
    public SagaId sagaId() {
      return context.sagaId();
    }

    @Override
    public String businessKey() {
      return context.businessKey();
    }

    @Override
    public int attempt() {
      return context.attempt();
    }

    @Override
    public <R> R resultOf(Step<?, R> step) {
      return context.resultOf(step);
    }

    @Override
    public <R> Optional<R> findResultOf(Step<?, R> step) {
      return context.findResultOf(step);
    }
  }

  private record OpenCall(Attempt context, TimeLeft time) implements Call {
    @Override
    public String idempotencyKey() {
      return context.actionKey();
    }

    @Override
    public Duration timeLeft() {
      return time.left();
    }

    @Override
    public SagaId sagaId() {
      return context.sagaId();
    }

    @Override
    public String businessKey() {
      return context.businessKey();
    }

    @Override
    public int attempt() {
      return context.attempt();
    }

    @Override
    public <R> R resultOf(Step<?, R> step) {
      return context.resultOf(step);
    }

    @Override
    public <R> Optional<R> findResultOf(Step<?, R> step) {
      return context.findResultOf(step);
    }
  }

  private record OpenCompensationCall(Attempt context, TimeLeft time) implements CompensationCall {
    @Override
    public String actionKey() {
      return context.actionKey();
    }

    @Override
    public String compensationKey() {
      return context.compensationKey();
    }

    @Override
    public Duration timeLeft() {
      return time.left();
    }

    @Override
    public SagaId sagaId() {
      return context.sagaId();
    }

    @Override
    public String businessKey() {
      return context.businessKey();
    }

    @Override
    public int attempt() {
      return context.attempt();
    }

    @Override
    public <R> R resultOf(Step<?, R> step) {
      return context.resultOf(step);
    }

    @Override
    public <R> Optional<R> findResultOf(Step<?, R> step) {
      return context.findResultOf(step);
    }
  }
}

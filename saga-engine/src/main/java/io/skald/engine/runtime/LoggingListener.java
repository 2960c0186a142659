package io.skald.engine.runtime;

import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaListener;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the engine's log lines, and hands every event on: INFO for an end and for what led to it,
 * a refusal; WARN for an attempt that failed, ERROR only where a human is needed. What user code
 * said stays in {@code saga_log}: it may hold what no log should.
 */
public final class LoggingListener implements SagaListener {
  private static final Logger LOG = LoggerFactory.getLogger("io.skald.saga");

  private final List<SagaListener> listeners;

  /** A listener in front of the application's. */
  public LoggingListener(List<SagaListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public void on(SagaEvent event) {
    log(event);
    for (SagaListener listener : listeners) {
      tell(listener, event);
    }
  }

  private static void tell(SagaListener listener, SagaEvent event) {
    try {
      listener.on(event);
    } catch (Throwable e) {
      LOG.warn("saga {}: a listener failed, and nothing else did", event.id(), e);
    }
  }

  private static void log(SagaEvent event) {
    switch (event) {
      case SagaEvent.Started started ->
          LOG.debug("saga {} {}: started", started.definition(), started.id());
      case SagaEvent.StepSucceeded step ->
          LOG.debug(
              "saga {} {}: {} of step {} succeeded, attempt {}",
              step.definition(),
              step.id(),
              step.direction(),
              step.step(),
              step.attempt());
      case SagaEvent.AttemptFailed failed ->
          LOG.warn(
              "saga {} {}: {} of step {} failed, attempt {}; the next one in {}",
              failed.definition(),
              failed.id(),
              failed.direction(),
              failed.step(),
              failed.attempt(),
              failed.delay());
      case SagaEvent.StepRefused refused ->
          LOG.info(
              "saga {} {}: step {} was refused, attempt {}",
              refused.definition(),
              refused.id(),
              refused.step(),
              refused.attempt());
      case SagaEvent.StepFailed failed ->
          LOG.warn(
              "saga {} {}: {} of step {} ended {}",
              failed.definition(),
              failed.id(),
              failed.direction(),
              failed.step(),
              failed.status());
      case SagaEvent.AnsweredLate late ->
          LOG.warn(
              "saga {} {}: {} of step {}, attempt {}, answered after it was given up; ignored",
              late.definition(),
              late.id(),
              late.direction(),
              late.step(),
              late.attempt());
      case SagaEvent.Compensating turned ->
          LOG.info("saga {} {}: compensates", turned.definition(), turned.id());
      case SagaEvent.Ended ended ->
          LOG.info("saga {} {}: {}", ended.definition(), ended.id(), ended.status());
      case SagaEvent.Stuck stuck ->
          LOG.error(
              "saga {} {}: STUCK and waits for an operator to retry, skip or resolve it; its status"
                  + " says why",
              stuck.definition(),
              stuck.id());
    }
  }
}

package io.skald.engine.runtime;

import io.skald.saga.internal.Masked;
import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaListener;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the engine's log lines, and hands every event on: INFO for an end and for what led to it,
 * a refusal, a permanent failure, or a signal that did not come in time; WARN for an attempt that
 * failed, ERROR only where a human is needed. Of an exception of user code a line names the class
 * alone: its message may hold anything, the values of a row for instance, and stays in {@code
 * saga_log}.
 */
public final class LoggingListener implements SagaListener {
  private static final Logger LOG = LoggerFactory.getLogger("io.skald.saga");
  private static final int REASON_MAX = 200;

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
      LOG.warn(
          "{}: listener {} failed with {}, and nothing else did",
          saga(event),
          listener.getClass().getName(),
          e.getClass().getName());
    }
  }

  private static void log(SagaEvent event) {
    String saga = saga(event);
    switch (event) {
      case SagaEvent.AtStep step -> logStep(saga, step);
      case SagaEvent.Started started -> LOG.debug("{}: started", saga);
      case SagaEvent.Compensating turned ->
          LOG.info("{}: compensates; {}", saga, reason(turned.reason()));
      case SagaEvent.Ended ended -> LOG.info("{}: {}", saga, ended.status());
      case SagaEvent.Stuck stuck ->
          LOG.error(
              "{}: STUCK and waits for an operator to retry, skip or resolve it; {}",
              saga,
              reason(stuck.reason()));
    }
  }

  private static void logStep(String saga, SagaEvent.AtStep event) {
    String path = event.path();
    switch (event) {
      case SagaEvent.StepSucceeded step ->
          LOG.debug(
              "{}: {} succeeded, attempt {}", saga, place(step.direction(), path), step.attempt());
      case SagaEvent.AttemptFailed failed ->
          LOG.warn(
              "{}: {} failed, attempt {}; the next one in {}; {}",
              saga,
              place(failed.direction(), path),
              failed.attempt(),
              DurationText.of(failed.delay()),
              reason(failed.error()));
      case SagaEvent.StepFailedPermanently failed ->
          LOG.info(
              "{}: step {} failed permanently, attempt {}; {}",
              saga,
              path,
              failed.attempt(),
              reason(failed.error()));
      case SagaEvent.StepRefused refused ->
          LOG.info("{}: step {} refused; {}", saga, path, reason(refused.reason()));
      case SagaEvent.WaitedInVain waited ->
          LOG.info("{}: step {} waited in vain; {}", saga, path, reason(waited.error()));
      case SagaEvent.StepFailed failed ->
          LOG.warn(
              "{}: {} ended {}; {}",
              saga,
              place(failed.direction(), path),
              failed.status(),
              reason(failed.error()));
      case SagaEvent.AnsweredLate late ->
          LOG.warn(
              "{}: {}, attempt {}, answered after it was given up; ignored",
              saga,
              place(late.direction(), path),
              late.attempt());
    }
  }

  private static String saga(SagaEvent event) {
    return "saga " + event.definition() + " " + event.id();
  }

  private static String place(Direction direction, String path) {
    return direction.name().toLowerCase(Locale.ROOT) + " of step " + path;
  }

  /** The engine's own words and the kind of failure, at most {@link #REASON_MAX} characters. */
  static String reason(String text) {
    String own = Masked.kind(ErrorText.bounded(text));
    String first = own.strip().lines().findFirst().orElse("no reason is known");
    if (first.codePointCount(0, first.length()) <= REASON_MAX) {
      return first;
    }
    return first.substring(0, first.offsetByCodePoints(0, REASON_MAX)) + "...";
  }
}

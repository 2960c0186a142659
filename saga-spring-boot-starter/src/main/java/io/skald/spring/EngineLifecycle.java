package io.skald.spring;

import io.skald.engine.SagaEngine;
import org.springframework.context.SmartLifecycle;

/**
 * Opens the engine when every bean is there, and closes it before any is destroyed. The engine is
 * open before the web server and message listeners take requests, and closes when they no longer
 * do: both can start sagas.
 */
final class EngineLifecycle implements SmartLifecycle {
  /** Spring Boot's web server starts and stops at {@code DEFAULT_PHASE - 2048}. */
  static final int PHASE = DEFAULT_PHASE - 4096;

  private final SagaEngine engine;
  private volatile boolean running;

  EngineLifecycle(SagaEngine engine) {
    this.engine = engine;
  }

  @Override
  public void start() {
    engine.open();
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    engine.close();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** An engine is opened once: tests that share a context between classes do not pause it. */
  @Override
  public boolean isPauseable() {
    return false;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}

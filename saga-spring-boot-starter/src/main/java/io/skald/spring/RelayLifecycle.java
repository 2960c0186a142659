package io.skald.spring;

import io.skald.messaging.Relay;
import org.springframework.context.SmartLifecycle;

/**
 * Opens the relay when every bean is there, and closes it when the web server and message listeners
 * no longer publish, before the transport is destroyed.
 */
final class RelayLifecycle implements SmartLifecycle {
  private final Relay relay;
  private volatile boolean running;

  RelayLifecycle(Relay relay) {
    this.relay = relay;
  }

  @Override
  public void start() {
    relay.open();
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    relay.close();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** A relay is opened once, as an engine is. */
  @Override
  public boolean isPauseable() {
    return false;
  }

  /** Below the engine's: a saga's last steps publish as well. */
  @Override
  public int getPhase() {
    return EngineLifecycle.PHASE - 1;
  }
}

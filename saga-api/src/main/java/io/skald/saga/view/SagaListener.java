package io.skald.saga.view;

/**
 * Hears what happens to the sagas this node runs, after it is committed. Called on the thread that
 * runs the saga, in the saga's order; must be quick and safe for use by several threads. What it
 * throws is logged and changes nothing. It is a notification, not a record: an event is lost if the
 * node dies between the commit and the call.
 */
@FunctionalInterface
public interface SagaListener {

  /** Hears one event. */
  void on(SagaEvent event);
}

package io.skald.engine.spi;

import java.util.List;

/**
 * The signals of a saga. What was routed before the count was taken is among the pending ones, or
 * was consumed; a pending one may not be counted yet.
 *
 * @param routed how many were routed to the saga since it was started: {@code saga.signals}
 * @param pending those that nothing has consumed yet, the earliest first
 */
public record Signals(int routed, List<SignalRow> pending) {
  /** Copies the pending ones. */
  public Signals {
    pending = List.copyOf(pending);
  }
}

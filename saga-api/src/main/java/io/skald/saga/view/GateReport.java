package io.skald.saga.view;

import java.util.List;

/**
 * What the sagas in flight say to a set of definitions. Immutable.
 *
 * @param findings what stands in the way, each a sentence that says what to do; empty if every saga
 *     in flight can go on
 */
public record GateReport(List<String> findings) {
  /** Copies the list. */
  public GateReport {
    findings = List.copyOf(findings);
  }

  /** Whether every saga in flight can go on with these definitions. */
  public boolean isOpen() {
    return findings.isEmpty();
  }

  /** In words, a line for each finding. */
  @Override
  public String toString() {
    return isOpen() ? "every saga in flight can go on" : String.join("\n", findings);
  }
}

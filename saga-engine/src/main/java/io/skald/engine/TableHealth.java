package io.skald.engine;

import io.skald.engine.spi.TableFacts;
import java.util.List;

/**
 * How the tables are, and what an operator should look at. Immutable.
 *
 * @param facts what was seen
 * @param findings what is out of the ordinary, each in words with what may be done; none if all is
 *     well
 */
public record TableHealth(TableFacts facts, List<String> findings) {
  /** Copies the findings. */
  public TableHealth {
    findings = List.copyOf(findings);
  }

  static TableHealth of(TableFacts facts) {
    return new TableHealth(facts, new TableFindings(facts).all());
  }

  /** In words, a line for each table, finding, and thing that was not to be seen. */
  @Override
  public String toString() {
    return new TableFindings(facts).text(findings);
  }
}

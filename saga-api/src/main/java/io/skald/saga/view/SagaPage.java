package io.skald.saga.view;

import java.util.List;
import java.util.Optional;

/**
 * Some of the sagas a {@link SagaQuery} asks for. Immutable.
 *
 * @param sagas in the order of the query; fewer than its limit, and even none, where a stretch that
 *     was looked at had no more
 * @param next where the next page begins, for {@link SagaQuery#after}: to be given back as it is,
 *     and as confidential as a business key; empty if there are no more
 */
public record SagaPage(List<SagaSummary> sagas, Optional<String> next) {
  /** Copies what could change. */
  public SagaPage {
    sagas = List.copyOf(sagas);
  }

  /** For logs: without the cursor. */
  @Override
  public String toString() {
    return "SagaPage[%s, %s]".formatted(sagas, next.isPresent() ? "and more" : "and no more");
  }
}

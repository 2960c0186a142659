package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.view.SagaCriterion;
import io.skald.saga.view.SagaQuery;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * Where a search stands, in the order of its query: after this saga. Written as a cursor, which is
 * opaque to whoever searches.
 */
public sealed interface SearchPosition {

  /**
   * Among sagas of which the one started last comes first.
   *
   * @param id the last one that was looked at
   */
  record Started(SagaId id) implements SearchPosition {}

  /**
   * Among sagas in the order of their keys, by the keys' bytes in UTF-8.
   *
   * @param businessKey that of the last one that was looked at
   * @param definition its definition's name
   */
  record Keyed(String businessKey, String definition) implements SearchPosition {}

  /** Whether the sagas of a query come by their keys. */
  static boolean isByKey(SagaQuery query) {
    return query.criteria().stream()
        .anyMatch(
            one -> one instanceof SagaCriterion.Key || one instanceof SagaCriterion.KeyPrefix);
  }

  /**
   * Where a query goes on; empty at its beginning.
   *
   * @throws IllegalArgumentException if its cursor is not one of such a query
   */
  static Optional<SearchPosition> of(SagaQuery query) {
    return query.after().map(cursor -> read(cursor, isByKey(query)));
  }

  private static SearchPosition read(String cursor, boolean byKey) {
    String text;
    try {
      text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw refused();
    }
    int colon = text.indexOf(':');
    boolean isKeyed = colon > 0;
    if (colon < 0 || isKeyed != byKey || text.indexOf('\0') >= 0) {
      throw refused();
    }
    String rest = text.substring(colon + 1);
    return isKeyed ? new Keyed(rest, text.substring(0, colon)) : new Started(id(rest));
  }

  private static SagaId id(String text) {
    try {
      return new SagaId(UUID.fromString(text));
    } catch (IllegalArgumentException e) {
      throw refused();
    }
  }

  /** A cursor may hold a key, so nothing of it is said, by no cause either. */
  private static IllegalArgumentException refused() {
    return new IllegalArgumentException(
        "after: not a cursor of this query (expected: SagaPage.next of one of its pages)");
  }

  /** The position as a cursor. */
  default String cursor() {
    String text =
        switch (this) {
          case Started(SagaId id) -> ":" + id.value();
          case Keyed(String key, String definition) -> definition + ":" + key;
        };
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}

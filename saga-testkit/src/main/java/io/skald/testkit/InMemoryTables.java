package io.skald.testkit;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The business tables of a step that runs on the {@link InMemorySagaStore}: what is put here
 * through {@code tx.unwrap(InMemoryTables.class)} is seen by others once the step has committed, or
 * never. Confined to the step that was given it.
 */
public final class InMemoryTables {
  private final Map<Place, Object> committed;
  private final Map<Place, Object> written = new LinkedHashMap<>();

  /** A row of a table. */
  record Place(String table, String key) {}

  InMemoryTables(Map<Place, Object> committed) {
    this.committed = committed;
  }

  /** Puts a row, in place of the one of that key. */
  public void put(String table, String key, Object row) {
    written.put(new Place(table, key), row);
  }

  /** The row of that key, as this step sees it. */
  public Optional<Object> find(String table, String key) {
    var place = new Place(table, key);
    Object own = written.get(place);
    if (own != null) {
      return Optional.of(own);
    }
    synchronized (committed) {
      return Optional.ofNullable(committed.get(place));
    }
  }

  void commit() {
    synchronized (committed) {
      committed.putAll(written);
    }
  }

  static Map<String, Object> rows(Map<Place, Object> committed, String table) {
    synchronized (committed) {
      var rows = new HashMap<String, Object>();
      committed.forEach(
          (place, row) -> {
            if (place.table().equals(table)) {
              rows.put(place.key(), row);
            }
          });
      return rows;
    }
  }
}

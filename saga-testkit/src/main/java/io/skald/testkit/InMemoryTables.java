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
  // an empty value is a row that this step removed
  private final Map<Place, Optional<Object>> written = new LinkedHashMap<>();

  /** A row of a table. */
  record Place(String table, String key) {}

  InMemoryTables(Map<Place, Object> committed) {
    this.committed = committed;
  }

  /** Puts a row, in place of the one of that key. */
  public void put(String table, String key, Object row) {
    written.put(new Place(table, key), Optional.of(row));
  }

  /** Removes the row of that key, if there is one. */
  public void remove(String table, String key) {
    written.put(new Place(table, key), Optional.empty());
  }

  /** The row of that key, as this step sees it. */
  public Optional<Object> find(String table, String key) {
    var place = new Place(table, key);
    Optional<Object> own = written.get(place);
    if (own != null) {
      return own;
    }
    synchronized (committed) {
      return Optional.ofNullable(committed.get(place));
    }
  }

  /** The rows of that table by key, as this step sees them. */
  public Map<String, Object> rows(String table) {
    Map<String, Object> rows = rows(committed, table);
    written.forEach(
        (place, row) -> {
          if (place.table().equals(table)) {
            replace(rows, place.key(), row);
          }
        });
    return rows;
  }

  void commit() {
    synchronized (committed) {
      written.forEach((place, row) -> replace(committed, place, row));
    }
  }

  private static <K> void replace(Map<K, Object> rows, K key, Optional<Object> row) {
    row.ifPresentOrElse(present -> rows.put(key, present), () -> rows.remove(key));
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

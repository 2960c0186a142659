package io.skald.store.jooq;

import java.sql.Array;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a saga on their way to and from a {@code jsonb} object, as a text array of
 * names and values in turn. The database writes and reads the JSON.
 */
final class Attributes {
  /** The array of a saga {@code s}; null when there are no attributes. */
  static final String COLUMN =
      """
      case when s.attributes is not null then array(
        select u.text
        from jsonb_each_text(s.attributes) as e (name, value)
        cross join pg_catalog.unnest(array[e.name, e.value]) as u (text))
      end\
      """;

  private Attributes() {}

  /** The literal of the array; null when there are no attributes. */
  static @Nullable String write(Map<String, String> attributes) {
    if (attributes.isEmpty()) {
      return null;
    }
    StringBuilder literal = new StringBuilder("{");
    attributes.forEach(
        (name, value) -> {
          literal.append(literal.length() > 1 ? "," : "").append(quoted(name));
          literal.append(',').append(quoted(value));
        });
    return literal.append('}').toString();
  }

  static Map<String, String> read(@Nullable Array column) throws SQLException {
    if (column == null) {
      return Map.of();
    }
    String[] texts = (String[]) column.getArray();
    Map<String, String> attributes = new LinkedHashMap<>();
    for (int i = 0; i + 1 < texts.length; i += 2) {
      attributes.put(texts[i], texts[i + 1]);
    }
    return attributes;
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}

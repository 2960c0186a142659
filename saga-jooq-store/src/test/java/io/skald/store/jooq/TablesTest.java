package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jooq.Field;
import org.junit.jupiter.api.Test;

class TablesTest {
  /** What {@link DocumentedViewsTest} looks at. */
  private static final Set<String> VIEWS = Set.of("saga_v1", "saga_step_v1", "saga_lock_v1");

  @Test
  void declaredTablesAreThoseOfTheMigratedSchema() throws SQLException {
    try (TestDatabase database = TestDatabase.migrated();
        Connection connection = database.pool().getConnection()) {
      database.execute("drop table %s.business");
      assertThat(declared(database.schema())).isEqualTo(migrated(connection, database.schema()));
    }
  }

  private static Map<String, String> declared(String schema) {
    Map<String, String> columns = new TreeMap<>();
    for (Tables.Declared table : Tables.of(schema).all()) {
      for (Field<?> field : table.fields()) {
        columns.put(table.table().getName() + "." + field.getName(), type(field));
      }
    }
    return columns;
  }

  private static String type(Field<?> field) {
    return switch (field.getType().getSimpleName()) {
      case "UUID" -> "uuid";
      case "String" -> "text";
      case "String[]" -> "_text";
      case "byte[]" -> "bytea";
      case "Short" -> "int2";
      case "Integer" -> "int4";
      case "Long" -> "int8";
      case "Boolean" -> "bool";
      case "OffsetDateTime" -> "timestamptz";
      case "JSONB" -> "jsonb";
      case "YearToSecond" -> "interval";
      default -> field.getType().getName();
    };
  }

  private static Map<String, String> migrated(Connection connection, String schema)
      throws SQLException {
    Map<String, String> columns = new TreeMap<>();
    try (ResultSet rows = connection.getMetaData().getColumns(null, schema, null, null)) {
      while (rows.next()) {
        String table = rows.getString("TABLE_NAME");
        if (!VIEWS.contains(table)) {
          columns.put(table + "." + rows.getString("COLUMN_NAME"), rows.getString("TYPE_NAME"));
        }
      }
    }
    return columns;
  }
}

package io.skald.store.jooq;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The binds of one statement, in order. A null has the type its value would have: another type
 * would have the server prepare the statement anew.
 */
final class Binds {
  private final PreparedStatement statement;
  private int index;

  Binds(PreparedStatement statement) {
    this.statement = statement;
  }

  Binds uuid(@Nullable UUID value) throws SQLException {
    if (value == null) {
      statement.setNull(++index, Types.OTHER);
    } else {
      statement.setObject(++index, value);
    }
    return this;
  }

  Binds text(@Nullable String value) throws SQLException {
    statement.setString(++index, value);
    return this;
  }

  Binds integer(int value) throws SQLException {
    statement.setInt(++index, value);
    return this;
  }

  Binds bigint(@Nullable Long value) throws SQLException {
    if (value == null) {
      statement.setNull(++index, Types.BIGINT);
    } else {
      statement.setLong(++index, value);
    }
    return this;
  }

  /** One part of each value. */
  @FunctionalInterface
  interface Part<T> {
    @Nullable Object of(T value);
  }

  <T> Binds array(String type, List<T> values, Part<T> part) throws SQLException {
    @Nullable Object[] parts = new @Nullable Object[values.size()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = part.of(values.get(i));
    }
    return array(type, parts);
  }

  Binds array(String type, @Nullable Object[] values) throws SQLException {
    statement.setArray(++index, statement.getConnection().createArrayOf(type, values));
    return this;
  }
}

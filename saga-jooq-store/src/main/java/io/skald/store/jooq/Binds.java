package io.skald.store.jooq;

import io.skald.engine.spi.LogWrite;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
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

  Binds bytes(byte[] value) throws SQLException {
    statement.setBytes(++index, value);
    return this;
  }

  Binds integer(int value) throws SQLException {
    statement.setInt(++index, value);
    return this;
  }

  Binds integerOrNull(@Nullable Integer value) throws SQLException {
    if (value == null) {
      statement.setNull(++index, Types.INTEGER);
    } else {
      statement.setInt(++index, value);
    }
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

  /** What a log row says from its step's name to {@code finished_at}, in that order of columns. */
  Binds logged(LogWrite row, long epoch) throws SQLException {
    return text(row.stepName())
        .integer(row.seq())
        .text(row.status().name())
        .integer(row.attempt())
        .integer(row.attemptBase())
        .text(row.decision())
        .text(row.payload())
        .text(row.error())
        .bigint(epoch)
        .bigint(row.retryAfter() == null ? null : Rows.micros(row.retryAfter()))
        .integer(row.status().isFinal() ? 1 : 0);
  }

  /** An array whose Java type says what it holds is sent in binary, those of uuids excepted. */
  <T> Binds texts(List<T> values, Function<T, @Nullable String> part) throws SQLException {
    return array("text", values.stream().map(part).toArray(String[]::new));
  }

  <T> Binds integers(List<T> values, Function<T, @Nullable Integer> part) throws SQLException {
    return array("int4", values.stream().map(part).toArray(Integer[]::new));
  }

  <T> Binds bigints(List<T> values, Function<T, @Nullable Long> part) throws SQLException {
    return array("int8", values.stream().map(part).toArray(Long[]::new));
  }

  <T> Binds uuids(List<T> values, Function<T, @Nullable UUID> part) throws SQLException {
    return array("uuid", values.stream().map(part).toArray(UUID[]::new));
  }

  private Binds array(String type, @Nullable Object[] values) throws SQLException {
    statement.setArray(++index, statement.getConnection().createArrayOf(type, values));
    return this;
  }
}

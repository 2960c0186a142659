package io.skald.store.jooq;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log of one saga, as far as this version knows what its rows say: an unknown word of a later
 * version's is that saga's trouble, and not that of all that are read with it.
 */
final class ReadLog {
  private final List<LogRow> rows = new ArrayList<>();
  private @Nullable String unread;

  /** Adds the row that the cursor is at. */
  void add(ResultSet row) throws SQLException {
    String direction = row.getString(2);
    String status = row.getString(5);
    if (KnownWords.isRow(direction, status)) {
      rows.add(Rows.log(row));
    } else if (unread == null) {
      unread = "%s is %s %s".formatted(row.getString(1), direction, status);
    }
  }

  SagaSnapshot of(SagaRow saga, Instant at) {
    return new SagaSnapshot(saga, rows, at, unread);
  }
}

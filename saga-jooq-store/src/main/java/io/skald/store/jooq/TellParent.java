package io.skald.store.jooq;

import io.skald.engine.spi.Parent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * A parent told of a saga it started: a signal that waits for the router, in the transaction that
 * has something to tell. The parent's row is read, by saga_pkey, and never locked: its owner may
 * hold it while it waits for this saga's.
 */
final class TellParent {
  static final String INTO_SIGNAL =
      "insert into skald.saga_signal (id, definition, business_key, name)\n";

  static final String TELL =
      INTO_SIGNAL
          + """
          select gen_random_uuid(), p.definition, p.business_key, ?
          from skald.saga p
          where p.id = ?
          """;

  private final String tell;

  TellParent(SqlText text) {
    this.tell = text.render(TELL);
  }

  void tell(Connection connection, Parent parent) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tell)) {
      bind(new Binds(statement), parent);
      statement.executeUpdate();
    }
  }

  static void bind(Binds binds, Parent parent) throws SQLException {
    binds.text(parent.signal()).uuid(parent.saga().value());
  }
}

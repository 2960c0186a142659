package io.skald.store.jooq;

import io.skald.engine.spi.Rate;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The tokens of rates over the fleet. Safe for use by several threads. */
final class FleetRates {
  private static final String MAKE =
      """
      insert into skald.saga_rate (rate_name, tokens)
      values (?, ?)
      on conflict do nothing
      """;

  /**
   * The time is that of the statement, so that it is the same wherever it stands. Whoever waits for
   * another one's row has begun before that one ended, so time may seem to go back a little: then
   * nothing has grown.
   */
  private static final String GROWN =
      """
      least(?, r.tokens + greatest(0, extract(epoch from statement_timestamp() - r.reckoned_at))
          * 1000000 * ? / ?)\
      """;

  private static final String TAKE =
      """
      update skald.saga_rate r
      set tokens = %1$s - least(?, floor(%1$s)),
        taken = least(?, floor(%1$s))::integer,
        reckoned_at = greatest(r.reckoned_at, statement_timestamp())
      where r.rate_name = ?
      returning r.taken
      """
          .formatted(GROWN);

  private final Transactions transactions;
  private final String make;
  private final String take;
  private final Set<String> made = ConcurrentHashMap.newKeySet();

  FleetRates(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.make = text.renderWithCommit(MAKE);
    this.take = text.renderWithCommit(TAKE);
  }

  int take(String name, Rate rate, int wanted) {
    if (!made.contains(name)) {
      var unused = transactions.run("Making a rate", connection -> make(connection, name, rate));
      made.add(name);
    }
    int most = Math.max(0, wanted);
    return transactions.run("Taking tokens", connection -> take(connection, name, rate, most));
  }

  private boolean make(Connection connection, String name, Rate rate) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(make)) {
      new Binds(statement).text(name).integer(rate.attempts());
      return statement.execute();
    }
  }

  private int take(Connection connection, String name, Rate rate, int wanted) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      Binds binds = new Binds(statement);
      grown(binds, rate).integer(wanted);
      grown(binds, rate).integer(wanted);
      grown(binds, rate).text(name);
      statement.execute();
      try (ResultSet row = statement.getResultSet()) {
        return row.next() ? row.getInt(1) : 0;
      }
    }
  }

  private static Binds grown(Binds binds, Rate rate) throws SQLException {
    return binds.integer(rate.attempts()).integer(rate.attempts()).bigint(micros(rate.per()));
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1_000;
  }
}

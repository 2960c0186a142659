package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Asks the business tables what breaks an invariant, in a transaction that may only read. Of what
 * the query answers the business keys alone leave the database, and no more than are kept. Safe for
 * use by several threads.
 */
final class AskInvariant {
  private static final int KEY_MAX = 255;
  private static final int WORDS_MAX = 200;

  /**
   * What the server finds wrong with the text of a statement, or with the role's rights. It says so
   * of names alone; what other errors say may quote a row.
   */
  private static final Set<String> OF_THE_TEXT =
      Set.of("42601", "42703", "42P01", "42883", "42804", "42501", "0A000", "3F000", "25006");

  /** The isolation level is said as well: the role may have another default. */
  private static final String READ_ONLY =
      """
      set transaction isolation level read committed, read only;
      set local statement_timeout = %d;
      set local lock_timeout = '2s';
      """;

  /**
   * On lines of its own, so that a comment at its end is at an end. Nulls first: none is missed.
   */
  private static final String QUERY =
      """
      select distinct v.business_key::text collate "C" as business_key
      from (
      %s
      ) v
      order by business_key nulls first
      limit %d
      """;

  private final Transactions.Source source;
  private final SqlErrors errors;

  /**
   * What a query has answered.
   *
   * @param keys different ones, in the order of their bytes
   * @param isCapped whether there were more
   */
  record Answer(List<String> keys, boolean isCapped) {}

  /** A query that was not answered, or not as it should be; the message is fit for a log. */
  static final class UnansweredException extends Exception {
    private static final long serialVersionUID = 1;

    UnansweredException(String message) {
      super(message);
    }
  }

  AskInvariant(DataSource reads, SqlErrors errors) {
    this.source = new Transactions.Pool(reads);
    this.errors = errors;
  }

  Answer ask(Invariant invariant) throws UnansweredException {
    try (Session session = Session.on(source)) {
      try {
        session.begin(false);
        return ask(session.connection(), invariant);
      } catch (SQLException e) {
        session.discardIfUnfit(errors.reaction(e));
        throw e;
      }
    } catch (SQLException e) {
      throw new UnansweredException(words(e, invariant.timeout()));
    } catch (RuntimeException e) {
      // a pool's own, as one that is closed
      throw new UnansweredException("no connection: " + e.getClass().getName());
    }
  }

  /** No prepared statement: a question mark in the query is an operator, as jsonb has them. */
  private static Answer ask(Connection connection, Invariant invariant)
      throws SQLException, UnansweredException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(READ_ONLY.formatted(invariant.timeout().toMillis()));
      String query = QUERY.formatted(invariant.query(), invariant.violationsMax() + 1);
      try (ResultSet rows = statement.executeQuery(query)) {
        return answer(rows, invariant.violationsMax());
      }
    }
  }

  private static Answer answer(ResultSet rows, int max) throws SQLException, UnansweredException {
    List<String> keys = new ArrayList<>();
    while (rows.next()) {
      keys.add(key(rows.getString(1)));
    }
    boolean isCapped = keys.size() > max;
    return new Answer(isCapped ? List.copyOf(keys.subList(0, max)) : List.copyOf(keys), isCapped);
  }

  private static String key(@Nullable String key) throws UnansweredException {
    if (key == null) {
      throw new UnansweredException("a row without a business_key");
    }
    if (key.length() > KEY_MAX) {
      throw new UnansweredException("a business_key of more than 255 characters");
    }
    return key;
  }

  private static String words(SQLException error, Duration timeout) {
    String state = error.getSQLState();
    if (state == null || state.startsWith("08")) {
      return "no connection (%s)".formatted(state == null ? "without SQLSTATE" : state);
    }
    if (state.equals("57014")) {
      return "cancelled: its timeout is %s (57014)".formatted(timeout);
    }
    if (SqlErrors.isLockTimeout(error)) {
      return "somebody has locked a table for more than 2 s (55P03)";
    }
    return "refused (%s)%s".formatted(state, OF_THE_TEXT.contains(state) ? said(error) : "");
  }

  private static String said(SQLException error) {
    ServerErrorMessage message =
        error instanceof PSQLException psql ? psql.getServerErrorMessage() : null;
    String text = message == null ? null : message.getMessage();
    if (text == null) {
      return "";
    }
    return ": " + (text.length() > WORDS_MAX ? text.substring(0, WORDS_MAX) + "…" : text);
  }
}

package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * The tables of Skald and their versions. Migrates under a lock, so that any number of nodes may
 * start at once; prints itself for those who migrate by other means.
 */
public final class SkaldSchema {
  /** The version files, in order. A file that was released is never changed. */
  static final List<String> VERSIONS =
      List.of(
          "V001__sagas",
          "V002__search",
          "V003__erasure",
          "V004__locks",
          "V005__lanes",
          "V006__limits",
          "V007__outbox",
          "V008__inbox",
          "V009__barrier",
          "V010__dead_letters",
          "V011__invariants");

  private static final String CREATE_HISTORY =
      """
      create table if not exists skald.schema_version (
        version text collate "C" not null constraint schema_version_pkey primary key,
        applied_at timestamptz not null default clock_timestamp()
      )
      """;

  private static final String LOCK =
      "select pg_advisory_xact_lock(pg_catalog.hashtextextended('io.skald.migrate ' || ?, 0))";

  /** Who waits for a table's lock keeps all waiting who come after: rather tried again. */
  private static final String PATIENCE = "set local lock_timeout = '5s'";

  private static final String APPLIED =
      """
      select version
      from skald.schema_version
      """;

  /** Not to_regclass: that answers from a cache, which may not have heard of another's commit. */
  private static final String EXISTS =
      """
      select count(*)
      from pg_catalog.pg_tables
      where schemaname = ?
        and tablename = 'schema_version'
      """;

  private final SqlText text;
  private final Transactions transactions;

  /**
   * The schema of that name in a database. Touches nothing yet.
   *
   * @param dataSource where; migrating needs a role that may create tables
   * @param schema its name: lower-case letters, digits and {@code _}
   * @throws IllegalArgumentException if the name is another
   */
  public SkaldSchema(DataSource dataSource, String schema) {
    this.text = new SqlText(schema);
    this.transactions = new Transactions(dataSource, new SqlErrors(schema));
  }

  /**
   * The SQL of all versions, as it would be applied to an empty database.
   *
   * @param schema the schema's name
   * @throws IllegalArgumentException if the name is not lower-case letters, digits and {@code _}
   */
  public static String ddl(String schema) {
    return ddl(schema, VERSIONS);
  }

  /** The SQL of some versions, in order. */
  static String ddl(String schema, List<String> versions) {
    return script(new SqlText(schema), versions);
  }

  /**
   * Applies what is missing, in one transaction. Does nothing, and needs no right to create
   * anything, if nothing is.
   *
   * @throws SagaStoreException if the database refuses
   */
  public void migrate() {
    if (!missing().isEmpty()) {
      transactions.run("Migrating the schema " + text.schema(), this::migrate);
    }
  }

  /**
   * Checks that nothing is missing.
   *
   * @throws SagaStoreException if something is; the message holds the SQL
   */
  public void validate() {
    List<String> missing = missing();
    if (!missing.isEmpty()) {
      throw new SagaStoreException(
          "The schema %s lacks %s. Apply the following SQL, or build the store once with Migration.AUTO and a role that may create tables:%n%s"
              .formatted(text.schema(), missing, script(text, missing)),
          SagaStoreException.Kind.PERMANENT,
          null);
    }
  }

  /**
   * Migrates, validates, or leaves the schema alone.
   *
   * @throws SagaStoreException as {@link #migrate} or {@link #validate}
   */
  public void apply(Migration migration) {
    switch (migration) {
      case AUTO -> migrate();
      case VALIDATE -> validate();
      case NONE -> {}
    }
  }

  private List<String> missing() {
    return transactions.run("Reading the version of the schema " + text.schema(), this::missing);
  }

  private List<String> missing(Connection connection) throws SQLException {
    List<String> missing = new ArrayList<>(VERSIONS);
    if (hasHistory(connection)) {
      try (PreparedStatement statement = connection.prepareStatement(text.render(APPLIED));
          ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          missing.remove(rows.getString(1));
        }
      }
    }
    return missing;
  }

  private boolean hasHistory(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(EXISTS)) {
      new Binds(statement).text(text.schema());
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() && rows.getInt(1) > 0;
      }
    }
  }

  /** Looks again under the lock: another node may have migrated meanwhile. */
  private List<String> migrate(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
      new Binds(statement).text(text.schema());
      statement.execute();
    }
    List<String> missing = missing(connection);
    if (!missing.isEmpty()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(PATIENCE);
        statement.execute(script(text, missing));
      }
      StoreLog.migrated(text.schema(), missing.getLast());
    }
    return missing;
  }

  private static String script(SqlText text, List<String> versions) {
    StringBuilder script = new StringBuilder();
    if (versions.contains(VERSIONS.getFirst())) {
      script.append("create schema if not exists ").append(text.quoted()).append(";\n\n");
      script.append(text.render(CREATE_HISTORY)).append(";\n\n");
    }
    for (String version : versions) {
      script.append(text.render(read(version))).append("\n\n");
      script
          .append(text.render("insert into skald.schema_version (version) values ('"))
          .append(version)
          .append("');\n\n");
    }
    return script.toString();
  }

  private static String read(String version) {
    String name = version + ".sql";
    try (InputStream file = SkaldSchema.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException("The jar lacks " + name);
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + name, e);
    }
  }
}

package io.skald.spring;

import io.skald.store.jooq.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A database of its own on the one PostgreSQL server of this JVM, with a table of orders. */
public record TestDatabase(String name) {
  /** For whole applications: JPA is on the class path of the tests. */
  public static final String WITHOUT_JPA =
      "spring.autoconfigure.exclude="
          + "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration";

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final class Server {
    static final PostgresServer INSTANCE = PostgresServer.start(Map.of("max_connections", "300"));
  }

  public static TestDatabase create() {
    var database = new TestDatabase("spring_" + NUMBER.incrementAndGet());
    new TestDatabase("postgres").execute("create database " + database.name());
    database.execute("create table orders (id text primary key, note text)");
    return database;
  }

  public String url() {
    return url("postgres");
  }

  String url(String user) {
    return Server.INSTANCE.url(user, name);
  }

  public void execute(String sql) {
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The only value of a query, past every pool and transaction. */
  public String value(String sql) {
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "nothing";
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  public int count(String table) {
    return Integer.parseInt(value("select count(*) from " + table));
  }

  private Connection connection() throws SQLException {
    return DriverManager.getConnection(url());
  }
}

package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Which node checks an invariant, and what came of it. A run is claimed for a lease, by the
 * database's clock; what a run says after another has begun changes nothing. Safe for use by
 * several threads.
 */
final class InvariantRuns {
  private final Transactions transactions;
  private final String declare;
  private final String claim;
  private final String mine;
  private final String deleteAll;
  private final String deleteHealed;
  private final String find;
  private final String answered;
  private final String failed;
  private final String forget;

  /** A check that is this node's until its lease is over. */
  record Run(UUID id, Invariant invariant) {}

  InvariantRuns(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.declare = text.render(InvariantSql.DECLARE);
    this.claim = text.renderWithCommit(InvariantSql.CLAIM);
    this.mine = text.render(InvariantSql.MINE);
    this.deleteAll = text.render(InvariantSql.DELETE_ALL);
    this.deleteHealed = text.render(InvariantSql.DELETE_HEALED);
    this.find = text.render(InvariantSql.FIND);
    this.answered = text.render(InvariantSql.ANSWERED);
    this.failed = text.renderWithCommit(InvariantSql.FAILED);
    this.forget = text.render(InvariantSql.FORGET);
  }

  /**
   * Makes known what is not there yet.
   *
   * @throws SagaStoreException if the database fails
   */
  void declare(List<Invariant> invariants) {
    transactions.run(
        "Declaring invariants",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(declare)) {
            new Binds(statement)
                .texts(invariants, Invariant::name)
                .texts(invariants, Invariant::definition);
            return statement.executeUpdate();
          }
        });
  }

  /**
   * One that is due and that nobody is at, if there is one.
   *
   * @param invariants those this node has
   * @param id a new id
   * @param lease for how long it is nobody else's
   * @throws SagaStoreException if the database fails
   */
  Optional<Run> claim(List<Invariant> invariants, UUID id, Duration lease) {
    return transactions
        .run("Claiming an invariant", connection -> claim(connection, invariants, id, lease))
        .flatMap(name -> invariants.stream().filter(one -> one.name().equals(name)).findFirst())
        .map(invariant -> new Run(id, invariant));
  }

  private Optional<String> claim(
      Connection connection, List<Invariant> invariants, UUID id, Duration lease)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(claim)) {
      new Binds(statement).texts(invariants, Invariant::name).uuid(id).bigint(Rows.micros(lease));
      statement.execute();
      try (ResultSet row = statement.getResultSet()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /**
   * Records what a check has found, all of it or nothing.
   *
   * @return false if the run is not this node's any more, and nothing was recorded
   * @throws SagaStoreException if the database fails
   */
  boolean record(Run run, AskInvariant.Answer answer) {
    return transactions.runWhole(
        "Recording what breaks an invariant", connection -> record(connection, run, answer));
  }

  private boolean record(Connection connection, Run run, AskInvariant.Answer answer)
      throws SQLException {
    Optional<Boolean> isSequel = isSequel(connection, run);
    if (isSequel.isEmpty()) {
      return false;
    }
    delete(connection, run.invariant(), answer.keys(), isSequel.get());
    Invariant invariant = run.invariant();
    try (PreparedStatement statement = connection.prepareStatement(find)) {
      new Binds(statement)
          .text(invariant.name())
          .texts(answer.keys(), key -> key)
          .text(invariant.definition());
      statement.executeUpdate();
    }
    try (PreparedStatement statement = connection.prepareStatement(answered)) {
      new Binds(statement)
          .text(invariant.definition())
          .text(invariant.query())
          .bigint(Rows.micros(invariant.interval()))
          .integer(answer.isCapped() ? 1 : 0)
          .text(invariant.name());
      statement.executeUpdate();
    }
    return true;
  }

  /** Whether the check before has asked the same; empty if the run is not this node's any more. */
  private Optional<Boolean> isSequel(Connection connection, Run run) throws SQLException {
    Invariant invariant = run.invariant();
    try (PreparedStatement statement = connection.prepareStatement(mine)) {
      new Binds(statement)
          .text(invariant.query())
          .text(invariant.definition())
          .text(invariant.name())
          .uuid(run.id());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(row.getBoolean(1)) : Optional.empty();
      }
    }
  }

  private void delete(
      Connection connection, Invariant invariant, List<String> keys, boolean isSequel)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(isSequel ? deleteHealed : deleteAll)) {
      Binds binds = new Binds(statement).text(invariant.name());
      if (isSequel) {
        binds.texts(keys, key -> key);
      }
      statement.executeUpdate();
    }
  }

  /**
   * Records that a check has failed.
   *
   * @param error why, in words that hold no value of any row
   * @return false if the run is not this node's any more, and nothing was recorded
   * @throws SagaStoreException if the database fails
   */
  boolean fail(Run run, String error) {
    return transactions.run(
        "Recording that an invariant could not be checked",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(failed)) {
            new Binds(statement)
                .bigint(Rows.micros(run.invariant().interval()))
                .text(error)
                .text(run.invariant().name())
                .uuid(run.id());
            statement.execute();
            return statement.getUpdateCount() == 1;
          }
        });
  }

  /**
   * Deletes an invariant and what was found of it.
   *
   * @return false if there was none
   * @throws SagaStoreException if the database fails
   */
  boolean forget(String name) {
    return transactions.runWhole(
        "Forgetting an invariant",
        connection -> {
          // in this order, as whoever records does: the row of the invariant first
          int rows = delete(connection, forget, name);
          int unused = delete(connection, deleteAll, name);
          return rows == 1;
        });
  }

  private static int delete(Connection connection, String sql, String name) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      new Binds(statement).text(name);
      return statement.executeUpdate();
    }
  }
}

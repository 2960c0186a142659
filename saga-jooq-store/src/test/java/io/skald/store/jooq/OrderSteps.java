package io.skald.store.jooq;

import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.Tx;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Steps on orders that write to the table {@code business}, and a note of what was called. Safe for
 * use by several threads.
 *
 * @param database where the table is
 * @param calls what was called, in order
 */
record OrderSteps(TestDatabase database, List<String> calls) {
  static final Retry QUICK =
      Retry.exponential(Duration.ofMillis(10)).delayMax(Duration.ofMillis(50));

  record Order(String id, String note) {
    static Order of(String id) {
      return new Order(id, "a note");
    }
  }

  record Row(String id) {}

  OrderSteps(TestDatabase database) {
    this(database, new CopyOnWriteArrayList<>());
  }

  /** A step that inserts a row, and needs no compensation. */
  CompensatableStep<Order, Row> insert(String name) {
    LocalStep<Order, Row> step =
        Step.named(name, Order.class)
            .local(
                Row.class,
                (order, tx) -> {
                  insert(tx, order.id());
                  return new Row(order.id());
                });
    return step.needsNoCompensation();
  }

  /** A step that inserts {@code name}, and deletes it when it is compensated. */
  CompensatableStep<Order, Row> recording(String name) {
    return Step.named(name, Order.class)
        .local(
            Row.class,
            (order, tx) -> {
              calls.add(name);
              insert(tx, name + order.id());
              return new Row(order.id());
            })
        .compensation(
            (order, row, tx) -> {
              delete(tx, name + order.id());
              calls.add(name + " " + row.id() + " compensated");
            });
  }

  /** A step whose every attempt fails. */
  static CompensatableStep<Order, Done> failing(String name, Retry retry) {
    return Step.named(name, Order.class)
        .remote(
            (order, call) -> {
              throw new IOException("down");
            })
        .retry(retry)
        .needsNoCompensation();
  }

  void insert(Tx tx, String id) throws SQLException {
    update(tx, "insert into %s.business values (?, 'note')", id);
  }

  private void delete(Tx tx, String id) throws SQLException {
    update(tx, "delete from %s.business where id = ?", id);
  }

  private void update(Tx tx, String sql, String id) throws SQLException {
    try (PreparedStatement statement =
        tx.connection().prepareStatement(sql.formatted(database.schema()))) {
      statement.setString(1, id);
      statement.executeUpdate();
    }
  }
}

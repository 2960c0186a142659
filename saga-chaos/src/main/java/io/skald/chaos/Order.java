package io.skald.chaos;

import io.skald.saga.step.Tx;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * What every saga here is asked for. Each takes the money in its first local step, and gives it
 * back in that step's compensation: what is taken in the end tells how the saga ended.
 *
 * @param id the business key
 * @param account whose money is taken
 * @param cents how much
 */
record Order(String id, int account, int cents) {
  private static final String REST = "select pg_sleep(0.06)";
  private static final String EFFECT =
      """
      insert into effect (saga_id, step, direction, account, cents)
      values (?, ?, ?, ?, ?)
      """;
  private static final String BALANCE =
      """
      update account
      set cents = cents + ?
      where id = ?
      """;

  /** The effect of the action of {@code step} that takes the money. */
  void take(Tx tx, String step) throws SQLException {
    move(tx, step, "ACTION", -cents);
  }

  /** The effect of that step's compensation. */
  void giveBack(Tx tx, String step) throws SQLException {
    move(tx, step, "COMPENSATION", cents);
  }

  /** The effect of an action that moves no money. */
  void note(Tx tx, String step) throws SQLException {
    move(tx, step, "ACTION", 0);
  }

  /** So that cancels, and what breaks, come while a step is at work. */
  private static void rest(Tx tx) throws SQLException {
    try (PreparedStatement rest = tx.connection().prepareStatement(REST)) {
      boolean unused = rest.execute();
    }
  }

  /** Nothing in the tables stops an effect from being there twice. */
  private void move(Tx tx, String step, String direction, int change) throws SQLException {
    if (cents % 3 == 0) {
      rest(tx);
    }
    try (PreparedStatement effect = tx.connection().prepareStatement(EFFECT);
        PreparedStatement balance = tx.connection().prepareStatement(BALANCE)) {
      effect.setObject(1, tx.sagaId().value());
      effect.setString(2, step);
      effect.setString(3, direction);
      effect.setInt(4, account);
      effect.setInt(5, change);
      effect.executeUpdate();
      balance.setInt(1, change);
      balance.setInt(2, account);
      balance.executeUpdate();
    }
  }
}

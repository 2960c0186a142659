package io.skald.samples.order;

import io.skald.samples.order.Ledger.Entry;
import io.skald.samples.order.Ledger.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * The cards of payments: what each is still good for, and every entry that made it so. Charging and
 * refunding are idempotent by the key of the charge, see {@link Ledger}.
 */
final class Cards {
  static final String DDL =
      """
      create table if not exists account (
        customer text primary key,
        credit_initial bigint not null,
        balance bigint not null,
        constraint account_balance_check check (balance >= 0));
      create table if not exists entry (
        request_key text not null,
        kind text not null,
        customer text not null references account,
        cents bigint not null,
        order_id text not null,
        booked_at timestamptz not null default clock_timestamp(),
        primary key (request_key, kind),
        constraint entry_kind_check check (kind in ('CHARGE', 'REFUND')));
      """;

  private static final String INSERT_ACCOUNT =
      """
      insert into account (customer, credit_initial, balance)
      values (?, ?, ?)
      on conflict (customer) do nothing
      """;

  private static final String TAKE =
      """
      update account
      set balance = balance - ?
      where customer = ?
        and balance >= ?
      """;

  private static final String CHARGE =
      """
      insert into entry (request_key, kind, customer, cents, order_id)
      values (?, 'CHARGE', ?, ?, ?)
      """;

  /** Books the refund of a charge and gives the money back, in one statement. */
  private static final String REFUND =
      """
      with refund as (
        insert into entry (request_key, kind, customer, cents, order_id)
        select request_key, 'REFUND', customer, cents, order_id
        from entry
        where request_key = ?
          and kind = 'CHARGE'
        returning customer, cents)
      update account
      set balance = balance + refund.cents
      from refund
      where account.customer = refund.customer
      """;

  private final Ledger ledger = new Ledger();

  /** Opens the accounts, once. */
  void open(Connection connection, List<OrderFile.Customer> customers) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT_ACCOUNT)) {
      for (OrderFile.Customer customer : customers) {
        insert.setString(1, customer.id());
        insert.setLong(2, customer.creditCents());
        insert.setLong(3, customer.creditCents());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** Takes the money, or declines. */
  Entry charge(Connection connection, String key, Messages.Charge charge) throws SQLException {
    return ledger.decide(connection, key, charge.orderId(), () -> decided(connection, key, charge));
  }

  private static Entry decided(Connection connection, String key, Messages.Charge charge)
      throws SQLException {
    if (!take(connection, charge)) {
      return new Entry(State.REFUSED, "card declined");
    }
    book(connection, key, charge);
    return new Entry(State.DONE, "");
  }

  /** What became of a charge; {@link State#NEW} if it was never heard of. */
  Entry find(Connection connection, String key) throws SQLException {
    return ledger.find(connection, key);
  }

  /** Gives the money of a charge back, or bars the key if none was taken. */
  void refund(Connection connection, String key, String orderId) throws SQLException {
    ledger.takeBack(connection, key, orderId, "refunded", () -> giveBack(connection, key));
  }

  private static void giveBack(Connection connection, String key) throws SQLException {
    try (PreparedStatement refund = connection.prepareStatement(REFUND)) {
      refund.setString(1, key);
      refund.executeUpdate();
    }
  }

  private static boolean take(Connection connection, Messages.Charge charge) throws SQLException {
    try (PreparedStatement take = connection.prepareStatement(TAKE)) {
      take.setLong(1, charge.cents());
      take.setString(2, charge.customer());
      take.setLong(3, charge.cents());
      return take.executeUpdate() == 1;
    }
  }

  private static void book(Connection connection, String key, Messages.Charge charge)
      throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(CHARGE)) {
      insert.setString(1, key);
      insert.setString(2, charge.customer());
      insert.setLong(3, charge.cents());
      insert.setString(4, charge.orderId());
      insert.executeUpdate();
    }
  }
}

package io.skald.samples.order;

import io.skald.samples.order.Ledger.Entry;
import io.skald.samples.order.Ledger.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * The wallets of payments: what is in each, what of it is held, and every entry that made it so. A
 * hold is closed once, by a confirmation or by a cancel. All three are idempotent by the key of the
 * hold, see {@link Ledger}.
 */
final class Wallets {
  static final String DDL =
      """
      create table if not exists wallet (
        customer text primary key,
        balance_initial bigint not null,
        balance bigint not null,
        held bigint not null default 0,
        constraint wallet_held_check check (held >= 0 and held <= balance));
      create table if not exists wallet_entry (
        request_key text not null,
        kind text not null,
        customer text not null references wallet,
        cents bigint not null,
        order_id text not null,
        booked_at timestamptz not null default clock_timestamp(),
        primary key (request_key, kind),
        constraint wallet_entry_kind_check check (kind in ('HOLD', 'CONFIRM', 'CANCEL')));
      create unique index if not exists wallet_entry_request_key_idx
        on wallet_entry (request_key) where kind <> 'HOLD';
      """;

  private static final String INSERT_WALLET =
      """
      insert into wallet (customer, balance_initial, balance)
      values (?, ?, ?)
      on conflict (customer) do nothing
      """;

  private static final String TAKE =
      """
      update wallet
      set held = held + ?
      where customer = ?
        and balance - held >= ?
      """;

  private static final String HOLD =
      """
      insert into wallet_entry (request_key, kind, customer, cents, order_id)
      values (?, 'HOLD', ?, ?, ?)
      """;

  /**
   * Closes a hold if it is open, in one statement. What keeps it from being closed twice is
   * wallet_entry_request_key_idx.
   */
  private static final String CLOSE =
      """
      with closed as (
        insert into wallet_entry (request_key, kind, customer, cents, order_id)
        select request_key, ?, customer, cents, order_id
        from wallet_entry
        where request_key = ?
          and kind = 'HOLD'
        on conflict do nothing
        returning kind, customer, cents)
      update wallet
      set held = held - closed.cents,
          balance = balance - case closed.kind when 'CONFIRM' then closed.cents else 0 end
      from closed
      where wallet.customer = closed.customer
      """;

  private final Ledger ledger = new Ledger();

  /** Opens the wallets, once. */
  void open(Connection connection, List<OrderFile.Customer> customers) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT_WALLET)) {
      for (OrderFile.Customer customer : customers) {
        insert.setString(1, customer.id());
        insert.setLong(2, customer.walletCents());
        insert.setLong(3, customer.walletCents());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** The try: holds the money, or declines. */
  Entry hold(Connection connection, String key, Messages.Charge charge) throws SQLException {
    return ledger.decide(connection, key, charge.orderId(), () -> decided(connection, key, charge));
  }

  private static Entry decided(Connection connection, String key, Messages.Charge charge)
      throws SQLException {
    if (!take(connection, charge)) {
      return new Entry(State.REFUSED, "wallet too empty");
    }
    book(connection, key, charge);
    return new Entry(State.DONE, "");
  }

  /** Takes what is held under that key, once. What was cancelled, or never held, is left alone. */
  Entry confirm(Connection connection, String key) throws SQLException {
    Entry entry = ledger.find(connection, key);
    close(connection, key, "CONFIRM");
    return entry;
  }

  /**
   * The TCC cancel: lets go of what is held, or bars the key if nothing is.
   *
   * @throws BadRequestException if the hold is confirmed: the money is gone
   */
  void cancel(Connection connection, String key, String orderId) throws SQLException {
    ledger.takeBack(
        connection,
        key,
        orderId,
        "cancelled",
        () -> {
          if (!close(connection, key, "CANCEL")) {
            throw new BadRequestException("the hold " + key + " is confirmed");
          }
        });
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
    try (PreparedStatement insert = connection.prepareStatement(HOLD)) {
      insert.setString(1, key);
      insert.setString(2, charge.customer());
      insert.setLong(3, charge.cents());
      insert.setString(4, charge.orderId());
      insert.executeUpdate();
    }
  }

  private static boolean close(Connection connection, String key, String kind) throws SQLException {
    try (PreparedStatement close = connection.prepareStatement(CLOSE)) {
      close.setString(1, kind);
      close.setString(2, key);
      return close.executeUpdate() == 1;
    }
  }
}

package io.skald.samples.order;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** Reads the {@link Books} from the three databases. */
final class BooksReader {
  private static final String ORDERS =
      """
      select order_id, status, items, cents
      from customer_order
      """;

  private static final String SAGAS =
      """
      select business_key, definition, status
      from skald.saga
      """;

  private static final String APPROVALS =
      """
      select approval.order_id, approval.status, count(signal.id), count(signal.consumed_at)
      from approval
      left join skald.saga_signal signal
        on signal.business_key = approval.order_id
        and signal.name = 'decision'
      group by approval.order_id, approval.status
      """;

  private static final String POLICIES =
      """
      select order_id, status, premium_cents
      from policy
      """;

  private static final String SHELVES =
      """
      select sku, stock_initial, available, held
      from product
      """;

  private static final String MOVEMENTS =
      """
      select order_id, kind, sku, quantity
      from movement
      """;

  private static final String PACKINGS =
      """
      select order_id, state
      from packing
      """;

  private static final String ACCOUNTS =
      """
      select customer, credit_initial, balance
      from account
      """;

  private static final String ENTRIES =
      """
      select order_id, kind, customer, cents
      from entry
      """;

  private static final String WALLETS =
      """
      select customer, balance_initial, balance, held
      from wallet
      """;

  private static final String HOLDS =
      """
      select order_id, kind, customer, cents
      from wallet_entry
      """;

  private BooksReader() {}

  @FunctionalInterface
  private interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  static Books read(DatabaseServer server) throws SQLException {
    DataSource orders = server.dataSource("orders");
    DataSource inventory = server.dataSource("inventory");
    DataSource payments = server.dataSource("payments");
    return new Books(
        byKey(list(orders, ORDERS, row -> Map.entry(row.getString(1), order(row)))),
        byKey(list(orders, SAGAS, row -> Map.entry(row.getString(1), saga(row)))),
        byKey(list(orders, APPROVALS, row -> Map.entry(row.getString(1), approval(row)))),
        byKey(list(orders, POLICIES, row -> Map.entry(row.getString(1), policy(row)))),
        shelves(server),
        list(inventory, MOVEMENTS, BooksReader::movement),
        packings(server),
        accounts(server),
        list(payments, ENTRIES, BooksReader::entry),
        wallets(server),
        list(payments, HOLDS, BooksReader::entry));
  }

  static List<Books.Shelf> shelves(DatabaseServer server) throws SQLException {
    return list(server.dataSource("inventory"), SHELVES, BooksReader::shelf);
  }

  static List<Books.Packing> packings(DatabaseServer server) throws SQLException {
    return list(
        server.dataSource("inventory"),
        PACKINGS,
        row -> new Books.Packing(row.getString(1), row.getString(2)));
  }

  static List<Books.Account> accounts(DatabaseServer server) throws SQLException {
    return list(server.dataSource("payments"), ACCOUNTS, BooksReader::account);
  }

  static List<Books.Wallet> wallets(DatabaseServer server) throws SQLException {
    return list(server.dataSource("payments"), WALLETS, BooksReader::wallet);
  }

  private static Books.Saga saga(ResultSet row) throws SQLException {
    return new Books.Saga(row.getString(2), row.getString(3));
  }

  private static Books.Approval approval(ResultSet row) throws SQLException {
    return new Books.Approval(row.getString(2), row.getInt(3), row.getInt(4));
  }

  private static Books.Policy policy(ResultSet row) throws SQLException {
    return new Books.Policy(row.getString(2), row.getLong(3));
  }

  private static Books.Wallet wallet(ResultSet row) throws SQLException {
    return new Books.Wallet(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4));
  }

  private static Books.Order order(ResultSet row) throws SQLException {
    return new Books.Order(row.getString(2), OrderFile.items(row.getString(3)), row.getLong(4));
  }

  private static Books.Shelf shelf(ResultSet row) throws SQLException {
    return new Books.Shelf(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4));
  }

  private static Books.Movement movement(ResultSet row) throws SQLException {
    return new Books.Movement(row.getString(1), row.getString(2), row.getString(3), row.getLong(4));
  }

  private static Books.Account account(ResultSet row) throws SQLException {
    return new Books.Account(row.getString(1), row.getLong(2), row.getLong(3));
  }

  private static Books.Entry entry(ResultSet row) throws SQLException {
    return new Books.Entry(row.getString(1), row.getString(2), row.getString(3), row.getLong(4));
  }

  private static <T> Map<String, T> byKey(List<Map.Entry<String, T>> entries) {
    Map<String, T> map = new HashMap<>();
    entries.forEach(entry -> map.put(entry.getKey(), entry.getValue()));
    return map;
  }

  private static <T> List<T> list(DataSource database, String sql, Row<T> row) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement select = connection.prepareStatement(sql);
        ResultSet rows = select.executeQuery()) {
      List<T> list = new ArrayList<>();
      while (rows.next()) {
        list.add(row.read(rows));
      }
      return list;
    }
  }
}

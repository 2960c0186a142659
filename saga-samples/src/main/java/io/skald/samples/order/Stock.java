package io.skald.samples.order;

import io.skald.samples.order.Ledger.Entry;
import io.skald.samples.order.Ledger.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The shelves of inventory: what is there, what is held, and every movement that made it so.
 * Reserving, releasing and shipping are idempotent by their key, see {@link Ledger}.
 */
final class Stock {
  static final String DDL =
      """
      create table if not exists product (
        sku text primary key,
        stock_initial integer not null,
        available integer not null,
        held integer not null default 0,
        constraint product_available_check check (available >= 0),
        constraint product_held_check check (held >= 0));
      create table if not exists movement (
        request_key text not null,
        kind text not null,
        sku text not null references product,
        quantity integer not null,
        order_id text not null,
        moved_at timestamptz not null default clock_timestamp(),
        primary key (request_key, kind, sku),
        constraint movement_kind_check check (kind in ('RESERVE', 'RELEASE', 'SHIP')));
      """;

  private static final String INSERT_PRODUCT =
      """
      insert into product (sku, stock_initial, available)
      values (?, ?, ?)
      on conflict (sku) do nothing
      """;

  /** In order of sku, so that two orders that want the same products never wait in a circle. */
  private static final String LOCK_PRODUCTS =
      """
      select sku, available
      from product
      where sku = any (?)
      order by sku
      for update
      """;

  private static final String RESERVE =
      """
      insert into movement (request_key, kind, sku, quantity, order_id)
      values (?, 'RESERVE', ?, ?, ?)
      """;

  private static final String RELEASE =
      """
      insert into movement (request_key, kind, sku, quantity, order_id)
      select request_key, 'RELEASE', sku, quantity, order_id
      from movement
      where request_key = ?
        and kind = 'RESERVE'
      """;

  /** Lines of a reservation once more, under the key of the parcel they go into. */
  private static final String SHIP =
      """
      insert into movement (request_key, kind, sku, quantity, order_id)
      select ?, 'SHIP', sku, quantity, order_id
      from movement
      where request_key = ?
        and kind = 'RESERVE'
        and sku = any (?)
      """;

  private static final String UPDATE_PRODUCTS =
      """
      update product
      set available = available + ? * movement.quantity,
          held = held + ? * movement.quantity
      from movement
      where movement.request_key = ?
        and movement.kind = ?
        and movement.sku = product.sku
      """;

  private static final String LOCK_RESERVED =
      """
      select product.sku
      from product
      join movement on movement.sku = product.sku
      where movement.request_key = ?
        and movement.kind = 'RESERVE'
      order by product.sku
      for update of product
      """;

  private final Ledger ledger = new Ledger();

  /** What a movement does to the two piles, per piece. */
  private enum Kind {
    RESERVE(-1, 1),
    RELEASE(1, -1),
    SHIP(0, -1);

    private final int available;
    private final int held;

    Kind(int available, int held) {
      this.available = available;
      this.held = held;
    }
  }

  /** Fills the shelves, once. */
  void fill(Connection connection, List<OrderFile.Product> products) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT_PRODUCT)) {
      for (OrderFile.Product product : products) {
        insert.setString(1, product.sku());
        insert.setInt(2, product.stock());
        insert.setInt(3, product.stock());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** Holds all that is asked for, or refuses all of it. */
  Entry reserve(Connection connection, String key, Messages.StockRequest request)
      throws SQLException {
    return ledger.decide(
        connection, key, request.orderId(), () -> reserved(connection, key, request));
  }

  private static Entry reserved(Connection connection, String key, Messages.StockRequest request)
      throws SQLException {
    String missing = missing(connection, request.items());
    if (!missing.isEmpty()) {
      return new Entry(State.REFUSED, "out of stock: " + missing);
    }
    insertReserved(connection, key, request);
    updateProducts(connection, key, Kind.RESERVE);
    return new Entry(State.DONE, "");
  }

  /** Gives back what was held under that key, or bars the key if nothing was. */
  void release(Connection connection, String key, String orderId) throws SQLException {
    ledger.takeBack(
        connection,
        key,
        orderId,
        "released",
        () -> {
          lockReserved(connection, key);
          insertReleased(connection, key);
          updateProducts(connection, key, Kind.RELEASE);
        });
  }

  /** Sends off what is asked for of what is held under the reservation's key. */
  Entry ship(Connection connection, String key, Messages.ParcelRequest request)
      throws SQLException {
    return ledger.decide(
        connection, key, request.orderId(), () -> shipped(connection, key, request));
  }

  private Entry shipped(Connection connection, String key, Messages.ParcelRequest request)
      throws SQLException {
    if (ledger.find(connection, request.reservationId()).state() != State.DONE) {
      throw new BadRequestException("nothing is held under " + request.reservationId());
    }
    lockReserved(connection, request.reservationId());
    insertShipped(connection, key, request);
    updateProducts(connection, key, Kind.SHIP);
    return new Entry(State.DONE, "");
  }

  /** The first product there is not enough of, or empty; locks the products. */
  private static String missing(Connection connection, List<OrderItem> items) throws SQLException {
    Map<String, Integer> available = new HashMap<>();
    try (PreparedStatement lock = connection.prepareStatement(LOCK_PRODUCTS)) {
      Object[] skus = items.stream().map(OrderItem::sku).toArray();
      lock.setArray(1, connection.createArrayOf("text", skus));
      try (ResultSet rows = lock.executeQuery()) {
        while (rows.next()) {
          available.put(rows.getString(1), rows.getInt(2));
        }
      }
    }
    return items.stream()
        .filter(item -> available.getOrDefault(item.sku(), 0) < item.quantity())
        .map(OrderItem::sku)
        .findFirst()
        .orElse("");
  }

  private static void insertReserved(
      Connection connection, String key, Messages.StockRequest request) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(RESERVE)) {
      for (OrderItem item : request.items()) {
        insert.setString(1, key);
        insert.setString(2, item.sku());
        insert.setInt(3, item.quantity());
        insert.setString(4, request.orderId());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static void lockReserved(Connection connection, String key) throws SQLException {
    try (PreparedStatement lock = connection.prepareStatement(LOCK_RESERVED)) {
      lock.setString(1, key);
      lock.executeQuery().close();
    }
  }

  private static void insertReleased(Connection connection, String key) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(RELEASE)) {
      insert.setString(1, key);
      insert.executeUpdate();
    }
  }

  private static void insertShipped(
      Connection connection, String key, Messages.ParcelRequest request) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(SHIP)) {
      insert.setString(1, key);
      insert.setString(2, request.reservationId());
      insert.setArray(3, connection.createArrayOf("text", request.skus().toArray()));
      if (insert.executeUpdate() != request.skus().size()) {
        throw new BadRequestException("not all of " + request.skus() + " is held");
      }
    }
  }

  private static void updateProducts(Connection connection, String key, Kind kind)
      throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(UPDATE_PRODUCTS)) {
      update.setInt(1, kind.available);
      update.setInt(2, kind.held);
      update.setString(3, key);
      update.setString(4, kind.name());
      update.executeUpdate();
    }
  }
}

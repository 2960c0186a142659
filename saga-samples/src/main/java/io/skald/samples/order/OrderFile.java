package io.skald.samples.order;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files that ship with the sample, as comma-separated text with a header line: {@code
 * orders.csv}, {@code products.csv} and {@code customers.csv}.
 */
final class OrderFile {
  static final String ORDERS_HEADER = "order_id,customer,items,cents,trouble";
  static final String PRODUCTS_HEADER = "sku,name,cents,stock";
  static final String CUSTOMERS_HEADER = "customer,credit_cents,wallet_cents";

  private OrderFile() {}

  /**
   * A product and its stock before the first order.
   *
   * @param sku the product
   * @param name what people call it
   * @param cents what one piece costs, in cents
   * @param stock how many pieces are on the shelf
   */
  record Product(String sku, String name, long cents, int stock) {}

  /**
   * A customer and what there is before the first order.
   *
   * @param id the customer
   * @param creditCents the card's limit, in cents
   * @param walletCents what is in the wallet, in cents
   */
  record Customer(String id, long creditCents, long walletCents) {}

  static List<PlaceOrder> orders() {
    return lines("orders.csv", ORDERS_HEADER).stream().map(OrderFile::order).toList();
  }

  static List<Product> products() {
    return lines("products.csv", PRODUCTS_HEADER).stream().map(OrderFile::product).toList();
  }

  static List<Customer> customers() {
    return lines("customers.csv", CUSTOMERS_HEADER).stream().map(OrderFile::customer).toList();
  }

  /** Reads one order: {@code O-00001,C-017,2xMUG-BLUE+1xTEA-EARL,3350,payment:lost}. */
  static PlaceOrder order(String line) {
    String[] cells = cells(line, 5);
    long cents = Long.parseLong(cells[3]);
    return new PlaceOrder(cells[0], cells[1], items(cells[2]), cents, Trouble.parse(cells[4]));
  }

  /** Writes what {@link #order} reads. */
  static String line(PlaceOrder order) {
    return "%s,%s,%s,%d,%s"
        .formatted(
            order.orderId(),
            order.customer(),
            itemsText(order.items()),
            order.cents(),
            order.trouble().text());
  }

  /** Reads items such as {@code 2xMUG-BLUE+1xTEA-EARL}. */
  static List<OrderItem> items(String text) {
    return Stream.of(text.split("\\+")).map(OrderFile::item).toList();
  }

  /** Writes what {@link #items} reads. */
  static String itemsText(List<OrderItem> items) {
    return items.stream()
        .map(item -> item.quantity() + "x" + item.sku())
        .collect(Collectors.joining("+"));
  }

  private static OrderItem item(String text) {
    int x = text.indexOf('x');
    if (x < 1) {
      throw new IllegalArgumentException("item: " + text + " (expected: 2xSKU)");
    }
    return new OrderItem(text.substring(x + 1), Integer.parseInt(text.substring(0, x)));
  }

  private static Product product(String line) {
    String[] cells = cells(line, 4);
    return new Product(cells[0], cells[1], Long.parseLong(cells[2]), Integer.parseInt(cells[3]));
  }

  private static Customer customer(String line) {
    String[] cells = cells(line, 3);
    return new Customer(cells[0], Long.parseLong(cells[1]), Long.parseLong(cells[2]));
  }

  private static String[] cells(String line, int count) {
    String[] cells = line.split(",", -1);
    if (cells.length != count) {
      throw new IllegalArgumentException(
          "cells: %d (expected: %d) in %s".formatted(cells.length, count, line));
    }
    return cells;
  }

  private static List<String> lines(String resource, String header) {
    InputStream found = OrderFile.class.getResourceAsStream(resource);
    Objects.requireNonNull(found, resource);
    try (var reader = new BufferedReader(new InputStreamReader(found, StandardCharsets.UTF_8))) {
      String first = reader.readLine();
      if (!header.equals(first)) {
        throw new IllegalArgumentException(
            "header of %s: %s (expected: %s)".formatted(resource, first, header));
      }
      return reader.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

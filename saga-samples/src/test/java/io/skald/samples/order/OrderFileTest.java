package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.samples.order.Trouble.Kind;
import io.skald.samples.order.Trouble.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OrderFileTest {
  private final List<PlaceOrder> orders = OrderFile.orders();

  @Test
  void isWhatTheGeneratorWrites() throws IOException {
    var generator = new OrderFileGenerator(OrderFile.products());

    assertThat(resource("orders.csv")).isEqualTo(generator.orderFile());
    assertThat(resource("customers.csv")).isEqualTo(generator.customerFile());
  }

  @Test
  void holdsAFewThousandOrdersWithDifferentIds() {
    assertThat(orders).hasSize(OrderFileGenerator.ORDERS);
    assertThat(orders).extracting(PlaceOrder::orderId).doesNotHaveDuplicates();
  }

  @Test
  void asksForEachProductOncePerOrderAtItsPrice() {
    Map<String, OrderFile.Product> products =
        OrderFile.products().stream()
            .collect(Collectors.toMap(OrderFile.Product::sku, Function.identity()));
    for (PlaceOrder order : orders) {
      long cents =
          order.items().stream()
              .mapToLong(i -> i.quantity() * Objects.requireNonNull(products.get(i.sku())).cents())
              .sum();
      assertThat(order.cents()).as(order.orderId()).isEqualTo(cents);
      assertThat(order.items()).extracting(OrderItem::sku).doesNotHaveDuplicates();
    }
  }

  @Test
  void hasEveryKindOfTrouble() {
    var troubles = new HashSet<Trouble>();
    orders.forEach(order -> troubles.add(order.trouble()));

    assertThat(troubles)
        .contains(
            Trouble.NONE,
            new Trouble(Place.STOCK, Kind.SLOW),
            new Trouble(Place.STOCK, Kind.LOST),
            new Trouble(Place.STOCK, Kind.STALLED),
            new Trouble(Place.WALLET, Kind.SLOW),
            new Trouble(Place.WALLET, Kind.LOST),
            new Trouble(Place.WALLET, Kind.STALLED),
            new Trouble(Place.PAYMENT, Kind.SLOW),
            new Trouble(Place.PAYMENT, Kind.LOST),
            new Trouble(Place.PAYMENT, Kind.STALLED),
            new Trouble(Place.PARCEL, Kind.LOST));
  }

  @Test
  void asksForMoreThanThereIsAndMoreThanSomeCardsAndWalletsHold() {
    long books =
        orders.stream()
            .flatMap(order -> order.items().stream())
            .filter(item -> item.sku().equals("BOOK-FIRST"))
            .count();

    assertThat(books).isGreaterThan(4);
    assertThat(OrderFile.customers()).anyMatch(customer -> customer.creditCents() < 6_000);
    assertThat(OrderFile.customers()).anyMatch(customer -> customer.walletCents() < 500);
  }

  @Test
  void readsWhatItWrites() {
    for (PlaceOrder order : orders) {
      assertThat(OrderFile.order(OrderFile.line(order))).isEqualTo(order);
    }
  }

  @Test
  void refusesALineThatIsNoOrder() {
    assertThatThrownBy(() -> OrderFile.order("O-1,C-1,1xMUG,100"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cells: 4 (expected: 5)");
    assertThatThrownBy(() -> OrderFile.order("O-1,C-1,MUG,100,"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("item: MUG");
    assertThatThrownBy(() -> OrderFile.order("O-1,C-1,1xMUG,100,stock"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("place:kind");
  }

  private static String resource(String name) throws IOException {
    try (var found = Objects.requireNonNull(OrderFile.class.getResourceAsStream(name))) {
      byte[] bytes = found.readAllBytes();
      assertThat(bytes).hasSizeLessThan(400_000);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}

package io.skald.samples.order;

import io.skald.samples.order.Trouble.Kind;
import io.skald.samples.order.Trouble.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Writes {@code orders.csv} and {@code customers.csv}: always the same ones, from one seed. */
final class OrderFileGenerator {
  static final int ORDERS = 3000;
  private static final int CUSTOMERS = 400;
  private static final long SEED = 20_260_214;

  /** Late answers come long after the saga gave up; the file's last orders are spared them. */
  private static final int LAST_STALLED = ORDERS / 2;

  private final Random random = new Random(SEED);
  private final Random wallets = new Random(SEED + 2);
  private final List<OrderFile.Product> products;

  OrderFileGenerator(List<OrderFile.Product> products) {
    this.products = List.copyOf(products);
  }

  /** One card in twelve is good for next to nothing, and as many wallets are as good as empty. */
  private List<OrderFile.Customer> customers() {
    var cards = new Random(SEED + 1);
    return IntStream.rangeClosed(1, CUSTOMERS).mapToObj(n -> customer(n, cards)).toList();
  }

  /** Rewrites the files in the folder that is given. */
  public static void main(String... arguments) throws IOException {
    var generator = new OrderFileGenerator(OrderFile.products());
    Path folder = Path.of(arguments[0]);
    Files.writeString(folder.resolve("orders.csv"), generator.orderFile());
    Files.writeString(folder.resolve("customers.csv"), generator.customerFile());
  }

  String orderFile() {
    return file(OrderFile.ORDERS_HEADER, orders().stream().map(OrderFile::line));
  }

  String customerFile() {
    return file(OrderFile.CUSTOMERS_HEADER, customers().stream().map(OrderFileGenerator::text));
  }

  private static String file(String header, Stream<String> lines) {
    return Stream.concat(Stream.of(header), lines).collect(Collectors.joining("\n", "", "\n"));
  }

  private List<PlaceOrder> orders() {
    return IntStream.rangeClosed(1, ORDERS).mapToObj(this::order).toList();
  }

  private static String text(OrderFile.Customer customer) {
    return "%s,%d,%d".formatted(customer.id(), customer.creditCents(), customer.walletCents());
  }

  private static OrderFile.Customer customer(int number, Random cards) {
    long credit = cards.nextInt(12) == 0 ? cards.nextInt(6_000) : 500_000;
    long wallet = number % 12 == 5 ? number : 50_000;
    return new OrderFile.Customer(customerId(number), credit, wallet);
  }

  private static String customerId(int number) {
    return "C-%03d".formatted(number);
  }

  private PlaceOrder order(int number) {
    var quantities = new TreeMap<String, Integer>();
    long cents = 0;
    int lines = 1 + random.nextInt(3);
    for (int line = 0; line < lines; line++) {
      OrderFile.Product product = product();
      int quantity = random.nextInt(4) == 0 ? 2 + random.nextInt(4) : 1;
      quantities.merge(product.sku(), quantity, Integer::sum);
      cents += quantity * product.cents();
    }
    var items = new ArrayList<OrderItem>();
    quantities.forEach((sku, quantity) -> items.add(new OrderItem(sku, quantity)));
    String customer = customerId(1 + random.nextInt(CUSTOMERS));
    var order = new PlaceOrder("O-%05d".formatted(number), customer, items, cents, trouble(number));
    boolean holds = order.isInParts() && order.trouble().equals(Trouble.NONE);
    return holds
        ? new PlaceOrder(order.orderId(), customer, items, cents, walletTrouble(number))
        : order;
  }

  /** By a sequence of its own, so that the orders are those they were without it. */
  private Trouble walletTrouble(int number) {
    int chance = wallets.nextInt(1000);
    if (chance < 30) {
      return new Trouble(Place.WALLET, Kind.SLOW);
    } else if (chance < 70) {
      return new Trouble(Place.WALLET, Kind.LOST);
    } else if (chance < 90 && number <= LAST_STALLED) {
      return new Trouble(Place.WALLET, Kind.STALLED);
    }
    return Trouble.NONE;
  }

  /** The first products of the list are ordered most. */
  private OrderFile.Product product() {
    double skewed = Math.pow(random.nextDouble(), 2.2);
    return products.get((int) (skewed * products.size()));
  }

  private Trouble trouble(int number) {
    int chance = random.nextInt(1000);
    if (chance < 20) {
      return new Trouble(Place.STOCK, Kind.SLOW);
    } else if (chance < 45) {
      return new Trouble(Place.STOCK, Kind.LOST);
    } else if (chance < 65) {
      return new Trouble(Place.PAYMENT, Kind.SLOW);
    } else if (chance < 90) {
      return new Trouble(Place.PAYMENT, Kind.LOST);
    } else if (chance < 110) {
      return new Trouble(Place.PARCEL, Kind.LOST);
    } else if (chance < 120 && number <= LAST_STALLED) {
      return new Trouble(chance % 2 == 0 ? Place.STOCK : Place.PAYMENT, Kind.STALLED);
    }
    return Trouble.NONE;
  }
}

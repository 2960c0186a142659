package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.samples.order.Books.Account;
import io.skald.samples.order.Books.Entry;
import io.skald.samples.order.Books.Movement;
import io.skald.samples.order.Books.Order;
import io.skald.samples.order.Books.Shelf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * One order was shipped and one was compensated after it had been paid; then something is wrong.
 */
class AuditTest {
  private static final String SHIPPED = "O-1";
  private static final String CANCELLED = "O-2";

  private final Map<String, Order> orders = new HashMap<>();
  private final Map<String, String> sagas = new HashMap<>();
  private final List<Shelf> shelves = new ArrayList<>();
  private final List<Movement> movements = new ArrayList<>();
  private final List<Account> accounts = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private final List<String> placed = new ArrayList<>(List.of(SHIPPED, CANCELLED));

  AuditTest() {
    orders.put(SHIPPED, new Order("SHIPPED", List.of(new OrderItem("MUG", 2)), 500));
    orders.put(CANCELLED, new Order("CANCELLED", List.of(new OrderItem("MUG", 1)), 250));
    sagas.put(SHIPPED, "COMPLETED");
    sagas.put(CANCELLED, "COMPENSATED");
    shelves.add(new Shelf("MUG", 10, 8, 0));
    movements.add(new Movement(SHIPPED, "RESERVE", "MUG", 2));
    movements.add(new Movement(SHIPPED, "SHIP", "MUG", 2));
    movements.add(new Movement(CANCELLED, "RESERVE", "MUG", 1));
    movements.add(new Movement(CANCELLED, "RELEASE", "MUG", 1));
    accounts.add(new Account("C-1", 1_000, 500));
    entries.add(new Entry(SHIPPED, "CHARGE", "C-1", 500));
    entries.add(new Entry(CANCELLED, "CHARGE", "C-1", 250));
    entries.add(new Entry(CANCELLED, "REFUND", "C-1", 250));
  }

  @Test
  void holdsWhenEveryOrderIsShippedOrCompensated() {
    assertThat(violated()).isEmpty();
  }

  @Test
  void failsWhenAnOrderIsMissing() {
    placed.add("O-3");

    assertThat(violated()).containsExactly("every order placed is there, and no other");
  }

  @Test
  void failsWhenThereIsAnOrderNobodyPlaced() {
    placed.remove(CANCELLED);

    assertThat(violated()).containsExactly("every order placed is there, and no other");
  }

  @Test
  void failsWhenMoneyIsTakenForAnOrderNobodyPlaced() {
    entries.add(new Entry("O-9", "CHARGE", "C-1", 100));

    assertThat(violated())
        .containsExactly(
            "every order placed is there, and no other",
            "money conserved: limit = balance + paid",
            "money taken = worth of what was shipped");
  }

  @Test
  void failsWhenASagaIsStillRunning() {
    sagas.put(SHIPPED, "RUNNING");

    assertThat(violated())
        .containsExactly(
            "no saga is left running or stuck", "order and saga agree: shipped or compensated");
  }

  @Test
  void failsWhenASagaIsStuck() {
    sagas.put("O-3", "STUCK");

    assertThat(violated()).containsExactly("no saga is left running or stuck");
  }

  @Test
  void failsWhenAnOrderHasNoSaga() {
    sagas.remove(CANCELLED);

    assertThat(violated()).containsExactly("order and saga agree: shipped or compensated");
  }

  @Test
  void failsWhenTheSagaEndedTheOtherWay() {
    sagas.put(CANCELLED, "COMPLETED");

    assertThat(violated()).containsExactly("order and saga agree: shipped or compensated");
  }

  @Test
  void failsWhenAnOrderIsPaidTwiceEvenIfTheCardAgrees() {
    entries.add(new Entry(SHIPPED, "CHARGE", "C-1", 500));
    accounts.set(0, new Account("C-1", 1_000, 0));

    assertThat(violated())
        .containsExactly("shipped: paid once, in full", "money taken = worth of what was shipped");
  }

  @Test
  void failsWhenAShippedOrderIsNotPaid() {
    entries.removeIf(entry -> entry.orderId().equals(SHIPPED));
    accounts.set(0, new Account("C-1", 1_000, 1_000));

    assertThat(violated())
        .containsExactly("shipped: paid once, in full", "money taken = worth of what was shipped");
  }

  @Test
  void failsWhenTooLittleIsSent() {
    movements.set(1, new Movement(SHIPPED, "SHIP", "MUG", 1));
    shelves.set(0, new Shelf("MUG", 10, 8, 1));

    assertThat(violated())
        .containsExactly(
            "shipped: reserved and sent, just what was ordered",
            "stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenStockIsReservedTwiceForAShippedOrder() {
    movements.add(new Movement(SHIPPED, "RESERVE", "MUG", 2));
    shelves.set(0, new Shelf("MUG", 10, 6, 2));

    assertThat(violated())
        .containsExactly(
            "shipped: reserved and sent, just what was ordered",
            "stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenMoneyOfACancelledOrderIsKept() {
    entries.remove(2);
    accounts.set(0, new Account("C-1", 1_000, 250));

    assertThat(violated())
        .containsExactly("compensated: no money kept", "money taken = worth of what was shipped");
  }

  @Test
  void failsWhenStockOfACancelledOrderIsHeld() {
    movements.remove(3);
    shelves.set(0, new Shelf("MUG", 10, 7, 1));

    assertThat(violated())
        .containsExactly(
            "compensated: no stock held or sent", "stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenACancelledOrderIsSent() {
    movements.add(new Movement(CANCELLED, "SHIP", "MUG", 1));

    assertThat(violated())
        .containsExactly(
            "compensated: no stock held or sent", "stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenStockVanishes() {
    shelves.set(0, new Shelf("MUG", 10, 7, 0));

    assertThat(violated()).containsExactly("stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenMoneyVanishes() {
    accounts.set(0, new Account("C-1", 1_000, 499));

    assertThat(violated()).containsExactly("money conserved: limit = balance + paid");
  }

  @Test
  void theRunFailsIfAnOrderOrMoneyIsLostOrNothingWasChecked() {
    assertThat(exitCode()).isZero();

    accounts.set(0, new Account("C-1", 1_000, 499));
    assertThat(exitCode()).isEqualTo(1);

    accounts.set(0, new Account("C-1", 1_000, 500));
    orders.remove(CANCELLED);
    assertThat(exitCode()).isEqualTo(1);

    assertThat(OrderSample.exitCode(List.of())).isEqualTo(1);
  }

  @Test
  void showsWhatIsWrongBelowTheRuleAndNotMoreThanFiveTimes() {
    for (int n = 10; n < 17; n++) {
      placed.add("O-" + n);
    }
    List<String> table = AuditTable.of(Audit.of(books(), placed), Glyphs.PLAIN);

    assertThat(table.getFirst()).contains("FAILED", "every order placed", "9");
    assertThat(table)
        .contains("         O-10 is missing", "         and 2 more")
        .filteredOn(line -> line.endsWith("is missing"))
        .hasSize(5);
    assertThat(table.getLast()).startsWith("  ok ");
  }

  private int exitCode() {
    return OrderSample.exitCode(Audit.of(books(), placed));
  }

  private List<String> violated() {
    return Audit.of(books(), placed).stream()
        .filter(finding -> !finding.holds())
        .map(Audit.Finding::rule)
        .toList();
  }

  private Books books() {
    return new Books(orders, sagas, shelves, movements, accounts, entries);
  }
}

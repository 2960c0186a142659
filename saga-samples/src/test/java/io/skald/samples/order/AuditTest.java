package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.samples.order.Books.Account;
import io.skald.samples.order.Books.Approval;
import io.skald.samples.order.Books.Entry;
import io.skald.samples.order.Books.Movement;
import io.skald.samples.order.Books.Order;
import io.skald.samples.order.Books.Saga;
import io.skald.samples.order.Books.Shelf;
import io.skald.samples.order.Books.Wallet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * One order was shipped and one was compensated after it had been paid, and the same two in parts;
 * then something is wrong.
 */
class AuditTest {
  private static final String SHIPPED = "O-1";
  private static final String CANCELLED = "O-2";
  private static final String DEAR = "O-3";
  private static final String DECLINED = "O-4";

  private static final String CLOSED = "wallet: held once, confirmed or cancelled once";
  private static final String CONSERVED = "wallets conserved: at first = balance + confirmed";
  private static final String APPROVED = "approval: asked above the limit, taken once";

  private final Map<String, Order> orders = new HashMap<>();
  private final Map<String, Saga> sagas = new HashMap<>();
  private final Map<String, Approval> approvals = new HashMap<>();
  private final List<Shelf> shelves = new ArrayList<>();
  private final List<Movement> movements = new ArrayList<>();
  private final List<Account> accounts = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private final List<Wallet> wallets = new ArrayList<>();
  private final List<Entry> holds = new ArrayList<>();
  private final List<String> placed = new ArrayList<>(List.of(SHIPPED, CANCELLED, DEAR, DECLINED));

  AuditTest() {
    orders.put(SHIPPED, new Order("SHIPPED", List.of(new OrderItem("MUG", 2)), 500));
    orders.put(CANCELLED, new Order("CANCELLED", List.of(new OrderItem("MUG", 1)), 250));
    sagas.put(SHIPPED, whole("COMPLETED"));
    sagas.put(CANCELLED, whole("COMPENSATED"));
    shelves.add(new Shelf("MUG", 10, 8, 0));
    movements.add(new Movement(SHIPPED, "RESERVE", "MUG", 2));
    movements.add(new Movement(SHIPPED, "SHIP", "MUG", 2));
    movements.add(new Movement(CANCELLED, "RESERVE", "MUG", 1));
    movements.add(new Movement(CANCELLED, "RELEASE", "MUG", 1));
    accounts.add(new Account("C-1", 1_000, 500));
    entries.add(new Entry(SHIPPED, "CHARGE", "C-1", 500));
    entries.add(new Entry(CANCELLED, "CHARGE", "C-1", 250));
    entries.add(new Entry(CANCELLED, "REFUND", "C-1", 250));
    inParts();
  }

  private void inParts() {
    orders.put(DEAR, new Order("SHIPPED", List.of(new OrderItem("POT", 1)), 20_000));
    orders.put(DECLINED, new Order("CANCELLED", List.of(new OrderItem("POT", 1)), 20_000));
    sagas.put(DEAR, inParts("COMPLETED"));
    sagas.put(DECLINED, inParts("COMPENSATED"));
    approvals.put(DEAR, new Approval("GRANTED", 1, 1));
    approvals.put(DECLINED, new Approval("WITHDRAWN", 0, 0));
    shelves.add(new Shelf("POT", 10, 9, 0));
    movements.add(new Movement(DEAR, "RESERVE", "POT", 1));
    movements.add(new Movement(DEAR, "SHIP", "POT", 1));
    accounts.add(new Account("C-2", 50_000, 35_000));
    entries.add(new Entry(DEAR, "CHARGE", "C-2", 15_000));
    wallets.add(new Wallet("C-2", 7_000, 2_000, 0));
    holds.add(new Entry(DEAR, "HOLD", "C-2", 5_000));
    holds.add(new Entry(DEAR, "CONFIRM", "C-2", 5_000));
    holds.add(new Entry(DECLINED, "HOLD", "C-2", 5_000));
    holds.add(new Entry(DECLINED, "CANCEL", "C-2", 5_000));
  }

  private static Saga whole(String status) {
    return new Saga(PlaceOrderSaga.NAME, status);
  }

  private static Saga inParts(String status) {
    return new Saga(ShipInPartsSaga.NAME, status);
  }

  @Test
  void holdsWhenEveryOrderIsShippedOrCompensated() {
    assertThat(violated()).isEmpty();
  }

  @Test
  void failsWhenAnOrderIsMissing() {
    placed.add("O-9");

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
    sagas.put(SHIPPED, whole("RUNNING"));

    assertThat(violated())
        .containsExactly(
            "no saga is left running or stuck", "order and saga agree: shipped or compensated");
  }

  @Test
  void failsWhenASagaIsStuck() {
    sagas.put("O-9", whole("STUCK"));

    assertThat(violated()).containsExactly("no saga is left running or stuck");
  }

  @Test
  void failsWhenAnOrderHasNoSaga() {
    sagas.remove(CANCELLED);

    assertThat(violated()).containsExactly("order and saga agree: shipped or compensated");
  }

  @Test
  void failsWhenTheSagaEndedTheOtherWay() {
    sagas.put(CANCELLED, whole("COMPLETED"));

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
  void failsWhenAHoldIsNeitherConfirmedNorCancelled() {
    holds.remove(3);
    wallets.set(0, new Wallet("C-2", 7_000, 2_000, 5_000));

    assertThat(violated()).containsExactly(CLOSED, CONSERVED);
  }

  @Test
  void failsWhenAHoldIsConfirmedTwiceEvenIfTheWalletAgrees() {
    holds.add(new Entry(DEAR, "CONFIRM", "C-2", 2_000));
    wallets.set(0, new Wallet("C-2", 7_000, 0, 0));

    assertThat(violated())
        .containsExactly(
            "shipped: paid once, in full", CLOSED, "money taken = worth of what was shipped");
  }

  @Test
  void failsWhenTheDepositOfACancelledOrderIsTaken() {
    holds.set(3, new Entry(DECLINED, "CONFIRM", "C-2", 5_000));

    assertThat(violated())
        .containsExactly(
            "compensated: no money kept",
            CLOSED,
            CONSERVED,
            "money taken = worth of what was shipped");
  }

  @Test
  void failsWhenAWholeOrderHasADeposit() {
    holds.add(new Entry(SHIPPED, "HOLD", "C-2", 100));
    holds.add(new Entry(SHIPPED, "CANCEL", "C-2", 100));

    assertThat(violated()).containsExactly(CLOSED);
  }

  @Test
  void failsWhenAnOrderInPartsIsShippedWithoutADeposit() {
    holds.removeIf(entry -> entry.orderId().equals(DEAR));
    wallets.set(0, new Wallet("C-2", 7_000, 7_000, 0));
    entries.removeLast();
    entries.add(new Entry(DEAR, "CHARGE", "C-2", 20_000));
    accounts.set(1, new Account("C-2", 50_000, 30_000));

    assertThat(violated()).containsExactly(CLOSED);
  }

  @Test
  void failsWhenMoneyVanishesFromAWallet() {
    wallets.set(0, new Wallet("C-2", 7_000, 1_999, 0));

    assertThat(violated()).containsExactly(CONSERVED);
  }

  @Test
  void failsWhenMoneyIsHeldForAnOrderNobodyPlaced() {
    holds.add(new Entry("O-9", "HOLD", "C-2", 100));

    assertThat(violated()).containsExactly("every order placed is there, and no other");
  }

  @Test
  void failsWhenADearOrderIsShippedUnasked() {
    approvals.remove(DEAR);

    assertThat(violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenWhatIsNotDearIsAsked() {
    approvals.put(CANCELLED, new Approval("WITHDRAWN", 0, 0));

    assertThat(violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenAnApprovalIsNotSentAndTakenOnce() {
    approvals.put(DEAR, new Approval("GRANTED", 1, 0));
    assertThat(violated()).containsExactly(APPROVED);

    approvals.put(DEAR, new Approval("GRANTED", 2, 1));
    assertThat(violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenWhatTheDeskRefusedIsShipped() {
    approvals.put(DEAR, new Approval("REFUSED", 1, 1));

    assertThat(violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenTheSagaIsToldWhatTheDeskNeverSaid() {
    approvals.put(DECLINED, new Approval("WITHDRAWN", 1, 1));

    assertThat(violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenAQuestionIsLeftOpen() {
    approvals.put(DECLINED, new Approval("OPEN", 0, 0));

    assertThat(violated()).containsExactly(APPROVED);
  }

  @Test
  void holdsWhenTheDeskAnswersJustAfterTheWait() {
    approvals.put(DECLINED, new Approval("GRANTED", 1, 0));

    assertThat(violated()).isEmpty();
  }

  @Test
  void tellsHowManySagasOfEachKindEndedHow() {
    assertThat(Summary.of(books()))
        .containsExactly(
            "  place-order        2 sagas       1 compensated       1 completed",
            "  ship-in-parts      2 sagas       1 compensated       1 completed",
            "  the desk           2 asked       1 granted       1 withdrawn");
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

    assertThat(table.getFirst()).contains("FAILED", "every order placed", "11");
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
    return new Books(
        orders, sagas, approvals, shelves, movements, accounts, entries, wallets, holds);
  }
}

package io.skald.samples.order;

import static io.skald.samples.order.BooksDraft.CANCELLED;
import static io.skald.samples.order.BooksDraft.DEAR;
import static io.skald.samples.order.BooksDraft.DECLINED;
import static io.skald.samples.order.BooksDraft.SHIPPED;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.samples.order.Books.Account;
import io.skald.samples.order.Books.Approval;
import io.skald.samples.order.Books.Entry;
import io.skald.samples.order.Books.Movement;
import io.skald.samples.order.Books.Shelf;
import io.skald.samples.order.Books.Wallet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Books that are in order; then something is wrong. */
class AuditTest {
  private static final String CLOSED = "wallet: held once, confirmed or cancelled once";
  private static final String CONSERVED = "wallets conserved: at first = balance + confirmed";
  private static final String APPROVED = "approval: asked above the limit, taken once";

  private final BooksDraft draft = new BooksDraft();

  @Test
  void holdsWhenEveryOrderIsShippedOrCompensated() {
    assertThat(draft.violated()).isEmpty();
  }

  @Test
  void failsWhenAnOrderIsMissing() {
    draft.placed.add("O-9");

    assertThat(draft.violated()).containsExactly("every order placed is there, and no other");
  }

  @Test
  void failsWhenThereIsAnOrderNobodyPlaced() {
    draft.placed.remove(CANCELLED);

    assertThat(draft.violated()).containsExactly("every order placed is there, and no other");
  }

  @Test
  void failsWhenMoneyIsTakenForAnOrderNobodyPlaced() {
    draft.entries.add(new Entry("O-9", "CHARGE", "C-1", 100));

    assertThat(draft.violated())
        .containsExactly(
            "every order placed is there, and no other",
            "money conserved: limit = balance + paid",
            "money taken = worth of what was shipped + premiums");
  }

  @Test
  void failsWhenASagaIsStillRunning() {
    draft.sagas.put(SHIPPED, BooksDraft.whole("RUNNING"));

    assertThat(draft.violated())
        .containsExactly(
            "no saga is left running or stuck", "order and saga agree: shipped or compensated");
  }

  @Test
  void failsWhenASagaIsStuck() {
    draft.sagas.put("O-9", BooksDraft.whole("STUCK"));

    assertThat(draft.violated()).containsExactly("no saga is left running or stuck");
  }

  @Test
  void failsWhenAnOrderHasNoSaga() {
    draft.sagas.remove(CANCELLED);

    assertThat(draft.violated()).containsExactly("order and saga agree: shipped or compensated");
  }

  @Test
  void failsWhenTheSagaEndedTheOtherWay() {
    draft.sagas.put(CANCELLED, BooksDraft.whole("COMPLETED"));

    assertThat(draft.violated()).containsExactly("order and saga agree: shipped or compensated");
  }

  @Test
  void failsWhenAnOrderIsPaidTwiceEvenIfTheCardAgrees() {
    draft.entries.add(new Entry(SHIPPED, "CHARGE", "C-1", 500));
    draft.accounts.set(0, new Account("C-1", 1_000, 0));

    assertThat(draft.violated())
        .containsExactly(
            "shipped: paid once, in full", "money taken = worth of what was shipped + premiums");
  }

  @Test
  void failsWhenAShippedOrderIsNotPaid() {
    draft.entries.removeIf(entry -> entry.orderId().equals(SHIPPED));
    draft.accounts.set(0, new Account("C-1", 1_000, 1_000));

    assertThat(draft.violated())
        .containsExactly(
            "shipped: paid once, in full", "money taken = worth of what was shipped + premiums");
  }

  @Test
  void failsWhenTooLittleIsSent() {
    draft.movements.set(1, new Movement(SHIPPED, "SHIP", "MUG", 1));
    draft.shelves.set(0, new Shelf("MUG", 10, 8, 1));

    assertThat(draft.violated())
        .containsExactly(
            "shipped: reserved and sent, just what was ordered",
            "stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenStockIsReservedTwiceForAShippedOrder() {
    draft.movements.add(new Movement(SHIPPED, "RESERVE", "MUG", 2));
    draft.shelves.set(0, new Shelf("MUG", 10, 6, 2));

    assertThat(draft.violated())
        .containsExactly(
            "shipped: reserved and sent, just what was ordered",
            "stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenMoneyOfACancelledOrderIsKept() {
    draft.entries.remove(2);
    draft.accounts.set(0, new Account("C-1", 1_000, 250));

    assertThat(draft.violated())
        .containsExactly(
            "compensated: no money kept", "money taken = worth of what was shipped + premiums");
  }

  @Test
  void failsWhenStockOfACancelledOrderIsHeld() {
    draft.movements.remove(3);
    draft.shelves.set(0, new Shelf("MUG", 10, 7, 1));

    assertThat(draft.violated())
        .containsExactly(
            "compensated: no stock held or sent", "stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenACancelledOrderIsSent() {
    draft.movements.add(new Movement(CANCELLED, "SHIP", "MUG", 1));

    assertThat(draft.violated())
        .containsExactly(
            "compensated: no stock held or sent", "stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenStockVanishes() {
    draft.shelves.set(0, new Shelf("MUG", 10, 7, 0));

    assertThat(draft.violated()).containsExactly("stock conserved: at first = available + sent");
  }

  @Test
  void failsWhenMoneyVanishes() {
    draft.accounts.set(0, new Account("C-1", 1_000, 499));

    assertThat(draft.violated()).containsExactly("money conserved: limit = balance + paid");
  }

  @Test
  void failsWhenAHoldIsNeitherConfirmedNorCancelled() {
    draft.holds.remove(3);
    draft.wallets.set(0, new Wallet("C-2", 7_000, 2_000, 5_000));

    assertThat(draft.violated()).containsExactly(CLOSED, CONSERVED);
  }

  @Test
  void failsWhenAHoldIsConfirmedTwiceEvenIfTheWalletAgrees() {
    draft.holds.add(new Entry(DEAR, "CONFIRM", "C-2", 2_000));
    draft.wallets.set(0, new Wallet("C-2", 7_000, 0, 0));

    assertThat(draft.violated())
        .containsExactly(
            "shipped: paid once, in full",
            CLOSED,
            "money taken = worth of what was shipped + premiums");
  }

  @Test
  void failsWhenTheDepositOfACancelledOrderIsTaken() {
    draft.holds.set(3, new Entry(DECLINED, "CONFIRM", "C-2", 5_000));

    assertThat(draft.violated())
        .containsExactly(
            "compensated: no money kept",
            CLOSED,
            CONSERVED,
            "money taken = worth of what was shipped + premiums");
  }

  @Test
  void failsWhenAWholeOrderHasADeposit() {
    draft.holds.add(new Entry(SHIPPED, "HOLD", "C-2", 100));
    draft.holds.add(new Entry(SHIPPED, "CANCEL", "C-2", 100));

    assertThat(draft.violated()).containsExactly(CLOSED);
  }

  @Test
  void failsWhenAnOrderInPartsIsShippedWithoutADeposit() {
    draft.holds.removeIf(entry -> entry.orderId().equals(DEAR));
    draft.wallets.set(0, new Wallet("C-2", 7_000, 7_000, 0));
    draft.entries.removeLast();
    draft.entries.add(new Entry(DEAR, "CHARGE", "C-2", 20_000));
    draft.accounts.set(1, new Account("C-2", 50_000, 29_800));

    assertThat(draft.violated()).containsExactly(CLOSED);
  }

  @Test
  void failsWhenMoneyVanishesFromAWallet() {
    draft.wallets.set(0, new Wallet("C-2", 7_000, 1_999, 0));

    assertThat(draft.violated()).containsExactly(CONSERVED);
  }

  @Test
  void failsWhenMoneyIsHeldForAnOrderNobodyPlaced() {
    draft.holds.add(new Entry("O-9", "HOLD", "C-2", 100));

    assertThat(draft.violated()).containsExactly("every order placed is there, and no other");
  }

  @Test
  void failsWhenADearOrderIsShippedUnasked() {
    draft.approvals.remove(DEAR);

    assertThat(draft.violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenWhatIsNotDearIsAsked() {
    draft.approvals.put(CANCELLED, new Approval("WITHDRAWN", 0, 0));

    assertThat(draft.violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenAnApprovalIsNotSentAndTakenOnce() {
    draft.approvals.put(DEAR, new Approval("GRANTED", 1, 0));
    assertThat(draft.violated()).containsExactly(APPROVED);

    draft.approvals.put(DEAR, new Approval("GRANTED", 2, 1));
    assertThat(draft.violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenWhatTheDeskRefusedIsShipped() {
    draft.approvals.put(DEAR, new Approval("REFUSED", 1, 1));

    assertThat(draft.violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenTheSagaIsToldWhatTheDeskNeverSaid() {
    draft.approvals.put(DECLINED, new Approval("WITHDRAWN", 1, 1));

    assertThat(draft.violated()).containsExactly(APPROVED);
  }

  @Test
  void failsWhenAQuestionIsLeftOpen() {
    draft.approvals.put(DECLINED, new Approval("OPEN", 0, 0));

    assertThat(draft.violated()).containsExactly(APPROVED);
  }

  @Test
  void holdsWhenTheDeskAnswersJustAfterTheWait() {
    draft.approvals.put(DECLINED, new Approval("GRANTED", 1, 0));

    assertThat(draft.violated()).isEmpty();
  }

  @Test
  void tellsHowManySagasOfEachKindEndedHow() {
    assertThat(Summary.of(draft.books()))
        .containsExactly(
            "  insure-order       2 sagas       1 compensated       1 completed",
            "  place-order        2 sagas       1 compensated       1 completed",
            "  ship-in-parts      2 sagas       1 compensated       1 completed",
            "  the desk           2 asked       2 granted",
            "  the packers        2 asked       1 packed       1 unpacked",
            "  policies           2 opened      1 cancelled       1 in force");
  }

  @Test
  void theRunFailsIfAnOrderOrMoneyIsLostOrNothingWasChecked() {
    assertThat(exitCode()).isZero();

    draft.accounts.set(0, new Account("C-1", 1_000, 499));
    assertThat(exitCode()).isEqualTo(1);

    draft.accounts.set(0, new Account("C-1", 1_000, 500));
    draft.orders.remove(CANCELLED);
    assertThat(exitCode()).isEqualTo(1);

    assertThat(OrderSample.exitCode(List.of())).isEqualTo(1);
  }

  @Test
  void showsWhatIsWrongBelowTheRuleAndNotMoreThanFiveTimes() {
    for (int n = 10; n < 17; n++) {
      draft.placed.add("O-" + n);
    }
    List<String> table = AuditTable.of(Audit.of(draft.books(), draft.placed), Glyphs.PLAIN);

    assertThat(table.getFirst()).contains("FAILED", "every order placed", "11");
    assertThat(table)
        .contains("         O-10 is missing", "         and 2 more")
        .filteredOn(line -> line.endsWith("is missing"))
        .hasSize(5);
    assertThat(table.getLast()).startsWith("  ok ");
  }

  private int exitCode() {
    return OrderSample.exitCode(Audit.of(draft.books(), draft.placed));
  }
}

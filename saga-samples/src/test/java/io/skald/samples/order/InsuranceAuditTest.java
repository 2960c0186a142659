package io.skald.samples.order;

import static io.skald.samples.order.BooksDraft.CANCELLED;
import static io.skald.samples.order.BooksDraft.DEAR;
import static io.skald.samples.order.BooksDraft.DECLINED;
import static io.skald.samples.order.BooksDraft.SHIPPED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.skald.samples.order.Books.Account;
import io.skald.samples.order.Books.Entry;
import io.skald.samples.order.Books.Policy;
import io.skald.samples.order.Books.Saga;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InsuranceAuditTest {
  private static final String INSURED = "insured: if dear and shipped, for one premium";
  private static final String CONSERVED = "money conserved: limit = balance + paid";
  private static final String TAKEN = "money taken = worth of what was shipped + premiums";
  private static final String OF_DEAR = "INS-" + DEAR;
  private static final String OF_DECLINED = "INS-" + DECLINED;

  private final BooksDraft draft = new BooksDraft();

  static List<Arguments> wrong() {
    return List.of(
        row("dear and shipped, and not insured", d -> d.policies.remove(DEAR), TAKEN),
        row("its policy is cancelled", d -> policy(d, DEAR, "CANCELLED", 200), TAKEN),
        row("its policy costs nothing", d -> policy(d, DEAR, "IN_FORCE", 0), TAKEN),
        row("its premium is another one", d -> policy(d, DEAR, "IN_FORCE", 199), TAKEN),
        row("its premium is paid twice", d -> premium(d, OF_DEAR, "CHARGE"), CONSERVED, TAKEN),
        row("its premium is refunded", d -> premium(d, OF_DEAR, "REFUND"), CONSERVED, TAKEN),
        row("its insurance was taken back", d -> saga(d, OF_DEAR, "COMPENSATED")),
        row("compensated, and insured", d -> policy(d, DECLINED, "IN_FORCE", 200), TAKEN),
        row("compensated, its insurance not", d -> saga(d, OF_DECLINED, "COMPLETED")),
        row("its insurance is not known", d -> d.sagas.remove(OF_DECLINED)),
        row("a premium is kept", InsuranceAuditTest::keepPremium, TAKEN),
        row("a premium was paid twice, and refunded", InsuranceAuditTest::payAndRefund),
        row("insured though not in parts", d -> policy(d, SHIPPED, "CANCELLED", 5)),
        row("cancelled, and insured before", d -> policy(d, CANCELLED, "CANCELLED", 5)));
  }

  private static Arguments row(String what, Consumer<BooksDraft> change, String... others) {
    return arguments(what, change, List.of(others));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void failsWhen(String what, Consumer<BooksDraft> change, List<String> others) {
    change.accept(draft);

    assertThat(draft.violated()).as(what).contains(INSURED).containsAll(others);
    assertThat(draft.violated()).hasSize(1 + others.size());
  }

  @Test
  void holdsWhenTheOrderWasCompensatedBeforeAnythingWasInsured() {
    draft.policies.remove(DECLINED);
    draft.sagas.remove(OF_DECLINED);
    draft.entries.removeIf(entry -> entry.orderId().equals(OF_DECLINED));

    assertThat(draft.violated()).isEmpty();
  }

  @Test
  void holdsWhenTheInsuranceWasTakenBackBeforeThereWasAPolicy() {
    draft.policies.remove(DECLINED);

    assertThat(draft.violated()).isEmpty();
  }

  @Test
  void failsWhenAPolicyIsOfAnOrderNobodyPlaced() {
    policy(draft, "O-9", "CANCELLED", 200);

    assertThat(draft.violated()).containsExactly("every order placed is there, and no other");
  }

  @Test
  void failsWhenAnInsuranceIsStillRunning() {
    saga(draft, OF_DECLINED, "COMPENSATING");

    assertThat(draft.violated()).containsExactly("no saga is left running or stuck", INSURED);
  }

  private static void policy(BooksDraft draft, String orderId, String status, long cents) {
    draft.policies.put(orderId, new Policy(status, cents));
  }

  private static void premium(BooksDraft draft, String policyId, String kind) {
    draft.entries.add(new Entry(policyId, kind, "C-2", 200));
  }

  private static void saga(BooksDraft draft, String policyId, String status) {
    draft.sagas.put(policyId, new Saga(InsureOrderSaga.NAME, status));
  }

  private static void keepPremium(BooksDraft draft) {
    draft.entries.remove(new Entry(OF_DECLINED, "REFUND", "C-2", 200));
    draft.accounts.set(1, new Account("C-2", 50_000, 34_600));
  }

  private static void payAndRefund(BooksDraft draft) {
    premium(draft, OF_DECLINED, "CHARGE");
    premium(draft, OF_DECLINED, "REFUND");
  }
}

package io.skald.samples.order;

import io.skald.samples.order.Audit.Finding;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Whether just the dear orders that were shipped in parts are insured, each for one premium, and
 * the premiums of those that were compensated are given back.
 */
final class InsuranceAudit {
  private final Books books;
  private final MoneyAudit money;

  private InsuranceAudit(Books books, MoneyAudit money) {
    this.books = books;
    this.money = money;
  }

  static Finding of(Books books, MoneyAudit money) {
    var audit = new InsuranceAudit(books, money);
    var violations = new ArrayList<String>();
    for (var order : books.orders().entrySet()) {
      if (!audit.holds(order.getKey(), order.getValue())) {
        violations.add(audit.text(order.getKey(), order.getValue()));
      }
    }
    return new Finding(
        "insured: if dear and shipped, for one premium", books.policies().size(), violations);
  }

  private boolean holds(String id, Books.Order order) {
    Books.Policy policy = books.policies().get(id);
    boolean dear = Audit.isInParts(books, id) && order.cents() > ShipInPartsSaga.LIMIT;
    if (dear && order.status().equals("SHIPPED")) {
      return isInForce(id, policy);
    }
    return dear ? isTakenBack(id, policy) : policy == null && charges(id) == 0;
  }

  private boolean isInForce(String id, Books.@Nullable Policy policy) {
    return policy != null
        && policy.status().equals("IN_FORCE")
        && policy.cents() > 0
        && policy.cents() == paid(id)
        && charges(id) == 1
        && saga(id).equals("COMPLETED");
  }

  /** It may have been taken back before the policy was opened, or the premium was paid. */
  private boolean isTakenBack(String id, Books.@Nullable Policy policy) {
    return switch (saga(id)) {
      case "none" -> policy == null && charges(id) == 0;
      case "COMPENSATED" ->
          (policy == null || policy.status().equals("CANCELLED"))
              && charges(id) <= 1
              && paid(id) == 0;
      default -> false;
    };
  }

  private long charges(String id) {
    return money.countOf(PlaceOrder.policyId(id), "CHARGE");
  }

  private long paid(String id) {
    return money.paid(PlaceOrder.policyId(id));
  }

  private String saga(String id) {
    var saga = books.sagas().get(PlaceOrder.policyId(id));
    return saga == null ? "none" : saga.status();
  }

  private String text(String id, Books.Order order) {
    return "%s is %s, with %s, premium paid %s, insurance saga %s"
        .formatted(id, order.status(), books.policies().get(id), Money.text(paid(id)), saga(id));
  }
}

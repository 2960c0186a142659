package io.skald.samples.order;

import io.skald.samples.order.Audit.Finding;
import java.util.ArrayList;

/** Whether the desk was asked about just the dear orders in parts, and each answer taken once. */
final class ApprovalAudit {
  private static final Books.Approval NOT_ASKED = new Books.Approval("NOT ASKED", 0, 0);

  private ApprovalAudit() {}

  static Finding of(Books books) {
    var violations = new ArrayList<String>();
    books
        .orders()
        .forEach(
            (id, order) -> {
              var approval = books.approvals().getOrDefault(id, NOT_ASKED);
              if (!isAllowed(approval, order, Audit.isInParts(books, id))) {
                violations.add("%s is %s, with %s".formatted(id, order.status(), approval));
              }
            });
    return new Finding(
        "approval: asked above the limit, taken once", books.approvals().size(), violations);
  }

  /** The desk may answer just when the wait is over: then nobody takes what it says. */
  private static boolean isAllowed(Books.Approval approval, Books.Order order, boolean inParts) {
    boolean dear = inParts && order.cents() > ShipInPartsSaga.LIMIT;
    boolean shipped = order.status().equals("SHIPPED");
    return switch (approval.status()) {
      case "NOT ASKED" -> !(dear && shipped);
      case "GRANTED" -> dear && approval.sent() == 1 && (approval.taken() == 1 || !shipped);
      case "REFUSED" -> dear && approval.sent() == 1 && !shipped;
      case "WITHDRAWN" -> dear && approval.sent() == 0 && !shipped;
      default -> false;
    };
  }
}

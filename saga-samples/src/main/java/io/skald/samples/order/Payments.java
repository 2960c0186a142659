package io.skald.samples.order;

import io.skald.saga.Outcome;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.samples.order.JsonClient.Reply;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** The cards of payments, as the orders service calls them. */
final class Payments {
  private final JsonClient client;

  Payments(String url) {
    client = new JsonClient(url);
  }

  /**
   * Takes the money: the action of step {@code charge-card}.
   *
   * @throws PermanentFailure if the card was declined; nothing is taken then
   */
  Messages.Payment charge(PlaceOrder.Bill bill, Call call)
      throws IOException, InterruptedException {
    var headers = Request.headers(call, bill.trouble());
    Reply reply = client.post("/charges", bill.charge(), headers, call.timeLeft());
    return switch (reply.status()) {
      case 200 -> reply.body(Messages.Payment.class);
      case 409, 410 -> throw new PermanentFailure(reply.problem());
      default -> throw unexpected(reply);
    };
  }

  /**
   * Finds out what became of a charge that nobody answered. A charge payments has never heard of is
   * <em>unknown</em>: it may still be on its way. What payments has refused or barred it will
   * refuse for ever, so that, and only that, is a failure.
   */
  Outcome<Messages.Payment> find(PlaceOrder.Bill bill, Call call)
      throws IOException, InterruptedException {
    String cents = Long.toString(bill.charge().cents());
    var query = Map.of("key", call.idempotencyKey(), "cents", cents);
    Reply reply = client.find("/charges", query, call.timeLeft());
    return switch (reply.status()) {
      case 200 -> Outcome.succeeded(reply.body(Messages.Payment.class));
      case 409, 410 -> Outcome.failed(reply.problem());
      default -> Outcome.unknown();
    };
  }

  /** Gives the money back if it was taken, and stops a charge still under way. */
  void refund(PlaceOrder.Bill bill, Optional<Messages.Payment> paid, CompensationCall call)
      throws IOException, InterruptedException {
    var query = Map.of("key", call.actionKey(), "order", bill.charge().orderId());
    Reply reply = client.delete("/charges", query, call.timeLeft());
    if (reply.status() != 200) {
      throw unexpected(reply);
    }
  }

  private static IOException unexpected(Reply reply) {
    return new IOException("payments answered " + reply.status());
  }
}

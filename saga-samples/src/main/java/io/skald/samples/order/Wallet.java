package io.skald.samples.order;

import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.samples.order.JsonClient.Reply;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** The wallets of payments, as the orders service calls them: try, confirm, cancel. */
final class Wallet {
  private final JsonClient client;

  Wallet(String url) {
    client = new JsonClient(url);
  }

  /**
   * Holds money: the try of step {@code hold-deposit}.
   *
   * @throws PermanentFailure if there is not enough in the wallet; nothing is held then
   */
  Messages.Hold hold(PlaceOrder.Bill bill, Call call) throws IOException, InterruptedException {
    var headers = Request.headers(call, bill.trouble());
    Reply reply = client.post("/holds", bill.charge(), headers, call.timeLeft());
    return switch (reply.status()) {
      case 200 -> reply.body(Messages.Hold.class);
      case 409, 410 -> throw new PermanentFailure(reply.problem());
      default -> throw unexpected(reply);
    };
  }

  /**
   * Takes what is held.
   *
   * @throws PermanentFailure if it is not held any more, which nobody but a human can mend
   */
  void confirm(PlaceOrder.Bill bill, Messages.Hold hold, Call call)
      throws IOException, InterruptedException {
    var headers = Request.headers(call, bill.trouble());
    Reply reply = client.post("/holds/confirmed", hold, headers, call.timeLeft());
    switch (reply.status()) {
      case 200 -> {}
      case 404, 409, 410 -> throw new PermanentFailure(reply.problem());
      default -> throw unexpected(reply);
    }
  }

  /** Lets go of what is held, and stops a try still under way. */
  void cancel(PlaceOrder.Bill bill, Optional<Messages.Hold> hold, CompensationCall call)
      throws IOException, InterruptedException {
    var query = Map.of("key", call.actionKey(), "order", bill.charge().orderId());
    Reply reply = client.delete("/holds", query, call.timeLeft());
    if (reply.status() != 200) {
      throw unexpected(reply);
    }
  }

  private static IOException unexpected(Reply reply) {
    return new IOException("the wallet answered " + reply.status());
  }
}

package io.skald.samples.order;

import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncCall;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.samples.order.JsonClient.Reply;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Inventory, as the orders service calls it. */
final class Inventory {
  private final JsonClient client;

  Inventory(String url) {
    client = new JsonClient(url);
  }

  /**
   * Holds the order's items: the action of step {@code reserve-stock}.
   *
   * @throws OutOfStockException if there is not enough; nothing is held then
   */
  Messages.Reservation reserve(PlaceOrder order, Call call)
      throws OutOfStockException, IOException, InterruptedException {
    var body = new Messages.StockRequest(order.orderId(), order.items());
    var headers = Request.headers(call, order.trouble());
    Reply reply = client.post("/reservations", body, headers, call.timeLeft());
    return switch (reply.status()) {
      case 200 -> reply.body(Messages.Reservation.class);
      case 409 -> throw new OutOfStockException(reply.problem());
      case 410 -> throw new PermanentFailure("reservation: " + reply.problem());
      default -> throw unexpected(reply);
    };
  }

  /** Releases what is held, and stops a reservation still under way. */
  void release(PlaceOrder order, Optional<Messages.Reservation> held, CompensationCall call)
      throws IOException, InterruptedException {
    takeBack("/reservations", order, call);
  }

  /**
   * Asks for the order to be packed, and hands over the token to report it with: the action of step
   * {@code pack-order}.
   */
  void pack(PlaceOrder order, AsyncCall call) throws IOException, InterruptedException {
    var body = new Messages.PackingRequest(order.orderId(), call.completionToken());
    var headers = Request.headers(call, order.trouble());
    Reply reply = client.post("/packings", body, headers, call.timeLeft());
    switch (reply.status()) {
      case 202 -> {}
      case 410 -> throw new PermanentFailure("packing: " + reply.problem());
      default -> throw unexpected(reply);
    }
  }

  /** Unpacks what is packed, and stops what is still to be packed. */
  void unpack(PlaceOrder order, Optional<Messages.Packing> packed, CompensationCall call)
      throws IOException, InterruptedException {
    takeBack("/packings", order, call);
  }

  /** Sends off a part of what is held, or all of it: the action of step {@code ship-parcel}. */
  Messages.Parcel ship(PlaceOrder.Part part, Call call) throws IOException, InterruptedException {
    var headers = Request.headers(call, part.trouble());
    Reply reply = client.post("/parcels", part.parcel(), headers, call.timeLeft());
    if (reply.status() != 200) {
      throw unexpected(reply);
    }
    return reply.body(Messages.Parcel.class);
  }

  private void takeBack(String path, PlaceOrder order, CompensationCall call)
      throws IOException, InterruptedException {
    var query = Map.of("key", call.actionKey(), "order", order.orderId());
    Reply reply = client.delete(path, query, call.timeLeft());
    if (reply.status() != 200) {
      throw unexpected(reply);
    }
  }

  private static IOException unexpected(Reply reply) {
    return new IOException("inventory answered " + reply.status());
  }
}

package io.skald.samples.order;

import io.skald.saga.view.SagaView;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** {@code GET /saga/status?key=ORDER}: what happened to an order, what is next, and when. */
final class StatusPage implements JsonServer.Route {
  private final Function<String, List<SagaView>> viewsOfKey;

  /**
   * The page.
   *
   * @param viewsOfKey finds the sagas of an order, the latest first
   */
  StatusPage(Function<String, List<SagaView>> viewsOfKey) {
    this.viewsOfKey = viewsOfKey;
  }

  /** {@code GET /}: where to look. */
  static Answer index() {
    return Answer.ok(Map.of("service", "orders", "status of an order", "/saga/status?key=ORDER"));
  }

  @Override
  public Answer answer(Request request) {
    String key = request.parameter("key");
    return viewsOfKey.apply(key).stream()
        .findFirst()
        .map(view -> Answer.ok(SagaReport.of(view)))
        .orElseGet(() -> Answer.notFound("there is no saga of order " + key));
  }
}

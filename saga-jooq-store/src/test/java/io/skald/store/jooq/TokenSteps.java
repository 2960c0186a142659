package io.skald.store.jooq;

import io.skald.saga.Compensatable;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Steps that give a token away, sagas they stand in, and a note of the tokens and of what was
 * compensated. Safe for use by several threads.
 *
 * @param tokens what was given away, in order
 * @param compensated the results that were compensated, in order; {@code unknown} for none
 */
record TokenSteps(List<String> tokens, List<String> compensated) {

  /** What becomes of an attempt to hand work out once its token is given away. */
  @FunctionalInterface
  interface HandOut {
    void end(int attempt) throws Exception;
  }

  TokenSteps() {
    this(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
  }

  /** Work that is handed out. */
  AsyncStep<Order, String> book() {
    return book(attempt -> {});
  }

  /** Work that is handed out by attempts of which each ends like that. */
  AsyncStep<Order, String> book(HandOut handOut) {
    return Step.named("book", Order.class)
        .async(
            String.class,
            (order, call) -> {
              tokens.add(call.completionToken());
              handOut.end(tokens.size());
            });
  }

  /** A saga of that work, which is compensated if it was done or may have been. */
  SagaDefinition<Order, String> booking(AsyncStep<Order, String> book) {
    var step =
        book.compensation((order, booking, call) -> compensated.add(booking.orElse("unknown")));
    return Saga.define("booking", Order.class)
        .step(step)
        .returning(String.class, (order, results) -> results.resultOf(step));
  }

  /** A saga that cannot go back when it comes to that work. */
  static SagaDefinition<Order, String> afterPivot(AsyncStep<Order, String> book) {
    return Saga.define("booking", Order.class)
        .key(Order::id)
        .pivot(Step.named("pivot", Order.class).local((order, tx) -> {}))
        .step(book)
        .returning(String.class, (order, results) -> results.resultOf(book));
  }

  /** A saga that gives away the token of a wait, and waits. */
  SagaDefinition<Order, String> asking(Compensatable<Object, String> wait) {
    var ask =
        Step.named("ask", Order.class)
            .remote((order, call) -> tokens.add(call.callbackToken(wait)))
            .needsNoCompensation();
    return Saga.define("asking", Order.class)
        .step(ask)
        .step(wait)
        .returning(String.class, (order, results) -> results.resultOf(wait));
  }

  /** The token that was given away as the so many-th one, once it is. */
  String token(int number) {
    TestDatabase.await(() -> tokens.size() >= number);
    return tokens.get(number - 1);
  }
}

package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaBody;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaOperator;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.view.SagaStatus;
import io.skald.testkit.InMemorySagaStore;
import io.skald.testkit.simulation.Orders.Failing;
import io.skald.testkit.simulation.Orders.Order;
import java.util.Set;

/** Definitions that say what spent attempts mean, and those whose sagas an operator moves. */
final class Policies {
  /** How many attempts {@link Orders#BRISK} allows. */
  private static final int BUDGET = 3;

  private static final String WHO = "ada";
  private static final String WHY = "as it has to be";

  private final RemoteStep<Order, Done> skipped = refusing("t");
  private final Orders orders;

  Policies(Orders orders) {
    this.orders = orders;
  }

  private static SagaBody<Order> head(String name, Compensatable<Order, ?> first) {
    return Saga.define(name, Order.class).key(Order::id).step(first);
  }

  // ---- steps

  /** Takes effect, and never says so in the first attempts. */
  private RemoteStep<Order, Done> unanswered(String name, int attempts) {
    return Step.named(name, Order.class)
        .remote(
            (order, call) -> {
              orders.ledger().perform(call);
              if (call.attempt() <= attempts) {
                throw new IllegalStateException("connection reset");
              }
            })
        .timeout(Orders.LIMIT)
        .retry(Orders.BRISK);
  }

  private CompensatableStep<Order, Done> compensated(RemoteStep<Order, Done> step) {
    return step.compensation((order, done, call) -> orders.ledger().compensate(call))
        .compensationTimeout(Orders.LIMIT)
        .compensationRetry(Orders.STUBBORN);
  }

  /** Rolled back in the first attempts. */
  private LocalStep<Order, Integer> down(String name, int attempts) {
    return Step.named(name, Order.class)
        .local(
            Integer.class,
            (order, tx) -> {
              orders.move(tx, name, order, -order.cents());
              if (tx.attempt() <= attempts) {
                throw new IllegalStateException("down");
              }
              return order.cents();
            })
        .retry(Orders.BRISK);
  }

  private CompensatableStep<Order, Integer> compensated(LocalStep<Order, Integer> step) {
    return step.compensation((order, cents, tx) -> orders.move(tx, step.name(), order, cents))
        .compensationRetry(Orders.STUBBORN);
  }

  /** Refuses its compensation in the first attempts. */
  private CompensatableStep<Order, Done> refusingCompensation(String name, int attempts) {
    return orders
        .remoteWork(name)
        .retry(Orders.BRISK)
        .compensation(
            (order, done, call) -> {
              if (call.attempt() <= attempts) {
                throw new PermanentFailure("not now");
              }
              orders.ledger().compensate(call);
            })
        .compensationTimeout(Orders.LIMIT)
        .compensationRetry(Orders.STUBBORN);
  }

  private static RemoteStep<Order, Done> refusing(String name) {
    return Step.named(name, Order.class)
        .remote(
            (order, call) -> {
              throw new PermanentFailure("no");
            });
  }

  // ---- what spent attempts mean

  /** Goes on from spent attempts, remote and local ones, before the pivot and after it. */
  SagaDefinition<Order, Done> goingOn() {
    var a = unanswered("a", Integer.MAX_VALUE).ifSpent(Spent.goOnWith(Done.DONE));
    var b = down("b", Integer.MAX_VALUE).ifSpent(Spent.goOnWith(0));
    return head("going-on", compensated(a))
        .step(Step.parallel("group", compensated(b), orders.remote("c")))
        .pivot(orders.pivotVerified("p"))
        .step(unanswered("t", Integer.MAX_VALUE).ifSpent(Spent.goOnWith(Done.DONE)))
        .step(orders.tailLocal("u"))
        .build();
  }

  /** Goes on from a compensation whose attempts are spent, and takes back what it went on from. */
  SagaDefinition<Order, Done> compensationSkipped() {
    var a = unanswered("a", Integer.MAX_VALUE).ifSpent(Spent.goOnWith(Done.DONE));
    var b =
        orders
            .remoteWork("b")
            .retry(Orders.BRISK)
            .compensation(
                (order, done, call) -> {
                  orders.ledger().compensate(call);
                  throw new IllegalStateException("connection reset");
                })
            .compensationTimeout(Orders.LIMIT)
            .compensationRetry(Orders.BRISK)
            .compensationSkippedIfSpent();
    return head("compensation-skipped", compensated(a))
        .step(b)
        .step(orders.local("c"))
        .step(orders.failing("x", Failing.PERMANENTLY))
        .build();
  }

  /** These never are why a saga ended otherwise, unless they were refused, or it was cancelled. */
  static void checkHeeded(InMemorySagaStore store, Set<String> steps) {
    Crowd.checkMovements(store);
    SagaSnapshot found = store.load(store.findByKey("order-1", 1).getFirst().id()).orElseThrow();
    String step = stuckOrFailedAt(found.saga());
    boolean isRefused =
        found.log().stream().filter(row -> row.path().equals(step)).anyMatch(Policies::isRefused);
    if (!isRefused && found.saga().cancelRequestedAt() == null) {
      assertThat(steps)
          .as("%s: %s", found.saga().status(), found.saga().error())
          .doesNotContain(step);
    }
  }

  /** As {@link #checkHeeded} of {@link #compensationSkipped}, which nothing but a refusal stops. */
  static void checkNeverStuck(InMemorySagaStore store) {
    checkHeeded(store, Set.of("a"));
    SagaSnapshot found = store.load(store.findByKey("order-1", 1).getFirst().id()).orElseThrow();
    if (found.log().stream().noneMatch(Policies::isRefused)) {
      assertThat(found.saga().status()).isNotEqualTo(SagaStatus.STUCK);
    }
  }

  private static boolean isRefused(LogRow row) {
    return row.error() != null && row.error().contains("simulated: refused");
  }

  private static String stuckOrFailedAt(SagaRow saga) {
    SagaError error = saga.error();
    return error == null || error.step() == null ? "" : error.step();
  }

  // ---- what an operator does

  /** Retried twice, then skipped, then closed. */
  SagaDefinition<Order, Done> operated() {
    return head("operated", compensated(unanswered("a", BUDGET).ifSpent(Spent.askOperator())))
        .step(compensated(down("b", BUDGET).ifSpent(Spent.askOperator())))
        .pivot(orders.pivotLocal("p"))
        .step(skipped)
        .step(refusing("u"))
        .build();
  }

  /** The operator of {@link #operated}. */
  void operate(SagaOperator operator, SagaRow saga) {
    switch (stuckOrFailedAt(saga)) {
      case "t" -> operator.skip(saga.id(), skipped, Done.DONE, WHO, WHY);
      case "u" -> operator.resolve(saga.id(), WHO, WHY);
      default -> retry(operator, saga);
    }
  }

  /** Cancelled when its attempts are spent; on its way back skipped, then retried. */
  SagaDefinition<Order, Done> operatedBack() {
    return head("operated-back", orders.remote("a"))
        .step(refusingCompensation("b", 1))
        .step(refusingCompensation("c", Integer.MAX_VALUE))
        .step(compensated(unanswered("d", Integer.MAX_VALUE).ifSpent(Spent.askOperator())))
        .build();
  }

  /** The operator of {@link #operatedBack}. */
  void operateBack(SagaOperator operator, SagaRow saga) {
    String step = stuckOrFailedAt(saga);
    if (saga.turnedAroundAt() == null) {
      operator.cancel(saga.id(), WHO, WHY);
    } else if (step.equals("c")) {
      operator.skipCompensation(saga.id(), refusingCompensation("c", 0), WHO, WHY);
    } else {
      retry(operator, saga);
    }
  }

  static void retry(SagaOperator operator, SagaRow saga) {
    operator.retry(saga.id(), WHO, WHY);
  }
}

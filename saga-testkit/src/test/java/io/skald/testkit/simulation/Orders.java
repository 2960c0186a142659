package io.skald.testkit.simulation;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retriable;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaBody;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.Tx;
import io.skald.testkit.InMemoryTables;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Definitions to break, over a participant that keeps a ledger. */
final class Orders {
  static final Retry BRISK =
      Retry.exponential(Duration.ofMillis(200)).delayMax(Duration.ofSeconds(5)).attemptsMax(3);
  static final Retry STUBBORN =
      Retry.exponential(Duration.ofMillis(200)).delayMax(Duration.ofSeconds(5));
  static final Duration LIMIT = Duration.ofSeconds(2);

  private final RemoteLedger ledger = new RemoteLedger();
  private int rows;

  /** How a step fails that is to fail. */
  enum Failing {
    PERMANENTLY,
    TRANSIENTLY,
    ALWAYS
  }

  /**
   * An order.
   *
   * @param id the business key
   * @param cents how much it moves
   */
  record Order(String id, int cents) {}

  RemoteLedger ledger() {
    return ledger;
  }

  void reset() {
    rows = 0;
  }

  // ---- steps

  void move(Tx tx, String step, Order order, int cents) {
    // a row of its own for each time it is done, so that nothing hides a repetition
    String key = "%s/%s of %s/%d".formatted(tx.sagaId(), step, order.id(), ++rows);
    tx.unwrap(InMemoryTables.class).put("movement", key, cents);
  }

  private LocalStep<Order, Integer> localWork(String name) {
    return Step.named(name, Order.class)
        .local(
            Integer.class,
            (order, tx) -> {
              move(tx, name, order, -order.cents());
              return order.cents();
            })
        .retry(BRISK);
  }

  Compensatable<Order, Integer> local(String name) {
    return localWork(name)
        .compensation((order, cents, tx) -> move(tx, name, order, cents))
        .compensationRetry(STUBBORN);
  }

  RemoteStep<Order, Done> remoteWork(String name) {
    return Step.named(name, Order.class)
        .remote((order, call) -> ledger.perform(call))
        .timeout(LIMIT);
  }

  Compensatable<Order, Done> remote(String name) {
    return remoteWork(name)
        .retry(BRISK)
        .compensation((order, done, call) -> ledger.compensate(call))
        .compensationTimeout(LIMIT)
        .compensationRetry(STUBBORN);
  }

  Compensatable<Order, Done> verified(String name) {
    return remoteWork(name)
        .retry(BRISK)
        .verify(
            (order, call) -> {
              ledger.bar(call);
              return ledger.has(call)
                  ? Outcome.succeeded(Done.DONE)
                  : Outcome.failed("it never arrived");
            })
        .compensation((order, done, call) -> ledger.compensate(call))
        .compensationTimeout(LIMIT)
        .compensationRetry(STUBBORN);
  }

  /** Reserved, confirmed once the pivot has succeeded, or cancelled. */
  Compensatable<Order, Done> tcc(String name) {
    return Step.named(name, Order.class)
        .tryRemote(
            Done.class,
            (order, call) -> {
              ledger.perform(call);
              return Done.DONE;
            })
        .timeout(LIMIT)
        .retry(BRISK)
        .confirm((order, done, call) -> ledger.confirm(call))
        .confirmTimeout(LIMIT)
        .confirmRetry(STUBBORN)
        .cancel((order, done, call) -> ledger.cancel(call))
        .compensationTimeout(LIMIT)
        .compensationRetry(STUBBORN);
  }

  /** Handed out; somebody else completes it. */
  Compensatable<Order, String> async(String name, Duration within) {
    return handedOut(
        Step.named(name, Order.class)
            .async(String.class, (order, call) -> ledger.perform(call))
            .within(within)
            .retry(BRISK));
  }

  /** Handed out to somebody who has to say that they are at it. */
  Compensatable<Order, String> asyncAlive(String name, Duration within, Duration heartbeatWithin) {
    return handedOut(
        Step.named(name, Order.class)
            .async(String.class, (order, call) -> ledger.perform(call))
            .within(within)
            .heartbeatWithin(heartbeatWithin)
            .retry(BRISK));
  }

  /** Handed out to somebody who will say that it cannot be done. */
  Compensatable<Order, String> asyncReceived(String name, Duration within) {
    return handedOut(
        Step.named(name, Order.class)
            .async(String.class, (order, call) -> ledger.receive(call))
            .within(within)
            .retry(BRISK));
  }

  /** Handed out by the only attempt there is, which is never answered. */
  Compensatable<Order, String> asyncUnanswered(String name, Duration within) {
    return handedOut(
        Step.named(name, Order.class)
            .async(
                String.class,
                (order, call) -> {
                  ledger.perform(call);
                  throw new IllegalStateException("connection reset");
                })
            .within(within)
            .retry(Retry.never()));
  }

  private Compensatable<Order, String> handedOut(AsyncStep<Order, String> step) {
    return step.timeout(LIMIT)
        .compensation((order, done, call) -> ledger.compensate(call))
        .compensationTimeout(LIMIT)
        .compensationRetry(STUBBORN);
  }

  Compensatable<Order, Done> remoteOnce(String name) {
    return remoteWork(name)
        .atMostOnce()
        .compensation((order, done, call) -> ledger.compensate(call))
        .compensationTimeout(LIMIT)
        .compensationRetry(STUBBORN);
  }

  Retriable<Order, Done> pivotIfUnknown(String name) {
    return remoteWork(name)
        .retry(BRISK)
        .compensationIfUnknown((order, done, call) -> ledger.compensate(call));
  }

  Retriable<Order, Done> pivotVerified(String name) {
    return remoteWork(name)
        .retry(BRISK)
        .verify(
            (order, call) ->
                ledger.has(call) ? Outcome.succeeded(Done.DONE) : Outcome.<Done>unknown());
  }

  Retriable<Order, Done> pivotOnce(String name) {
    return remoteWork(name)
        .atMostOnce()
        .compensationIfUnknown((order, done, call) -> ledger.compensate(call));
  }

  Retriable<Order, Integer> pivotLocal(String name) {
    return localWork(name);
  }

  Retriable<Order, Done> tailRemote(String name) {
    return remoteWork(name).retry(STUBBORN);
  }

  Retriable<Order, Integer> tailLocal(String name) {
    return localWork(name).retry(STUBBORN);
  }

  /** Refused for some orders. */
  Compensatable<Order, Done> failingFor(String name, Predicate<Order> whose) {
    return Step.named(name, Order.class)
        .remote(
            (order, call) -> {
              if (whose.test(order)) {
                throw new PermanentFailure("out of stock");
              }
              ledger.perform(call);
            })
        .timeout(LIMIT)
        .retry(BRISK)
        .compensation((order, done, call) -> ledger.compensate(call))
        .compensationTimeout(LIMIT)
        .compensationRetry(STUBBORN);
  }

  Compensatable<Order, Done> failing(String name, Failing how) {
    return Step.named(name, Order.class)
        .remote(
            (order, call) -> {
              switch (how) {
                case PERMANENTLY -> throw new PermanentFailure("out of stock");
                case ALWAYS -> throw new IllegalStateException("down");
                case TRANSIENTLY -> {
                  if (call.attempt() < 2) {
                    throw new IllegalStateException("busy");
                  }
                  ledger.perform(call);
                }
              }
            })
        .timeout(LIMIT)
        .retry(BRISK)
        .compensation((order, done, call) -> ledger.compensate(call))
        .compensationTimeout(LIMIT)
        .compensationRetry(STUBBORN);
  }

  Compensatable<Order, Done> failingLocal(String name, Failing how) {
    return Step.named(name, Order.class)
        .local(
            (order, tx) -> {
              move(tx, name, order, -1);
              switch (how) {
                case PERMANENTLY -> throw new PermanentFailure("no credit");
                case ALWAYS -> throw new IllegalStateException("down");
                case TRANSIENTLY -> {
                  if (tx.attempt() < 2) {
                    throw new IllegalStateException("busy");
                  }
                }
              }
            })
        .retry(BRISK)
        .compensation((order, done, tx) -> move(tx, name, order, 1))
        .compensationRetry(STUBBORN);
  }

  // ---- definitions

  private static SagaBody<Order> head(String name, Compensatable<Order, ?> first) {
    return Saga.define(name, Order.class).key(Order::id).step(first);
  }

  SagaDefinition<Order, Done> threeLocal() {
    return head("three-local", local("a")).step(local("b")).step(local("c")).build();
  }

  SagaDefinition<Order, Done> threeRemote() {
    return head("three-remote", remote("a")).step(remote("b")).step(remote("c")).build();
  }

  SagaDefinition<Order, Done> mixedPivotIfUnknown() {
    return head("mixed-if-unknown", local("a"))
        .step(remote("b"))
        .pivot(pivotIfUnknown("c"))
        .step(tailRemote("d"))
        .step(tailLocal("e"))
        .build();
  }

  SagaDefinition<Order, Done> mixedPivotVerified() {
    return head("mixed-verified", remote("a"))
        .step(verified("b"))
        .pivot(pivotVerified("c"))
        .step(tailLocal("d"))
        .build();
  }

  SagaDefinition<Order, Done> mixedPivotLocal() {
    return head("mixed-local", remote("a"))
        .step(local("b"))
        .pivot(pivotLocal("c"))
        .step(tailRemote("d"))
        .build();
  }

  SagaDefinition<Order, Done> atMostOnce() {
    return head("at-most-once", remoteOnce("a"))
        .step(local("b"))
        .pivot(pivotOnce("c"))
        .step(tailLocal("d"))
        .build();
  }

  SagaDefinition<Order, Done> failingAt(int position, Failing how) {
    return head("fails-" + position, position == 0 ? failing("a", how) : local("a"))
        .step(position == 1 ? failing("b", how) : remote("b"))
        .step(position == 2 ? failingLocal("c", how) : local("c"))
        .build();
  }

  SagaDefinition<Order, Done> withDeadline() {
    return Saga.define("with-deadline", Order.class)
        .key(Order::id)
        .deadline(Duration.ofMillis(40))
        .step(remote("a"))
        .step(local("b"))
        .step(remote("c"))
        .build();
  }

  /** Attempts that may take longer than a lease. */
  SagaDefinition<Order, Done> slow() {
    Duration longer = Simulation.LEASE.multipliedBy(3);
    var a =
        remoteWork("a")
            .timeout(longer)
            .retry(BRISK)
            .compensation((order, done, call) -> ledger.compensate(call))
            .compensationTimeout(longer)
            .compensationRetry(STUBBORN);
    var b =
        remoteWork("b")
            .timeout(longer)
            .retry(BRISK)
            .compensationIfUnknown((order, done, call) -> ledger.compensate(call));
    return head("slow", a).step(local("c")).pivot(b).step(tailLocal("d")).build();
  }

  List<SagaDefinition<Order, Done>> all() {
    return List.of(
        threeLocal(),
        threeRemote(),
        mixedPivotIfUnknown(),
        mixedPivotVerified(),
        mixedPivotLocal(),
        atMostOnce(),
        withDeadline(),
        slow());
  }
}

package io.skald.testkit.simulation;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.Saga;
import io.skald.saga.SagaBody;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHead;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.ForEachDraft;
import io.skald.saga.step.NeutralStep;
import io.skald.saga.step.ParallelGroup;
import io.skald.testkit.simulation.Orders.Failing;
import io.skald.testkit.simulation.Orders.Order;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/** A definition for each construct of the language, to be broken. */
final class Constructs {
  static final Signal<String> GO = Signal.named("go", String.class);
  static final Duration WITHIN = Duration.ofSeconds(30);
  private static final Instant LATER = Instant.parse("2030-01-01T00:00:20Z");

  private final Orders orders;

  Constructs(Orders orders) {
    this.orders = orders;
  }

  private static SagaBody<Order> head(String name, Compensatable<Order, ?> first) {
    return Saga.define(name, Order.class).key(Order::id).step(first);
  }

  private Compensatable<Order, ?> sequence(String name) {
    return Step.sequence(name, Order.class)
        .step(orders.remote(name + "-1"))
        .step(orders.local(name + "-2"))
        .end();
  }

  // ---- groups

  private ParallelGroup<Order> group() {
    return Step.parallel(
        "group",
        orders.remote("b"),
        orders.local("c"),
        sequence("d"),
        orders.verified("e"),
        orders.remoteOnce("f"));
  }

  SagaDefinition<Order, Done> parallel() {
    return head("parallel", orders.local("a"))
        .step(group())
        .pivot(orders.pivotIfUnknown("p"))
        .step(Step.parallel("tail", orders.tailRemote("t"), orders.tailLocal("u")))
        .build();
  }

  SagaDefinition<Order, Done> compensatedOneByOne() {
    return head("one-by-one", orders.local("a"))
        .step(group())
        .step(orders.failingLocal("x", Failing.PERMANENTLY))
        .build();
  }

  SagaDefinition<Order, Done> compensatedTogether() {
    return head("together", orders.remote("a"))
        .step(group().compensatedTogether())
        .step(orders.remote("w"))
        .step(orders.failingLocal("x", Failing.PERMANENTLY))
        .build();
  }

  SagaDefinition<Order, Done> failingBranch(Failing how) {
    return head("failing-branch", orders.remote("a"))
        .step(
            Step.parallel(
                    "group",
                    orders.remote("b"),
                    orders.failing("x", how),
                    sequence("d"),
                    orders.local("c"))
                .compensatedTogether())
        .build();
  }

  SagaDefinition<Order, Done> failingLocalBranch() {
    return head("failing-local-branch", orders.remote("a"))
        .step(
            Step.parallel(
                "group",
                orders.remote("b"),
                orders.failingLocal("x", Failing.PERMANENTLY),
                orders.verified("d")))
        .build();
  }

  // ---- choices

  SagaDefinition<Order, Done> choice() {
    var choice =
        Step.choice("choice", Order.class, Object.class)
            .on((order, results) -> order.cents() > 100, orders.local("never"))
            .on((order, results) -> order.cents() > 5, sequence("d"))
            .otherwise(orders.remote("neither"));
    var pivot =
        Step.choice("which-pivot", Order.class, Done.class)
            .on((order, results) -> order.cents() > 100, orders.pivotVerified("p"))
            .otherwise(orders.pivotIfUnknown("q"));
    return head("choice", orders.remote("a"))
        .step(choice)
        .pivot(pivot)
        .step(orders.tailLocal("t"))
        .build();
  }

  SagaDefinition<Order, Done> refusal() {
    var choice =
        Step.choice("choice", Order.class, Object.class)
            .on((order, results) -> order.cents() > 100, orders.local("never"))
            .otherwise(Step.refuse("refusal", Order.class, (order, results) -> "too little"));
    return head("refusal", orders.remote("a"))
        .step(Step.parallel("group", choice, orders.remote("b"), orders.local("c")))
        .build();
  }

  // ---- a step for each

  private static List<Order> parts(Order order) {
    return IntStream.rangeClosed(1, 3)
        .mapToObj(number -> new Order(order.id() + "-" + number, number))
        .toList();
  }

  private static ForEachDraft<Order, Order> forEach(String name) {
    return Step.forEach(name, Order.class, Order.class, (order, results) -> parts(order))
        .concurrency(2);
  }

  SagaDefinition<Order, Done> forEach() {
    return head("for-each", orders.local("a"))
        .step(forEach("before").step(orders.remote("b")))
        .pivot(orders.pivotVerified("p"))
        .step(forEach("after").step(orders.tailRemote("t")))
        .build();
  }

  SagaDefinition<Order, Done> forEachLocal() {
    return head("for-each-local", orders.remote("a"))
        .step(forEach("each").step(orders.local("b")))
        .step(orders.failing("x", Failing.PERMANENTLY))
        .build();
  }

  SagaDefinition<Order, Done> forEachFailing() {
    return head("for-each-failing", orders.remote("a"))
        .step(forEach("each").step(orders.failingFor("b", part -> part.cents() == 2)))
        .build();
  }

  // ---- locks

  private SagaHead<Order> locked(String name) {
    return Saga.define(name, Order.class).key(Order::id).lock("shop", order -> "the only one");
  }

  /** Two locks, wanted in one order here and in the other there. */
  SagaDefinition<Order, Done> locked() {
    return locked("locked")
        .lock("till", order -> "1")
        .step(orders.remote("a"))
        .step(orders.local("b"))
        .build();
  }

  SagaDefinition<Order, Done> lockedOtherwise() {
    return Saga.define("locked-otherwise", Order.class)
        .key(Order::id)
        .lock("till", order -> "1")
        .lock("shop", order -> "the only one")
        .step(orders.local("a"))
        .step(orders.failing("x", Failing.PERMANENTLY))
        .build();
  }

  /** A signal is waited for under the lock, so that whoever comes next waits for long. */
  SagaDefinition<Order, Done> lockedAwaiting() {
    return locked("locked-awaiting")
        .step(orders.remote("a"))
        .step(Step.await("await", GO).within(WITHIN).orCompensate())
        .pivot(orders.pivotVerified("p"))
        .build();
  }

  SagaDefinition<Order, Done> lockedImpatient() {
    return locked("locked-impatient")
        .lockWait(LockWait.atMost(Duration.ofSeconds(10)))
        .step(orders.remote("a"))
        .build();
  }

  /** A child that shares what its parent has. */
  SagaDefinition<Order, Done> lockedChild() {
    SagaDefinition<Order, Done> child = locked("locked-child").step(orders.remote("n")).build();
    return locked("locked-with-child")
        .step(orders.remote("a"))
        .step(Step.saga("one", Order.class, child, (o, results) -> part(o)))
        .step(orders.local("b"))
        .build();
  }

  /** A child that is called back, and shares again what its parent has. */
  SagaDefinition<Order, Done> lockedChildCalledBack() {
    SagaDefinition<Order, Done> child =
        locked("locked-child-back").step(orders.remote("n")).build();
    return locked("locked-with-child-back")
        .step(Step.saga("one", Order.class, child, (o, results) -> part(o)))
        .step(orders.failing("x", Failing.PERMANENTLY))
        .build();
  }

  /** A child that wants what its parent has not: the same lock of another key. */
  SagaDefinition<Order, Done> lockedChildRefused() {
    SagaDefinition<Order, Done> child =
        Saga.define("locked-child-refused", Order.class)
            .key(Order::id)
            .lock("shop", Order::id)
            .step(orders.remote("n"))
            .build();
    return locked("locked-with-child-refused")
        .step(orders.remote("a"))
        .step(Step.saga("one", Order.class, child, (o, results) -> part(o)))
        .build();
  }

  // ---- time and signals

  SagaDefinition<Order, Done> delays() {
    NeutralStep<Order, Done> until =
        Step.delayUntil("until", Order.class, (order, results) -> LATER);
    return head("delays", orders.remote("a"))
        .step(
            Step.parallel(
                "group", orders.remote("b"), Step.delay("for-a-while", Duration.ofSeconds(5))))
        .pivot(orders.pivotIfUnknown("p"))
        .step(until)
        .step(orders.tailLocal("t"))
        .build();
  }

  SagaDefinition<Order, Done> awaitOrCompensate() {
    return head("await-or-compensate", orders.remote("a"))
        .step(Step.await("await", GO).within(WITHIN).orCompensate())
        .step(orders.local("b"))
        .build();
  }

  SagaDefinition<Order, Done> awaitOrElse() {
    return head("await-or-else", orders.local("a"))
        .pivot(orders.pivotVerified("p"))
        .step(Step.await("await", GO).within(WITHIN).orElse("nobody said so"))
        .step(orders.tailRemote("t"))
        .build();
  }

  /** Two waits for signals of one name, beside what takes its time. */
  SagaDefinition<Order, Done> awaitBeside() {
    return head("await-beside", orders.remote("a"))
        .step(
            Step.parallel(
                "group",
                Step.await("first", GO).within(WITHIN).orCompensate(),
                orders.remote("b"),
                Step.await("second", GO).within(WITHIN).orElse("nobody said so"),
                sequence("d")))
        .build();
  }

  /** Only what is kept for compensation is left, while a branch waits and another one is called. */
  SagaDefinition<Order, Done> deadline() {
    return Saga.define("deadline", Order.class)
        .key(Order::id)
        .deadline(Duration.ofSeconds(30))
        .keptForCompensation(Duration.ofSeconds(27))
        .step(orders.remote("a"))
        .step(
            Step.parallel(
                "group",
                Step.await("await", GO).within(WITHIN).orCompensate(),
                forEach("each").step(orders.remote("b")),
                orders.local("c")))
        .build();
  }

  // ---- TCC, work handed out, other sagas

  SagaDefinition<Order, Done> tcc() {
    return head("tcc", orders.tcc("a"))
        .step(Step.parallel("group", orders.tcc("b"), orders.remote("c"), orders.local("d")))
        .pivot(orders.pivotIfUnknown("p"))
        .step(orders.tailLocal("t"))
        .step(orders.tailRemote("u"))
        .build();
  }

  /** Without a pivot, in elements, and cancelled. */
  SagaDefinition<Order, Done> tccCancelled() {
    return head("tcc-cancelled", orders.tcc("a"))
        .step(forEach("each").step(orders.tcc("b")))
        .step(orders.failing("x", Failing.PERMANENTLY))
        .build();
  }

  SagaDefinition<Order, Done> async() {
    return head("async", orders.remote("a"))
        .step(Step.parallel("group", handedOut(), orders.remote("c")))
        .step(orders.local("d"))
        .build();
  }

  Compensatable<Order, String> handedOut() {
    return orders.async("b", WITHIN);
  }

  /** Work in elements, of which signs of life are wanted. */
  SagaDefinition<Order, Done> asyncEach() {
    return head("async-each", orders.remote("a"))
        .step(forEach("each").step(handedOutAlive()))
        .step(orders.local("d"))
        .build();
  }

  Compensatable<Order, String> handedOutAlive() {
    return orders.asyncAlive("b", WITHIN.multipliedBy(2), WITHIN.dividedBy(2));
  }

  SagaDefinition<Order, Done> asyncFails() {
    return head("async-fails", orders.remote("a"))
        .step(Step.parallel("group", orders.remote("c"), handedOutInVain()))
        .build();
  }

  Compensatable<Order, String> handedOutInVain() {
    return orders.asyncReceived("b", WITHIN);
  }

  SagaDefinition<Order, Done> asyncUnanswered() {
    return head("async-unanswered", orders.local("a")).step(handedOutUnanswered()).build();
  }

  Compensatable<Order, String> handedOutUnanswered() {
    return orders.asyncUnanswered("b", WITHIN);
  }

  private SagaDefinition<Order, Done> child(String name, Compensatable<Order, ?> last) {
    return head(name, orders.local("m")).step(last).build();
  }

  private static Order part(Order order) {
    return new Order(order.id() + "-part", order.cents());
  }

  SagaDefinition<Order, Done> child() {
    var one =
        Step.saga("one", Order.class, child("child", orders.remote("n")), (o, results) -> part(o));
    return head("with-child", orders.remote("a"))
        .step(Step.parallel("group", one, orders.remote("b")))
        .pivot(orders.pivotVerified("p"))
        .step(orders.tailLocal("t"))
        .build();
  }

  SagaDefinition<Order, Done> childCalledBack() {
    var one =
        Step.saga(
            "one", Order.class, child("called-back", orders.local("n")), (o, results) -> part(o));
    return head("child-called-back", orders.remote("a"))
        .step(one)
        .step(orders.failing("x", Failing.PERMANENTLY))
        .build();
  }

  /** One that cannot be called back, beside what takes its time. */
  SagaDefinition<Order, Done> childAfterPivot() {
    var one =
        Step.saga(
            "one", Order.class, child("child-after", orders.remote("n")), (o, results) -> part(o));
    return head("with-child-after", orders.remote("a"))
        .pivot(orders.pivotVerified("p"))
        .step(Step.parallel("tail", one.afterPivot(), orders.tailRemote("t")))
        .step(orders.tailLocal("u"))
        .build();
  }

  SagaDefinition<Order, Done> childFails() {
    var failing = orders.failing("n", Failing.PERMANENTLY);
    var one = Step.saga("one", Order.class, child("failing", failing), (o, results) -> part(o));
    return head("child-fails", orders.remote("a"))
        .step(Step.parallel("group", one, orders.local("b")))
        .build();
  }

  // ---- nested

  SagaDefinition<Order, Done> nested() {
    var pair = Step.parallel("pair", orders.remote("b"), orders.local("c"));
    var chosen =
        Step.choice("choice", Order.class, Object.class)
            .on((order, results) -> order.cents() == 2, sequence("d"))
            .otherwise(pair.compensatedTogether());
    return head("nested", orders.local("a"))
        .step(Step.parallel("group", forEach("each").step(chosen), orders.remote("e")))
        .step(orders.failingLocal("x", Failing.PERMANENTLY))
        .build();
  }

  SagaDefinition<Order, Done> nestedTail() {
    var inner =
        Step.sequence("sequence", Order.class)
            .step(orders.tailRemote("t"))
            .step(Step.parallel("pair", orders.tailRemote("u"), orders.tailLocal("v")))
            .end();
    return head("nested-tail", orders.remote("a"))
        .pivot(orders.pivotIfUnknown("p"))
        .step(forEach("each").step(inner))
        .build();
  }

  List<SagaDefinition<Order, Done>> all() {
    return List.of(
        parallel(),
        compensatedOneByOne(),
        compensatedTogether(),
        failingBranch(Failing.PERMANENTLY),
        failingLocalBranch(),
        choice(),
        refusal(),
        forEach(),
        forEachLocal(),
        forEachFailing(),
        delays(),
        awaitOrCompensate(),
        awaitOrElse(),
        awaitBeside(),
        deadline(),
        tcc(),
        tccCancelled(),
        async(),
        locked(),
        lockedOtherwise(),
        lockedChild(),
        lockedChildCalledBack(),
        child(),
        childCalledBack(),
        childFails(),
        nested(),
        nestedTail());
  }
}

package io.skald.saga.diagram;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.RetriablePart;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Definitions to be drawn. */
final class Definitions {
  static final Signal<String> APPROVAL = Signal.named("approval", String.class);

  private static final Retry TWICE = Retry.exponential(Duration.ofSeconds(1)).attemptsMax(2);

  private Definitions() {}

  static SagaDefinition<String, Done> plain() {
    return Saga.define("plain", String.class)
        .step(local("book").compensation((in, done, tx) -> {}))
        .step(local("log").needsNoCompensation())
        .pivot(local("pay"))
        .step(remote("send"))
        .build();
  }

  static SagaDefinition<String, Done> locking() {
    return Saga.define("locking", String.class)
        .lock("account", in -> in)
        .lock("account", in -> in + "2")
        .lock("shelf", in -> in)
        .lockWait(LockWait.atMost(Duration.ofMinutes(5)))
        .pivot(Step.named("transfer", String.class).local((in, tx) -> {}))
        .build();
  }

  static SagaDefinition<String, Done> single() {
    return Saga.define("single", String.class)
        .pivot(remote("pay").atMostOnce().compensationIfUnknown((in, done, call) -> {}))
        .build();
  }

  static SagaDefinition<String, Done> withoutPivot() {
    return Saga.define("without-pivot", String.class)
        .step(Step.delay("pause", Duration.ofMinutes(90)))
        .step(compensated("a"))
        .step(Step.parallel("both", compensated("b"), compensated("c")))
        .step(local("last").needsNoCompensation())
        .build();
  }

  /** A choice as the pivot, and one that always ends the way. */
  static SagaDefinition<String, Done> refusing() {
    return Saga.define("refusing", String.class)
        .step(compensated("ask"))
        .step(
            Step.choice("check", String.class, Done.class)
                .on((in, results) -> true, Step.refuse("too-late", String.class, (in, r) -> "late"))
                .otherwise(compensated("hold")))
        .pivot(
            Step.choice("pay", String.class, Done.class)
                .on((in, results) -> true, local("pay-by-invoice"))
                .otherwise(remote("pay-by-card").verify((in, call) -> Outcome.unknown())))
        .step(
            Step.forEach("tell", String.class, String.class, (in, results) -> List.of(in))
                .step(remote("tell-one")))
        .build();
  }

  /** A TCC step, work that is handed out, other sagas, and what spent attempts mean. */
  static SagaDefinition<String, Done> farReaching() {
    return Saga.define("far-reaching", String.class)
        .step(
            Step.named("hold-money", String.class)
                .tryRemote(Done.class, (in, call) -> Done.DONE)
                .confirm((in, done, call) -> {})
                .cancel((in, done, call) -> {})
                .compensationRetry(TWICE)
                .compensationSkippedIfSpent())
        .step(
            Step.named("inspect", String.class)
                .async(String.class, (in, call) -> {})
                .guard("inspectors")
                .within(Duration.ofDays(2))
                .ifSpent(Spent.goOnWith("sound"))
                .compensation((in, found, call) -> {})
                .compensationRetry(TWICE)
                .compensationSkippedIfSpent())
        .step(
            remote("find-seats").guard("seats").ifSpent(Spent.askOperator()).needsNoCompensation())
        .step(Step.saga("book-trip", String.class, withoutPivot(), (in, results) -> in))
        .pivot(local("decide"))
        .step(Step.saga("send-papers", String.class, plain(), (in, results) -> in).afterPivot())
        .step(remote("ask-for-praise").retry(TWICE).ifSpent(Spent.goOnWith(Done.DONE)))
        .step(local("file").retry(TWICE).ifSpent(Spent.askOperator()))
        .build();
  }

  /** Names that a naive identifier or layout would trip over. */
  static SagaDefinition<String, Done> odd() {
    return Saga.define("end", String.class)
        .step(compensated("a--b.-c-"))
        .step(compensated("subgraph"))
        .step(compensated("a-rather-long-name.of_a_step-that-nobody-would-like-to-read-twice-0123"))
        .step(compensated("W".repeat(100)))
        .build();
  }

  /** Every construct, nested two deep. */
  static SagaDefinition<String, Done> rich() {
    return Saga.define("fulfil-order", String.class)
        .version(3)
        .deadline(Duration.ofDays(3))
        .keptForCompensation(Duration.ofHours(2))
        .step(local("create-order").compensation((in, done, tx) -> {}))
        .step(local("read-price-list").needsNoCompensation())
        .step(prepare())
        .step(approve())
        .step(partialShipments())
        .pivot(
            remote("charge-card")
                .guard("bank")
                .verify((in, call) -> Outcome.unknown())
                .compensationIfUnknown((in, done, call) -> {}))
        .step(tell())
        .step(Step.delayUntil("cool-off", String.class, (in, results) -> Instant.EPOCH))
        .step(local("close-order"))
        .build();
  }

  private static Compensatable<String, Done> prepare() {
    return Step.parallel(
            "prepare",
            compensated("reserve-stock"),
            Step.sequence("plan", String.class)
                .step(remote("find-route").guard("maps").needsNoCompensation())
                .step(remote("book-truck").atMostOnce().compensation((in, done, call) -> {}))
                .step(local("note-route").compensation((in, done, tx) -> {}))
                .end(),
            compensated("hold-slot"))
        .compensatedTogether();
  }

  private static CompensatablePart<String, Object> approve() {
    return Step.choice("approve", String.class, Object.class)
        .on((in, results) -> in.isEmpty(), Step.refuse("reject", String.class, (in, r) -> "empty"))
        .on(
            (in, results) -> in.length() > 9,
            Step.await("ask-manager", APPROVAL).within(Duration.ofDays(2)).orCompensate())
        .on(
            (in, results) -> in.length() > 5,
            Step.await("ask-clerk", APPROVAL).within(Duration.ofHours(30)).orElse("yes"))
        .otherwiseNothing();
  }

  private static CompensatablePart<String, List<Done>> partialShipments() {
    return Step.forEach(
            "partial-shipments", String.class, String.class, (in, results) -> List.of(in))
        .concurrency(4)
        .step(
            Step.sequence("partial-shipment", String.class)
                .step(compensated("pack-parcel"))
                .step(compensated("hand-over"))
                .end());
  }

  private static RetriablePart<String, Done> tell() {
    return Step.parallel("tell", local("tell-customer"), remote("tell-warehouse"));
  }

  static CompensatableStep<String, Done> compensated(String name) {
    return remote(name).compensation((in, done, call) -> {});
  }

  static RemoteStep<String, Done> remote(String name) {
    return Step.named(name, String.class).remote((in, call) -> {});
  }

  static LocalStep<String, Done> local(String name) {
    return Step.named(name, String.class).local((in, tx) -> {});
  }
}

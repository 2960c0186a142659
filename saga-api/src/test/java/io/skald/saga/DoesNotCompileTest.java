package io.skald.saga;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes the compiler catches, each beside the neighbouring form that is right. */
class DoesNotCompileTest {
  static Stream<Mistake> places() {
    return Stream.of(
        new Mistake(
            "a compensatable step as pivot",
            "saga().pivot(compensated())",
            "saga().pivot(local())"),
        new Mistake(
            "a compensatable step as a later pivot",
            "saga().step(compensated()).pivot(compensated().as(\"b\"))",
            "saga().step(compensated()).pivot(local().as(\"b\"))"),
        new Mistake(
            "a step without a word on compensation first",
            "saga().step(local())",
            "saga().step(local().needsNoCompensation())"),
        new Mistake(
            "a step without a word on compensation before the pivot",
            "saga().step(compensated()).step(remote())",
            "saga().step(compensated()).step(remote().needsNoCompensation())"),
        new Mistake(
            "a compensatable step after the pivot",
            "saga().pivot(local()).step(compensated().as(\"b\"))",
            "saga().pivot(local()).step(local().as(\"b\"))"),
        new Mistake(
            "a second pivot",
            "saga().pivot(local()).pivot(local().as(\"b\"))",
            "saga().pivot(local()).step(local().as(\"b\"))"),
        new Mistake("a saga without steps", "saga().build()", "saga().pivot(local()).build()"),
        new Mistake(
            "what holds for the whole after the first step",
            "saga().step(compensated()).key(Order::id)",
            "saga().key(Order::id).step(compensated())"));
  }

  static Stream<Mistake> options() {
    return Stream.of(
        new Mistake(
            "a time limit of the step after its compensation",
            "compensated().timeout(Duration.ofSeconds(1))",
            "compensated().compensationTimeout(Duration.ofSeconds(1))"),
        new Mistake(
            "a retry of the step after its compensation",
            "compensated().retry(Retry.never())",
            "local().retry(Retry.never()).compensation((order, row, tx) -> {})"),
        new Mistake(
            "permanent failures of the step after its compensation",
            "compensated().permanent(Error.class)",
            "compensated().compensationPermanent(Error.class)"),
        new Mistake(
            "a compensation option before the compensation",
            "local().compensationRetry(Retry.never())",
            "compensated().compensationRetry(Retry.never())"),
        new Mistake(
            "a time limit of a pivot after its compensation",
            "ifUnknown().timeout(Duration.ofSeconds(1))",
            "ifUnknown().compensationTimeout(Duration.ofSeconds(1))"),
        new Mistake(
            "a verification of a pivot after its compensation",
            "ifUnknown().verify((order, call) -> Outcome.unknown())",
            "remote().verify((o, c) -> Outcome.unknown()).compensationIfUnknown((o, t, c) -> {})"),
        new Mistake(
            "a compensation option before the compensation of a pivot",
            "remote().compensationTimeout(Duration.ofSeconds(1))",
            "ifUnknown().compensationRetry(Retry.never()).compensationPermanent(Error.class)"),
        new Mistake(
            "a pivot compensated if unknown before the pivot",
            "saga().step(ifUnknown())",
            "saga().pivot(ifUnknown())"),
        new Mistake(
            "a compensation after the one for the unknown",
            "ifUnknown().compensation((order, ticket, call) -> {})",
            "remote().compensation((order, ticket, call) -> {})"),
        new Mistake(
            "two compensations for the unknown",
            "ifUnknown().compensationIfUnknown((order, ticket, call) -> {})",
            "remote().compensationIfUnknown((order, ticket, call) -> {})"),
        new Mistake(
            "no need of a compensation after the one for the unknown",
            "ifUnknown().needsNoCompensation()",
            "remote().needsNoCompensation()"),
        new Mistake(
            "two compensations",
            "compensated().compensation((order, row, tx) -> {})",
            "local().compensation((order, row, tx) -> {})"),
        new Mistake(
            "a verification of a local step",
            "local().verify((order, call) -> Outcome.unknown())",
            "remote().verify((order, call) -> Outcome.unknown())"),
        new Mistake("a local step at most once", "local().atMostOnce()", "remote().atMostOnce()"),
        new Mistake(
            "a local pivot compensated if unknown",
            "local().compensationIfUnknown((order, row, call) -> {})",
            "remote().compensationIfUnknown((order, ticket, call) -> {})"),
        new Mistake(
            "a draft without work",
            "saga().pivot(Step.named(\"a\", Order.class))",
            "saga().pivot(Step.named(\"a\", Order.class).local((order, tx) -> {}))"),
        new Mistake(
            "a permanent failure that is no throwable",
            "remote().permanent(String.class)",
            "remote().permanent(IllegalStateException.class)"));
  }

  static Stream<Mistake> keys() {
    return Stream.of(
        new Mistake(
            "the idempotency key in a compensation",
            "remote().compensation((order, ticket, call) -> call.idempotencyKey().strip())",
            "remote().compensation((order, ticket, call) -> call.actionKey().strip())"),
        new Mistake(
            "the idempotency key in a compensation of a pivot",
            "remote().compensationIfUnknown((o, t, call) -> call.idempotencyKey().strip())",
            "remote().compensationIfUnknown((o, t, call) -> call.compensationKey().strip())"),
        new Mistake(
            "an idempotency key in a transaction",
            "Step.named(\"a\", Order.class).local((order, tx) -> tx.idempotencyKey().strip())",
            "Step.named(\"a\", Order.class).local((order, tx) -> tx.businessKey().strip())"),
        new Mistake(
            "the result of a remote step as if it were certain",
            "remote().compensation((order, ticket, call) -> ticket.id().strip())",
            "remote().compensation((order, ticket, call) -> ticket.map(Ticket::id))"));
  }

  static Stream<Mistake> types() {
    String other = "Step.named(\"a\", String.class).local((text, tx) -> {})";
    return Stream.of(
        new Mistake(
            "a step of another input",
            "saga().pivot(" + other + ")",
            "saga().pivot(" + other + ".from(Order.class, (order, results) -> order.id()))"),
        new Mistake(
            "a compensatable step of another input",
            "saga().step(" + other + ".needsNoCompensation())",
            "saga().step("
                + other
                + ".needsNoCompensation().from(Order.class, (order, results) -> order.id()))"),
        new Mistake(
            "a derivation of another type",
            other + ".from(Order.class, (order, results) -> order)",
            other + ".from(Order.class, (order, results) -> order.id())"),
        new Mistake(
            "a result taken for another type",
            "saga().pivot(local()).returning(Ticket.class, (o, r) -> r.resultOf(local()))",
            "saga().pivot(local()).returning(Row.class, (o, r) -> r.resultOf(local()))"),
        new Mistake(
            "a result of a generic type taken for another",
            "saga().pivot(local())"
                + ".returning(TypeRef.listOf(Ticket.class), (o, r) -> List.of(new Row(\"1\")))",
            "saga().pivot(local())"
                + ".returning(TypeRef.listOf(Row.class), (o, r) -> List.of(new Row(\"1\")))"),
        new Mistake(
            "an action that answers another type",
            "Step.named(\"a\", Order.class).local(Ticket.class, (order, tx) -> new Row(\"1\"))",
            "Step.named(\"a\", Order.class).local(Row.class, (order, tx) -> new Row(\"1\"))"),
        new Mistake(
            "a verification that answers another type",
            "remote().verify((order, call) -> Outcome.succeeded(new Row(\"1\")))",
            "remote().verify((order, call) -> Outcome.succeeded(new Ticket(\"1\")))"),
        new Mistake(
            "a key that is no text", "saga().key(order -> 42)", "saga().key(order -> \"42\")"));
  }

  static Stream<Mistake> beans() {
    return Stream.of(
        new Mistake(
            "a compensation bean of another result",
            "Step.named(\"a\", Order.class).remote(Done.class, (RemoteAction<Order, Done>) null)"
                + ".compensation(TicketBean.class)",
            "remote().compensation(TicketBean.class)"),
        new Mistake(
            "a remote bean as a local compensation",
            "local().compensation(TicketBean.class)",
            "local().compensation(RowBean.class)"),
        new Mistake(
            "a local bean as a remote action",
            "Step.named(\"a\", Order.class).remote(Row.class, RowBean.class)",
            "Step.named(\"a\", Order.class).local(Row.class, RowBean.class)"),
        new Mistake(
            "an action bean of another result",
            "Step.named(\"a\", Order.class).local(Ticket.class, RowBean.class)",
            "Step.named(\"a\", Order.class).remote(Ticket.class, TicketBean.class)"),
        new Mistake(
            "an action bean of another input",
            "Step.named(\"a\", Order.class).local(Row.class, StringBean.class)",
            "Step.named(\"a\", Order.class).local(Row.class, AnyBean.class)"
                + ".compensation(AnyBean.class)"),
        new Mistake(
            "a bean without a contract",
            "local().compensation(Row.class)",
            "local().compensation(AnyBean.class)"));
  }

  private static final Map<String, List<String>> ERRORS =
      Mistake.errorsIn(
          Stream.of(places(), options(), keys(), types(), beans()).flatMap(all -> all));

  @ParameterizedTest(name = "{0}")
  @MethodSource({"places", "options", "keys", "types", "beans"})
  void doesNotCompileAndItsNeighbourDoes(Mistake mistake) {
    mistake.isTheOneThatIsRefused(ERRORS);
  }
}

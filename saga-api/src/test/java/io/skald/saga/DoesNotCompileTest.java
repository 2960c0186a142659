package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes the compiler catches, each beside the neighbouring form that is right. */
class DoesNotCompileTest {

  private static final String FRAME =
      """
      package %s;

      import io.skald.saga.*;
      import io.skald.saga.step.*;
      import java.time.Duration;
      import java.util.*;

      class Snippet {
        record Order(String id) {}
        record Row(String id) {}
        record Ticket(String id) {}

        static LocalStep<Order, Row> local() {
          return Step.named("local", Order.class).local(Row.class, (order, tx) -> new Row("1"));
        }
        static RemoteStep<Order, Ticket> remote() {
          return Step.named("remote", Order.class)
              .remote(Ticket.class, (order, call) -> new Ticket(call.idempotencyKey()));
        }
        static CompensatableStep<Order, Row> compensated() {
          return local().compensation((order, row, tx) -> {});
        }
        static PivotStep<Order, Ticket> ifUnknown() {
          return remote().compensationIfUnknown((order, ticket, call) -> {});
        }
        static SagaHead<Order> saga() {
          return Saga.define("order", Order.class);
        }

        static final class RowBean
            implements LocalAction<Order, Row>, LocalCompensation<Order, Row> {
          public Row execute(Order order, Tx tx) { return new Row("1"); }
          public void compensate(Order order, Row row, Tx tx) {}
        }
        static final class TicketBean
            implements RemoteAction<Order, Ticket>, RemoteCompensation<Order, Ticket> {
          public Ticket execute(Order order, Call call) { return new Ticket("1"); }
          public void compensate(Order order, Optional<Ticket> ticket, CompensationCall call) {}
        }
        static final class AnyBean
            implements LocalAction<Object, Row>, LocalCompensation<Object, Object> {
          public Row execute(Object order, Tx tx) { return new Row("1"); }
          public void compensate(Object order, Object row, Tx tx) {}
        }
        static final class StringBean implements LocalAction<String, Row> {
          public Row execute(String order, Tx tx) { return new Row("1"); }
        }

        Object snippet() {
          return %s;
        }
      }
      """;

  /**
   * A mistake and its neighbour.
   *
   * @param what what is wrong with it
   * @param wrong the mistake
   * @param right the neighbour
   */
  record Pair(String what, String wrong, String right) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Pair> places() {
    return Stream.of(
        new Pair(
            "a compensatable step as pivot",
            "saga().pivot(compensated())",
            "saga().pivot(local())"),
        new Pair(
            "a compensatable step as a later pivot",
            "saga().step(compensated()).pivot(compensated().as(\"b\"))",
            "saga().step(compensated()).pivot(local().as(\"b\"))"),
        new Pair(
            "a step without a word on compensation first",
            "saga().step(local())",
            "saga().step(local().needsNoCompensation())"),
        new Pair(
            "a step without a word on compensation before the pivot",
            "saga().step(compensated()).step(remote())",
            "saga().step(compensated()).step(remote().needsNoCompensation())"),
        new Pair(
            "a compensatable step after the pivot",
            "saga().pivot(local()).step(compensated().as(\"b\"))",
            "saga().pivot(local()).step(local().as(\"b\"))"),
        new Pair(
            "a second pivot",
            "saga().pivot(local()).pivot(local().as(\"b\"))",
            "saga().pivot(local()).step(local().as(\"b\"))"),
        new Pair("a saga without steps", "saga().build()", "saga().pivot(local()).build()"),
        new Pair(
            "what holds for the whole after the first step",
            "saga().step(compensated()).key(Order::id)",
            "saga().key(Order::id).step(compensated())"));
  }

  static Stream<Pair> options() {
    return Stream.of(
        new Pair(
            "a time limit of the step after its compensation",
            "compensated().timeout(Duration.ofSeconds(1))",
            "compensated().compensationTimeout(Duration.ofSeconds(1))"),
        new Pair(
            "a retry of the step after its compensation",
            "compensated().retry(Retry.never())",
            "local().retry(Retry.never()).compensation((order, row, tx) -> {})"),
        new Pair(
            "permanent failures of the step after its compensation",
            "compensated().permanent(Error.class)",
            "compensated().compensationPermanent(Error.class)"),
        new Pair(
            "a compensation option before the compensation",
            "local().compensationRetry(Retry.never())",
            "compensated().compensationRetry(Retry.never())"),
        new Pair(
            "a time limit of a pivot after its compensation",
            "ifUnknown().timeout(Duration.ofSeconds(1))",
            "ifUnknown().compensationTimeout(Duration.ofSeconds(1))"),
        new Pair(
            "a verification of a pivot after its compensation",
            "ifUnknown().verify((order, call) -> Outcome.unknown())",
            "remote().verify((o, c) -> Outcome.unknown()).compensationIfUnknown((o, t, c) -> {})"),
        new Pair(
            "a compensation option before the compensation of a pivot",
            "remote().compensationTimeout(Duration.ofSeconds(1))",
            "ifUnknown().compensationRetry(Retry.never()).compensationPermanent(Error.class)"),
        new Pair(
            "a pivot compensated if unknown before the pivot",
            "saga().step(ifUnknown())",
            "saga().pivot(ifUnknown())"),
        new Pair(
            "a compensation after the one for the unknown",
            "ifUnknown().compensation((order, ticket, call) -> {})",
            "remote().compensation((order, ticket, call) -> {})"),
        new Pair(
            "two compensations for the unknown",
            "ifUnknown().compensationIfUnknown((order, ticket, call) -> {})",
            "remote().compensationIfUnknown((order, ticket, call) -> {})"),
        new Pair(
            "no need of a compensation after the one for the unknown",
            "ifUnknown().needsNoCompensation()",
            "remote().needsNoCompensation()"),
        new Pair(
            "two compensations",
            "compensated().compensation((order, row, tx) -> {})",
            "local().compensation((order, row, tx) -> {})"),
        new Pair(
            "a verification of a local step",
            "local().verify((order, call) -> Outcome.unknown())",
            "remote().verify((order, call) -> Outcome.unknown())"),
        new Pair("a local step at most once", "local().atMostOnce()", "remote().atMostOnce()"),
        new Pair(
            "a local pivot compensated if unknown",
            "local().compensationIfUnknown((order, row, call) -> {})",
            "remote().compensationIfUnknown((order, ticket, call) -> {})"),
        new Pair(
            "a draft without work",
            "saga().pivot(Step.named(\"a\", Order.class))",
            "saga().pivot(Step.named(\"a\", Order.class).local((order, tx) -> {}))"),
        new Pair(
            "a permanent failure that is no throwable",
            "remote().permanent(String.class)",
            "remote().permanent(IllegalStateException.class)"));
  }

  static Stream<Pair> keys() {
    return Stream.of(
        new Pair(
            "the idempotency key in a compensation",
            "remote().compensation((order, ticket, call) -> call.idempotencyKey().strip())",
            "remote().compensation((order, ticket, call) -> call.actionKey().strip())"),
        new Pair(
            "the idempotency key in a compensation of a pivot",
            "remote().compensationIfUnknown((o, t, call) -> call.idempotencyKey().strip())",
            "remote().compensationIfUnknown((o, t, call) -> call.compensationKey().strip())"),
        new Pair(
            "an idempotency key in a transaction",
            "Step.named(\"a\", Order.class).local((order, tx) -> tx.idempotencyKey().strip())",
            "Step.named(\"a\", Order.class).local((order, tx) -> tx.businessKey().strip())"),
        new Pair(
            "the result of a remote step as if it were certain",
            "remote().compensation((order, ticket, call) -> ticket.id().strip())",
            "remote().compensation((order, ticket, call) -> ticket.map(Ticket::id))"));
  }

  static Stream<Pair> types() {
    String other = "Step.named(\"a\", String.class).local((text, tx) -> {})";
    return Stream.of(
        new Pair(
            "a step of another input",
            "saga().pivot(" + other + ")",
            "saga().pivot(" + other + ".from(Order.class, (order, results) -> order.id()))"),
        new Pair(
            "a compensatable step of another input",
            "saga().step(" + other + ".needsNoCompensation())",
            "saga().step("
                + other
                + ".needsNoCompensation().from(Order.class, (order, results) -> order.id()))"),
        new Pair(
            "a derivation of another type",
            other + ".from(Order.class, (order, results) -> order)",
            other + ".from(Order.class, (order, results) -> order.id())"),
        new Pair(
            "a result taken for another type",
            "saga().pivot(local()).returning(Ticket.class, (o, r) -> r.resultOf(local()))",
            "saga().pivot(local()).returning(Row.class, (o, r) -> r.resultOf(local()))"),
        new Pair(
            "a result of a generic type taken for another",
            "saga().pivot(local())"
                + ".returning(TypeRef.listOf(Ticket.class), (o, r) -> List.of(new Row(\"1\")))",
            "saga().pivot(local())"
                + ".returning(TypeRef.listOf(Row.class), (o, r) -> List.of(new Row(\"1\")))"),
        new Pair(
            "an action that answers another type",
            "Step.named(\"a\", Order.class).local(Ticket.class, (order, tx) -> new Row(\"1\"))",
            "Step.named(\"a\", Order.class).local(Row.class, (order, tx) -> new Row(\"1\"))"),
        new Pair(
            "a verification that answers another type",
            "remote().verify((order, call) -> Outcome.succeeded(new Row(\"1\")))",
            "remote().verify((order, call) -> Outcome.succeeded(new Ticket(\"1\")))"),
        new Pair(
            "a key that is no text", "saga().key(order -> 42)", "saga().key(order -> \"42\")"));
  }

  static Stream<Pair> beans() {
    return Stream.of(
        new Pair(
            "a compensation bean of another result",
            "Step.named(\"a\", Order.class).remote(Done.class, (RemoteAction<Order, Done>) null)"
                + ".compensation(TicketBean.class)",
            "remote().compensation(TicketBean.class)"),
        new Pair(
            "a remote bean as a local compensation",
            "local().compensation(TicketBean.class)",
            "local().compensation(RowBean.class)"),
        new Pair(
            "a local bean as a remote action",
            "Step.named(\"a\", Order.class).remote(Row.class, RowBean.class)",
            "Step.named(\"a\", Order.class).local(Row.class, RowBean.class)"),
        new Pair(
            "an action bean of another result",
            "Step.named(\"a\", Order.class).local(Ticket.class, RowBean.class)",
            "Step.named(\"a\", Order.class).remote(Ticket.class, TicketBean.class)"),
        new Pair(
            "an action bean of another input",
            "Step.named(\"a\", Order.class).local(Row.class, StringBean.class)",
            "Step.named(\"a\", Order.class).local(Row.class, AnyBean.class)"
                + ".compensation(AnyBean.class)"),
        new Pair(
            "a bean without a contract",
            "local().compensation(Row.class)",
            "local().compensation(AnyBean.class)"));
  }

  /** All of them at once: a compiler takes longer to warm up than to do its work. */
  private static final Map<String, List<String>> ERRORS = Compilation.errorsIn(sources());

  private static Map<String, String> sources() {
    var sources = new HashMap<String, String>();
    Stream.of(places(), options(), keys(), types(), beans())
        .flatMap(pairs -> pairs)
        .forEach(
            pair -> {
              sources.put(path("wrong", pair), source("wrong", pair, pair.wrong()));
              sources.put(path("right", pair), source("right", pair, pair.right()));
            });
    return sources;
  }

  private static String packageOf(String form, Pair pair) {
    return form + "." + pair.what().replaceAll("[^a-z]", "_");
  }

  private static String path(String form, Pair pair) {
    return packageOf(form, pair).replace('.', '/') + "/Snippet.java";
  }

  private static String source(String form, Pair pair, String snippet) {
    return FRAME.formatted(packageOf(form, pair), snippet);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"places", "options", "keys", "types", "beans"})
  void doesNotCompileAndItsNeighbourDoes(Pair pair) {
    assertThat(ERRORS.getOrDefault(path("right", pair), List.of())).as("the right form").isEmpty();
    assertThat(ERRORS.getOrDefault(path("wrong", pair), List.of()))
        .as("the mistake")
        .isNotEmpty()
        .allMatch(error -> error.matches("compiler\\.err\\.(prob|cant)\\.(?s:.*)"));
  }
}

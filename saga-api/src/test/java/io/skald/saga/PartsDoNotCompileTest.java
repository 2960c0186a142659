package io.skald.saga;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes in steps that hold other steps, wait or decide, as far as the compiler catches them. */
class PartsDoNotCompileTest {

  static Stream<Mistake> sides() {
    return Stream.of(
        new Mistake(
            "a compensatable step in a group after the pivot",
            "saga().pivot(local()).step(Step.parallel(\"g\", remote(), compensated().as(\"b\")))",
            "saga().pivot(local()).step(Step.parallel(\"g\", remote(), local().as(\"b\")))"),
        new Mistake(
            "a group of compensatable steps after the pivot",
            "saga().pivot(local()).step(Step.parallel(\"g\", compensated().as(\"b\")))",
            "saga().pivot(local()).step(Step.parallel(\"g\", local().as(\"b\")))"),
        new Mistake(
            "a group of retriable steps before the pivot",
            "saga().step(Step.parallel(\"g\", local(), remote()))",
            "saga().step(Step.parallel(\"g\", compensated(), remote().needsNoCompensation()))"),
        new Mistake(
            "a delay beside retriable steps without a word",
            "Step.parallel(\"g\", remote(), pause())",
            "Step.parallel(\"g\", remote(), pause().afterPivot())"),
        new Mistake(
            "a sequence that changes sides",
            "sequence().step(compensated()).step(remote())",
            "sequence().step(compensated()).step(remote().needsNoCompensation())"),
        new Mistake(
            "a sequence that changes sides the other way",
            "sequence().step(remote()).step(compensated())",
            "sequence().step(remote()).step(local())"),
        new Mistake(
            "a choice that changes sides",
            "choice().on((o, r) -> true, remote()).otherwise(ofRow().needsNoCompensation()"
                + ".from(Order.class, (o, r) -> new Row(\"1\")))",
            "choice().on((o, r) -> true, remote()).otherwise(ofRow()"
                + ".from(Order.class, (o, r) -> new Row(\"1\")))"),
        new Mistake(
            "a sequence of compensatable steps after the pivot",
            "saga().pivot(local()).step(sequence().step(compensated().as(\"b\")).end())",
            "saga().pivot(local()).step(sequence().step(remote()).end())"),
        new Mistake(
            "a forEach of a compensatable step after the pivot",
            "saga().pivot(local()).step(each().step(ofRow().needsNoCompensation()))",
            "saga().pivot(local()).step(each().step(ofRow()))"),
        new Mistake(
            "a forEach of a retriable step before the pivot",
            "saga().step(each().step(ofRow()))",
            "saga().step(each().step(ofRow().needsNoCompensation()))"),
        new Mistake(
            "a pivot in a group before the pivot",
            "saga().step(Step.parallel(\"g\", compensated(), ifUnknown()))",
            "saga().step(Step.parallel(\"g\", compensated())).pivot(ifUnknown())"),
        new Mistake(
            "a pivot in a choice before the pivot",
            "saga().step(choice().on((o, r) -> true, ifUnknown()).otherwiseNothing())",
            "saga().pivot(choice().on((o, r) -> true, ifUnknown()).otherwiseNothing())"));
  }

  static Stream<Mistake> ends() {
    return Stream.of(
        new Mistake("a refusal as the pivot", "saga().pivot(refusal())", "saga().step(refusal())"),
        new Mistake(
            "a refusal after the pivot",
            "saga().pivot(local()).step(refusal())",
            "saga().step(refusal()).pivot(local())"),
        new Mistake(
            "a refusal in a choice after the pivot",
            "choice().on((o, r) -> true, remote()).otherwise(refusal())",
            "choice().on((o, r) -> true, remote().needsNoCompensation()).otherwise(refusal())"),
        new Mistake(
            "a wait that compensates after the pivot",
            "saga().pivot(local()).step(await().within(Duration.ofDays(1)).orCompensate())",
            "saga().pivot(local())"
                + ".step(await().within(Duration.ofDays(1)).orElse(new Ticket(\"none\")))"),
        new Mistake(
            "a wait that compensates as the pivot",
            "saga().pivot(await().within(Duration.ofDays(1)).orCompensate())",
            "saga().step(await().within(Duration.ofDays(1)).orCompensate()).pivot(local())"),
        new Mistake("a delay as the pivot", "saga().pivot(pause())", "saga().step(pause())"),
        new Mistake(
            "a wait without a time limit",
            "saga().step(await())",
            "saga().step(await().within(Duration.ofDays(1)).orCompensate())"),
        new Mistake(
            "a wait that does not say what silence means",
            "saga().step(await().within(Duration.ofDays(1)))",
            "saga().step(await().within(Duration.ofDays(1)).orCompensate())"),
        new Mistake(
            "a choice that does not say what is done otherwise",
            "saga().step(choice().on((o, r) -> true, refusal()))",
            "saga().step(choice().on((o, r) -> true, refusal()).otherwiseNothing())"),
        new Mistake(
            "a choice without a case",
            "choice().otherwiseNothing()",
            "choice().on((o, r) -> true, refusal()).otherwiseNothing()"),
        new Mistake(
            "a choice with two ends",
            "choice().on((o, r) -> true, refusal()).otherwiseNothing().otherwise(refusal())",
            "choice().on((o, r) -> true, refusal()).otherwise(refusal().as(\"b\"))"),
        new Mistake(
            "a case after the end of a choice",
            "choice().on((o, r) -> true, refusal()).otherwiseNothing().on((o, r) -> true,"
                + " refusal())",
            "choice().on((o, r) -> true, refusal()).on((o, r) -> true, refusal())"
                + ".otherwiseNothing()"),
        new Mistake(
            "a sequence without a step",
            "sequence().end()",
            "sequence().step(compensated()).end()"),
        new Mistake(
            "a sequence without its end",
            "saga().step(sequence().step(compensated()))",
            "saga().step(sequence().step(compensated()).end())"),
        new Mistake(
            "a group without a branch",
            "Step.parallel(\"g\")",
            "Step.parallel(\"g\", compensated())"),
        new Mistake(
            "a forEach without a step",
            "saga().step(each())",
            "saga().step(each().step(ofRow().needsNoCompensation()))"));
  }

  static Stream<Mistake> options() {
    return Stream.of(
        new Mistake(
            "a group compensated together after the pivot",
            "Step.parallel(\"g\", remote()).compensatedTogether()",
            "Step.parallel(\"g\", compensated()).compensatedTogether()"),
        new Mistake(
            "a sequence compensated together",
            "sequence().step(compensated()).end().compensatedTogether()",
            "Step.parallel(\"g\", sequence().step(compensated()).end()).compensatedTogether()"),
        new Mistake(
            "a concurrency after the step of a forEach",
            "each().step(ofRow()).concurrency(2)",
            "each().concurrency(2).step(ofRow())"),
        new Mistake(
            "a time limit of a group",
            "Step.parallel(\"g\", remote()).timeout(Duration.ofSeconds(1))",
            "Step.parallel(\"g\", remote().timeout(Duration.ofSeconds(1)))"),
        new Mistake(
            "a compensation of a group",
            "Step.parallel(\"g\", remote()).compensation((order, done, call) -> {})",
            "Step.parallel(\"g\", remote().compensation((order, ticket, call) -> {}))"),
        new Mistake(
            "a retry of a wait",
            "await().retry(Retry.never())",
            "await().within(Duration.ofDays(1))"),
        new Mistake(
            "two time limits of a wait",
            "await().within(Duration.ofDays(1)).within(Duration.ofDays(2))",
            "await().within(Duration.ofDays(2))"),
        new Mistake(
            "a wait that compensates and goes on",
            "await().within(Duration.ofDays(1)).orCompensate().orElse(new Ticket(\"1\"))",
            "await().within(Duration.ofDays(1)).orElse(new Ticket(\"1\"))"),
        new Mistake(
            "a delay in numbers",
            "Step.delay(\"d\", 60)",
            "Step.delay(\"d\", Duration.ofHours(1))"),
        new Mistake(
            "a delay until a span of time",
            "Step.delayUntil(\"d\", Order.class, (order, results) -> Duration.ofHours(1))",
            "Step.delayUntil(\"d\", Order.class, (order, results) -> java.time.Instant.MIN)"),
        new Mistake(
            "a compensatable step made one for after the pivot",
            "compensated().afterPivot()",
            "pause().afterPivot()"));
  }

  static Stream<Mistake> types() {
    return Stream.of(
        new Mistake(
            "a branch of a choice with another result",
            "choice().on((o, r) -> true, compensated())",
            "choice().on((o, r) -> true, remote().needsNoCompensation())"),
        new Mistake(
            "an otherwise with another result",
            "choice().on((o, r) -> true, remote()).otherwise(local())",
            "choice().on((o, r) -> true, remote()).otherwise(remote().as(\"b\"))"),
        new Mistake(
            "a delay where a choice has a result",
            "choice().on((o, r) -> true, pause())",
            "Step.choice(\"c\", Order.class, Done.class).on((o, r) -> true, pause())"),
        new Mistake(
            "a condition that answers no truth",
            "choice().on((order, results) -> order.id(), refusal())",
            "choice().on((order, results) -> order.id().isEmpty(), refusal())"),
        new Mistake(
            "a condition on another type",
            "choice().on((Row row, Results results) -> true, refusal())",
            "choice().on((Order order, Results results) -> true, refusal())"),
        new Mistake(
            "a choice of steps of another input",
            "choice().on((o, r) -> true, ofRow())",
            "choice().on((o, r) -> true, ofRow().from(Order.class, (o, r) -> new Row(o.id())))"),
        new Mistake(
            "a step of another element",
            "each().step(remote())",
            "each().step(remote().from(Row.class, (row, results) -> new Order(row.id())))"),
        new Mistake(
            "elements of another type",
            "Step.forEach(\"f\", Order.class, Row.class, (order, results) -> List.of(order))",
            "Step.forEach(\"f\", Order.class, Order.class, (order, results) -> List.of(order))"),
        new Mistake(
            "elements in no order",
            "Step.forEach(\"f\", Order.class, Order.class, (order, results) -> Set.of(order))",
            "Step.forEach(\"f\", Order.class, Order.class, (o, r) -> List.copyOf(Set.of(o)))"),
        new Mistake(
            "a group of steps of unlike inputs",
            "saga().step(Step.parallel(\"g\", compensated(), ofRow().needsNoCompensation()))",
            "saga().step(Step.parallel(\"g\", compensated(), ofRow().needsNoCompensation()"
                + ".from(Order.class, (order, results) -> new Row(order.id()))))"),
        new Mistake(
            "a step of another input in a sequence",
            "sequence().step(ofRow())",
            "sequence().step(ofRow().from(Order.class, (order, results) -> new Row(\"1\")))"),
        new Mistake(
            "the result of a forEach as one",
            "saga().pivot(local()).step(each().step(ofRow()))"
                + ".returning(Ticket.class, (o, r) -> r.resultOf(each().step(ofRow())))",
            "saga().pivot(local()).step(each().step(ofRow()))"
                + ".returning(Ticket.class, (o, r) -> r.resultOf(each().step(ofRow())).get(0))"),
        new Mistake(
            "the result of a sequence that is not its last",
            "saga().pivot(local().as(\"p\")).step(sequence().step(local()).step(remote()).end())"
                + ".returning(Row.class, (o, r) -> r.resultOf("
                + "sequence().step(local()).step(remote()).end()))",
            "saga().pivot(local().as(\"p\")).step(sequence().step(local()).step(remote()).end())"
                + ".returning(Ticket.class, (o, r) -> r.resultOf("
                + "sequence().step(local()).step(remote()).end()))"),
        new Mistake(
            "another value than the signal carries",
            "await().within(Duration.ofDays(1)).orElse(new Row(\"1\"))",
            "await().within(Duration.ofDays(1)).orElse(new Ticket(\"1\"))"),
        new Mistake(
            "a reason that is no text",
            "Step.refuse(\"r\", Order.class, (order, results) -> 42)",
            "Step.refuse(\"r\", Order.class, (order, results) -> \"42\")"),
        new Mistake(
            "a group that takes its input from another type",
            "Step.parallel(\"g\", compensated()).from(Row.class, (row, results) -> row)",
            "Step.parallel(\"g\", compensated()).from(Row.class, (row, r) -> new Order(\"1\"))"));
  }

  private static final Map<String, List<String>> ERRORS =
      Mistake.errorsIn(Stream.of(sides(), ends(), options(), types()).flatMap(all -> all));

  @ParameterizedTest(name = "{0}")
  @MethodSource({"sides", "ends", "options", "types"})
  void doesNotCompileAndItsNeighbourDoes(Mistake mistake) {
    mistake.isTheOneThatIsRefused(ERRORS);
  }
}

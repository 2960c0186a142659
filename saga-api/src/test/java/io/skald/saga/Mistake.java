package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A mistake the compiler catches, and its neighbour that is right.
 *
 * @param what what is wrong with it
 * @param wrong the mistake
 * @param right the neighbour
 */
record Mistake(String what, String wrong, String right) {
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
        static CompensatablePart<Order, Ticket> refusal() {
          return Step.refuse("refusal", Order.class, (order, results) -> "no");
        }
        static NeutralStep<Object, Done> pause() {
          return Step.delay("pause", Duration.ofHours(1));
        }
        static AwaitDraft<Ticket> await() {
          return Step.await("await", Signal.named("signal", Ticket.class));
        }
        static ChoiceDraft<Order, Ticket> choice() {
          return Step.choice("choice", Order.class, Ticket.class);
        }
        static SequenceDraft<Order> sequence() {
          return Step.sequence("sequence", Order.class);
        }
        static ForEachDraft<Order, Row> each() {
          return Step.forEach("each", Order.class, Row.class, (order, results) -> List.of());
        }
        static LocalStep<Row, Ticket> ofRow() {
          return Step.named("of-row", Row.class).local(Ticket.class, (row, tx) -> new Ticket("1"));
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

  /** What the compiler says: all of them at once, as it takes longer to warm up than to work. */
  static Map<String, List<String>> errorsIn(Stream<Mistake> mistakes) {
    var sources = new HashMap<String, String>();
    mistakes.forEach(
        mistake -> {
          sources.put(mistake.path("wrong"), mistake.source("wrong", mistake.wrong()));
          sources.put(mistake.path("right"), mistake.source("right", mistake.right()));
        });
    return Compilation.errorsIn(sources);
  }

  /** Only the mistake has an error, and it is one of types and not of spelling. */
  void isTheOneThatIsRefused(Map<String, List<String>> errors) {
    assertThat(errors.getOrDefault(path("right"), List.of())).as("the right form").isEmpty();
    assertThat(errors.getOrDefault(path("wrong"), List.of()))
        .as("the mistake")
        .isNotEmpty()
        .allMatch(error -> error.matches("compiler\\.err\\.(prob|cant|ref)\\.(?s:.*)"));
  }

  private String packageOf(String form) {
    return form + "." + what.replaceAll("[^a-z]", "_");
  }

  private String path(String form) {
    return packageOf(form).replace('.', '/') + "/Snippet.java";
  }

  private String source(String form, String snippet) {
    return FRAME.formatted(packageOf(form), snippet);
  }

  @Override
  public String toString() {
    return what;
  }
}

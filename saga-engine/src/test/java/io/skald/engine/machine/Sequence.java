package io.skald.engine.machine;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaBody;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHead;
import io.skald.saga.SagaTail;
import io.skald.saga.definition.Position;
import java.util.ArrayList;
import java.util.List;

/**
 * A definition as a list of kinds, its steps named by where they stand: {@code s0}, {@code s1}, ….
 *
 * @param kinds the kinds, in order
 * @param definition the definition they make
 */
record Sequence(List<StepKind> kinds, SagaDefinition<String, Done> definition) {

  static Sequence of(StepKind... kinds) {
    return of(List.of(kinds));
  }

  static Sequence of(List<StepKind> kinds) {
    SagaHead<String> head = Saga.define("sequence", String.class);
    int pivot = (int) kinds.stream().filter(k -> k.position() == Position.COMPENSATABLE).count();
    if (pivot == 0) {
      return new Sequence(kinds, tail(kinds, 1, head.pivot(kinds.get(0).retriable("s0"))));
    }
    SagaBody<String> body = head.step(kinds.get(0).compensatable("s0"));
    for (int at = 1; at < pivot; at++) {
      body = body.step(kinds.get(at).compensatable("s" + at));
    }
    return new Sequence(
        kinds,
        pivot == kinds.size()
            ? body.build()
            : tail(kinds, pivot + 1, body.pivot(kinds.get(pivot).retriable("s" + pivot))));
  }

  private static SagaDefinition<String, Done> tail(
      List<StepKind> kinds, int from, SagaTail<String> pivoted) {
    SagaTail<String> tail = pivoted;
    for (int at = from; at < kinds.size(); at++) {
      tail = tail.step(kinds.get(at).retriable("s" + at));
    }
    return tail.build();
  }

  /** Every sequence of that many steps: compensatable ones, then perhaps a pivot and its tail. */
  static List<Sequence> all(int length) {
    var all = new ArrayList<Sequence>();
    extend(List.of(), length, all);
    return all;
  }

  private static void extend(List<StepKind> head, int length, List<Sequence> all) {
    if (head.size() == length) {
      all.add(of(head));
      return;
    }
    Position last = head.isEmpty() ? Position.COMPENSATABLE : head.getLast().position();
    for (StepKind kind : StepKind.values()) {
      if (mayFollow(last, kind.position())) {
        var longer = new ArrayList<>(head);
        longer.add(kind);
        extend(List.copyOf(longer), length, all);
      }
    }
  }

  private static boolean mayFollow(Position before, Position next) {
    return before == Position.COMPENSATABLE
        ? next != Position.RETRIABLE
        : next == Position.RETRIABLE;
  }

  StepKind kind(int at) {
    return kinds.get(at);
  }

  static int indexOf(String step) {
    return Integer.parseInt(step.substring(1));
  }

  @Override
  public String toString() {
    return kinds.toString();
  }
}

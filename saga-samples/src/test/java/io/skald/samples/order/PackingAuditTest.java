package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.skald.samples.order.Books.Packing;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PackingAuditTest {
  private static final String PACKED = "packing: once if shipped in parts, else none left";

  private final BooksDraft draft = new BooksDraft();

  static List<Arguments> wrong() {
    return List.of(
        arguments(BooksDraft.DEAR, List.of()),
        arguments(BooksDraft.DEAR, List.of("ASKED")),
        arguments(BooksDraft.DEAR, List.of("BROKEN")),
        arguments(BooksDraft.DEAR, List.of("UNPACKED")),
        arguments(BooksDraft.DEAR, List.of("PACKED", "PACKED")),
        arguments(BooksDraft.DEAR, List.of("PACKED", "UNPACKED")),
        arguments(BooksDraft.DECLINED, List.of("PACKED")),
        arguments(BooksDraft.DECLINED, List.of("ASKED")),
        arguments(BooksDraft.DECLINED, List.of("UNPACKED", "UNPACKED")),
        arguments(BooksDraft.SHIPPED, List.of("PACKED")),
        arguments(BooksDraft.CANCELLED, List.of("UNPACKED")));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void failsWhen(String orderId, List<String> states) {
    pack(orderId, states);

    assertThat(draft.violated()).containsExactly(PACKED);
  }

  static List<List<String>> ofCompensated() {
    return List.of(List.of(), List.of("BROKEN"), List.of("UNPACKED"));
  }

  @ParameterizedTest
  @MethodSource("ofCompensated")
  void holdsWhenACompensatedOrderIs(List<String> states) {
    pack(BooksDraft.DECLINED, states);

    assertThat(draft.violated()).isEmpty();
  }

  @Test
  void failsWhenAnOrderIsPackedThatNobodyPlaced() {
    draft.packings.add(new Packing("O-9", "UNPACKED"));

    assertThat(draft.violated()).containsExactly("every order placed is there, and no other");
  }

  private void pack(String orderId, List<String> states) {
    draft.packings.removeIf(packing -> packing.orderId().equals(orderId));
    states.forEach(state -> draft.packings.add(new Packing(orderId, state)));
  }
}

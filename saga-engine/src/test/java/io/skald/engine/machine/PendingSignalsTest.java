package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.machine.PendingSignals.Pending;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PendingSignalsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Pending first = new Pending(new UUID(0, 1), "paid");
  private final Pending second = new Pending(new UUID(0, 2), "paid");
  private final Pending other = new Pending(new UUID(0, 3), "shipped");

  @Test
  void whatIsTakenIsNotAmongThemAnyMore() {
    var seen = new PendingSignals(3, List.of(first, second, other), NOW);

    assertThat(seen.without(other.id()))
        .hasValue(new PendingSignals(3, List.of(first, second), NOW));
    assertThat(seen.without(first.id()).flatMap(left -> left.first("paid"))).hasValue(second.id());
  }

  @Test
  void onlyTheLastOneListedOfANameThatWasCutShortCallsForAnotherLook() {
    var seen = new PendingSignals(9, List.of(first, second, other), NOW, Set.of("paid"));
    var left = seen.without(other.id()).flatMap(these -> these.without(first.id()));

    assertThat(left).hasValueSatisfying(one -> assertThat(one.pending()).containsExactly(second));
    assertThat(left.flatMap(one -> one.without(second.id()))).isEmpty();
  }
}

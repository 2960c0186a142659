package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.TableFacts;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Facts of what a store says of itself to an operator. */
abstract class SurveyContract extends ErasureContract {
  private TableFacts.Backlog backlog(Expiry... expiries) {
    return store().tableFacts(List.of(expiries)).backlog();
  }

  @Test
  void whatSagasWaitForIsCounted() {
    NodeId node = join(LONG);
    Fence due = started(null);
    Fence running = started(node);
    Fence parked = started(node);
    change(parked, new SagaChange.Park(Duration.ofHours(1), null, Lane.ORDINARY));
    Fence stuck = started(node);
    change(stuck, new SagaChange.Stick(new SagaError("a", "no", null), Lane.ORDINARY));

    assertThat(backlog())
        .returns(1L, TableFacts.Backlog::due)
        .returns(0L, TableFacts.Backlog::overdue)
        .returns(1L, TableFacts.Backlog::stuck)
        .returns(0L, TableFacts.Backlog::expired);
    assertThat(List.of(due, running)).allMatch(fence -> load(fence).saga().finishedAt() == null);
  }

  @Test
  void whatRetentionWouldDeleteIsCounted() {
    NodeId node = join(LONG);
    write(end(started(node)));
    write(end(started(node)));
    Fence back = started(node);
    change(back, new SagaChange.EndCompensated());
    elapse(Duration.ofMillis(20));
    var completed =
        new Expiry(Duration.ofMillis(10), Set.of(SagaStatus.COMPLETED), Map.of("other", Set.of()));
    var compensated = new Expiry(LONG, Set.of(SagaStatus.COMPENSATED), Map.of());
    var none =
        new Expiry(Duration.ofMillis(10), Set.of(SagaStatus.COMPLETED), Map.of("order", Set.of()));

    assertThat(backlog(completed).expired()).isEqualTo(2);
    assertThat(backlog(completed, compensated).expired()).isEqualTo(2);
    assertThat(backlog(none).expired()).isZero();
  }
}

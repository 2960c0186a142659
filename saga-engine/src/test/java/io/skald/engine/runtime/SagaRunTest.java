package io.skald.engine.runtime;

import static io.skald.engine.runtime.LocalSagas.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** In which lane a saga before its pivot runs. */
class SagaRunTest {
  private static final NodeId DEAD = new NodeId(new UUID(6, 6));

  private final LocalSagas sagas = new LocalSagas();

  private SagaSnapshot begun() {
    var tried =
        new LogRow(
            "work",
            Direction.ACTION,
            "work",
            1,
            LogStatus.RETRYING,
            1,
            0,
            null,
            null,
            "no answer",
            DEAD,
            Instant.EPOCH,
            Instant.EPOCH,
            null);
    return found(List.of(tried));
  }

  private SagaSnapshot found(List<LogRow> log) {
    return new SagaSnapshot(LocalSagas.row(sagas.owned(), NODE), log, Instant.EPOCH);
  }

  private SagaRun claimed(Claim claim) {
    return SagaRun.claimed(sagas.registered(), sagas.context(), NODE, claim);
  }

  @Test
  void whatADeadNodeWasAtIsUrgent() {
    assertThat(claimed(new Claim(begun(), DEAD)).lane()).isEqualTo(Lane.URGENT);
    assertThat(claimed(new Claim(begun(), null)).lane()).isEqualTo(Lane.ORDINARY);
  }

  @Test
  void whatADeadNodeHadNotBegunIsNot() {
    assertThat(claimed(new Claim(found(List.of()), DEAD)).lane()).isEqualTo(Lane.ORDINARY);
  }

  @Test
  void whatTheNodeLostHoldOfItselfIsInTheLaneOfItsLog() {
    SagaRun adopted = SagaRun.adopted(sagas.registered(), sagas.context(), NODE, begun());
    assertThat(adopted.lane()).isEqualTo(Lane.ORDINARY);
  }
}

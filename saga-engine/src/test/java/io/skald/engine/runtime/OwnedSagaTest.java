package io.skald.engine.runtime;

import static io.skald.engine.runtime.LocalSagas.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A saga whose store takes no rows and does all else, as when a disk is full. */
class OwnedSagaTest {
  private final ManualSources sources = new ManualSources();
  private final LocalSagas sagas = new LocalSagas();
  private final SagaId saga = sagas.owned();
  private final List<Long> tries = new ArrayList<>();

  private final class FullStore extends EmptyStore {
    @Override
    public List<WriteResult> write(List<Transition> transitions) {
      tries.add(sources.nanoTime());
      throw new SagaStoreException("no room", SagaStoreException.Kind.TRANSIENT, null);
    }

    @Override
    public Optional<SagaSnapshot> settle(SagaId id, NodeId owner) {
      return Optional.of(found());
    }
  }

  /** A saga that is to be stuck, for which a row has to be written. */
  private SagaSnapshot found() {
    var row =
        new SagaRow(
            saga,
            RegisteredSaga.refOf(LocalSagas.WORK),
            saga.toString(),
            Map.of(),
            null,
            new UUID(0, 9),
            SagaStatus.RUNNING,
            NODE,
            0,
            null,
            Lane.ORDINARY,
            null,
            null,
            null,
            10,
            "\"in\"",
            "digest",
            null,
            null,
            Instant.EPOCH,
            null,
            null);
    return new SagaSnapshot(row, List.of(), Instant.EPOCH);
  }

  @Test
  void aWriteThatGoesOnFailingIsMadeAgainEverMoreSlowlyAndThenLeftToTheSelfCheck()
      throws InterruptedException {
    RunContext context = LocalSagas.context(new FullStore(), sources, node -> true);

    RunEnd end = SagaRun.started(sagas.registered(), context, NODE, found()).run();

    assertThat(end).isInstanceOf(RunEnd.Dropped.class);
    assertThat(tries).hasSize(10);
    assertThat(tries.get(1)).isEqualTo(tries.get(0));
    for (int i = 2; i < tries.size(); i++) {
      assertThat(Duration.ofNanos(tries.get(i) - tries.get(i - 1)))
          .isBetween(Duration.ofMillis(50), Duration.ofSeconds(1));
    }
    assertThat(Duration.ofNanos(tries.getLast() - tries.getFirst()))
        .isGreaterThan(Duration.ofSeconds(4));
  }
}

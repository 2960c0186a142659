package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes on beside a purge that takes long. */
@Timeout(60)
class PurgeRacesTest {
  private static final Expiry ALL =
      new Expiry(Duration.ZERO, EnumSet.allOf(SagaStatus.class), Map.of());

  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final NodeId node = joined(store);
  private final Queue<SagaId> kept = new ConcurrentLinkedQueue<>();
  private final CountDownLatch archiving = new CountDownLatch(1);
  private final CountDownLatch goingOn = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    goingOn.countDown();
    threads.close();
    database.close();
  }

  private PurgedSagas purge(int limit, SagaArchive archive) {
    return store.purge(
        ALL,
        Instant.EPOCH,
        limit,
        (connection, sagas) -> {
          sagas.forEach(saga -> kept.add(saga.saga().id()));
          archive.keep(connection, sagas);
        });
  }

  private void due() {
    var park = new SagaChange.Park(Duration.ZERO, null, Lane.ORDINARY);
    Fence saga = started(store, node);
    store.write(List.of(new Transition(saga, List.of(), park, Links.NONE)));
  }

  @Test
  void whatOnePurgeHasInHandIsLeftToItAndHoldsUpNobodyElse() throws Exception {
    for (int saga = 0; saga < 6; saga++) {
      store.write(List.of(Fixtures.ended(started(store, node), succeeded("a", 1))));
    }
    due();
    Future<PurgedSagas> slow =
        threads.submit(
            () ->
                purge(
                    3,
                    (connection, sagas) -> {
                      archiving.countDown();
                      TestDatabase.await(() -> goingOn.getCount() == 0);
                    }));
    archiving.await();
    long begun = System.nanoTime();
    assertThat(purge(10, SagaArchive.NONE).deleted()).isEqualTo(3);
    assertThat(store.claim(node, List.of(ORDERS), 10)).hasSize(1);
    assertThat(store.start(List.of(Fixtures.saga(node))).getFirst())
        .isInstanceOf(StartResult.Started.class);

    // whoever waits for a lock gives up after 2 s, and tries again
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
    goingOn.countDown();
    assertThat(slow.get().deleted()).isEqualTo(3);
    assertThat(kept).hasSize(6).doesNotHaveDuplicates();
  }
}

package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Sagas of callers' transactions, remembered until somebody hears of the commit. */
class JoinedStartsTest {
  private final LocalSagas sagas = new LocalSagas();
  private final InFlight inFlight = new InFlight(4, 0);
  private final Launcher launcher =
      new Launcher(inFlight, new Alarm(System::nanoTime), new Endings(sagas));
  private final JoinedStarts joined = new JoinedStarts(sagas.context(), launcher);

  private SagaId remembered() {
    SagaId saga = sagas.unknown();
    joined.remember(sagas.registered(), LocalSagas.row(saga, LocalSagas.NODE));
    return saga;
  }

  @Test
  void runsASagaOnceItIsSeenToBeCommittedAndNotBefore() {
    SagaId saga = remembered();
    joined.lookAtAll();
    assertThat(inFlight.holds(saga)).isFalse();

    sagas.own(saga);
    joined.lookAtAll();
    await().until(() -> sagas.runsOf(saga) == 1);
    joined.committed(saga);
    joined.lookAtAll();
    assertThat(sagas.looks).as("nothing is left to look for").hasValue(2);
  }

  @Test
  void runsASagaOnceHoweverManyHearOfItsCommit() throws Exception {
    int hearers = 4;
    List<SagaId> all = new ArrayList<>();
    var together = new CyclicBarrier(hearers);
    try (ExecutorService threads = Executors.newFixedThreadPool(hearers)) {
      for (int round = 0; round < 200; round++) {
        SagaId saga = remembered();
        sagas.own(saga);
        all.add(saga);
        List<Future<?>> heard = new ArrayList<>();
        for (int hearer = 0; hearer < hearers; hearer++) {
          Runnable hears = hearer % 2 == 0 ? () -> joined.committed(saga) : joined::lookAtAll;
          heard.add(
              threads.submit(
                  () -> {
                    together.await(10, TimeUnit.SECONDS);
                    hears.run();
                    return saga;
                  }));
        }
        for (Future<?> one : heard) {
          one.get(10, TimeUnit.SECONDS);
        }
      }
    }

    await().until(() -> all.stream().noneMatch(inFlight::holds));
    assertThat(all).allSatisfy(saga -> assertThat(sagas.runsOf(saga)).isEqualTo(1));
  }

  @Test
  void isFullAtItsBoundAndNotBefore() {
    for (int i = 1; i < JoinedStarts.REMEMBERED_MAX; i++) {
      remembered();
    }
    assertThat(joined.isFull()).isFalse();
    SagaId last = remembered();
    assertThat(joined.isFull()).isTrue();

    joined.committed(last);
    assertThat(joined.isFull()).isFalse();
  }

  @Test
  void forgetsWhatItHasLookedForAsOftenAsItsBoundSays() {
    SagaId saga = remembered();
    for (int look = 0; look < 2 * JoinedStarts.LOOKS_MAX; look++) {
      joined.lookAtAll();
    }

    assertThat(sagas.looks).hasValue(JoinedStarts.LOOKS_MAX);
    sagas.own(saga);
    joined.committed(saga);
    assertThat(inFlight.holds(saga)).isFalse();
  }

  @Test
  void aLookThatFailsCountsForNothing() {
    SagaId saga = remembered();
    sagas.beforeAnswers(
        () -> {
          throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
        });
    List<String> lines =
        Logged.linesOf(
            () -> {
              for (int look = 0; look < 2 * JoinedStarts.LOOKS_MAX; look++) {
                joined.lookAtAll();
              }
            });
    assertThat(lines).filteredOn(line -> line.contains("WARN")).hasSize(1);
    sagas.beforeAnswers(() -> {});
    sagas.own(saga);
    joined.lookAtAll();

    await().until(() -> sagas.runsOf(saga) == 1);
  }
}

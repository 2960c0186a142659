package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.SagaRow;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What those hear who wait for a saga, and from when on. */
class EndingsTest {
  private static final SagaId SAGA = new SagaId(new UUID(2, 1));

  private final OneSaga store = new OneSaga();
  private final Endings endings = new Endings(store);

  /** A store of one saga, which others may move on while it is read. */
  private static final class OneSaga extends EmptyStore {
    SagaStatus status = SagaStatus.RUNNING;
    Runnable afterReading = () -> {};

    @Override
    public List<SagaRow> rows(Collection<SagaId> sagas) {
      var rows = List.of(LocalSagas.row(SAGA, LocalSagas.NODE, status, 0));
      afterReading.run();
      return rows;
    }
  }

  private CompletableFuture<RunEnd.Halted> await() {
    return endings.await(SAGA, Endings.Patience.UNTIL_STUCK);
  }

  private static RunEnd.Halted halted(SagaStatus status) {
    return new RunEnd.Halted(status, null, null, null);
  }

  private static void fail() {
    throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
  }

  @Test
  void whatEndsHereIsToldAtOnce() {
    CompletableFuture<RunEnd.Halted> waiting = await();
    store.afterReading = EndingsTest::fail;

    endings.publish(SAGA, halted(SagaStatus.COMPLETED));

    assertThat(waiting).isCompletedWithValue(halted(SagaStatus.COMPLETED));
  }

  @Test
  void whatIsStuckHereIsToldThoseWhoWaitForThatAlone() {
    CompletableFuture<RunEnd.Halted> waiting = await();
    CompletableFuture<RunEnd.Halted> patient = endings.await(SAGA, Endings.Patience.UNTIL_ENDED);
    store.status = SagaStatus.STUCK;

    endings.publish(SAGA, halted(SagaStatus.STUCK));

    assertThat(waiting).isCompletedWithValue(halted(SagaStatus.STUCK));
    assertThat(patient).isNotDone();
  }

  /** The run says so late, and somebody has asked since. */
  @Test
  void whoWaitsSinceAnOperatorMovedTheSagaOnHearsOfNothingBefore() {
    store.status = SagaStatus.RUNNING;
    CompletableFuture<RunEnd.Halted> waiting = await();

    endings.publish(SAGA, halted(SagaStatus.STUCK));

    assertThat(waiting).isNotDone();
    store.status = SagaStatus.COMPLETED;
    endings.lookAtAll();
    assertThat(waiting).isCompletedWithValue(halted(SagaStatus.COMPLETED));
  }

  @Test
  void whoWaitsSinceTheSagaWasReadHearsOfNothingBefore() {
    CompletableFuture<RunEnd.Halted> before = await();
    var after = new AtomicReference<CompletableFuture<RunEnd.Halted>>();
    store.status = SagaStatus.STUCK;
    store.afterReading = () -> after.set(await());

    endings.lookAtAll();

    assertThat(before).isDone();
    assertThat(after.get()).isNotDone();
  }

  @Test
  void whatTheStoreCannotSayNowIsSaidAtAPoll() {
    CompletableFuture<RunEnd.Halted> waiting = await();
    store.status = SagaStatus.STUCK;
    store.afterReading = EndingsTest::fail;

    endings.publish(SAGA, halted(SagaStatus.STUCK));

    assertThat(waiting).isNotDone();
    store.afterReading = () -> {};
    endings.lookAtAll();
    assertThat(waiting).isDone();
  }
}

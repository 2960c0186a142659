package io.skald.engine.runtime;

import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who wait for sagas to end. What ends here is told at once; what may end elsewhere is looked
 * up at every poll, for all that wait together. Safe for use by several threads.
 */
final class Endings {
  private static final Logger LOG = LoggerFactory.getLogger(Endings.class);

  private final SagaStore store;
  private final Outage outage = new Outage();
  private final Map<SagaId, List<Waiter>> waiters = new ConcurrentHashMap<>();

  /** Whether a saga that needs a human is what somebody waits for. */
  enum Patience {
    UNTIL_STUCK,
    UNTIL_ENDED
  }

  private record Waiter(Patience patience, CompletableFuture<RunEnd.Halted> future) {
    boolean accepts(SagaStatus status) {
      return status.isEnd() || patience == Patience.UNTIL_STUCK;
    }
  }

  Endings(SagaStore store) {
    this.store = store;
  }

  /** A future of the saga's end, told by {@link #publish} or by {@link #look}. */
  CompletableFuture<RunEnd.Halted> await(SagaId saga, Patience patience) {
    var waiter = new Waiter(patience, new CompletableFuture<>());
    waiters.compute(
        saga,
        (id, others) -> {
          var all = others == null ? new ArrayList<Waiter>() : new ArrayList<>(others);
          all.add(waiter);
          return all;
        });
    return waiter.future();
  }

  /** Forgets somebody who waits no more. */
  void forget(SagaId saga, CompletableFuture<RunEnd.Halted> future) {
    waiters.computeIfPresent(
        saga,
        (id, others) -> {
          var rest = others.stream().filter(waiter -> waiter.future() != future).toList();
          return rest.isEmpty() ? null : rest;
        });
  }

  /** Tells those who wait. */
  void publish(SagaId saga, RunEnd.Halted end) {
    var told = new ArrayList<Waiter>();
    waiters.computeIfPresent(
        saga,
        (id, all) -> {
          all.stream().filter(waiter -> waiter.accepts(end.status())).forEach(told::add);
          var rest = all.stream().filter(waiter -> !waiter.accepts(end.status())).toList();
          return rest.isEmpty() ? null : rest;
        });
    told.forEach(waiter -> waiter.future().complete(end));
  }

  /** Looks in the store at every saga somebody waits for. */
  void lookAtAll() {
    try {
      look(List.copyOf(waiters.keySet()));
      var unused = outage.end();
    } catch (SagaStoreException e) {
      if (outage.isNews(e)) {
        LOG.warn("cannot look whether awaited sagas have ended; looked at at every poll", e);
      }
    }
  }

  /** Looks in the store at these sagas; answers those that are there. */
  List<SagaRow> look(List<SagaId> sagas) {
    if (sagas.isEmpty()) {
      return List.of();
    }
    List<SagaRow> rows = store.rows(sagas);
    for (SagaRow row : rows) {
      if (row.status().isEnd() || row.status() == SagaStatus.STUCK) {
        publish(row.id(), new RunEnd.Halted(row.status(), row.output(), row.error(), null));
      }
    }
    return rows;
  }
}

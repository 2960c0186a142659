package io.skald.engine.runtime;

import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who wait for sagas to end. What ends here is told at once; what may end elsewhere is looked
 * up at every poll, for all that wait together. A saga that is stuck may be moved on at any time:
 * that it is, is told only by a look that began after the wait. Safe for use by several threads.
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

  /** Tells those who wait what the run of a saga came to here. */
  void publish(SagaId saga, RunEnd.Halted end) {
    if (end.status().isEnd()) {
      tell(saga, waitersOf(saga), end);
    } else if (waiters.containsKey(saga)) {
      // an operator may have moved it on since: whoever waits from then on is not to hear of before
      lookAgain(List.of(saga));
    }
  }

  private List<Waiter> waitersOf(SagaId saga) {
    return waiters.getOrDefault(saga, List.of());
  }

  private void tell(SagaId saga, List<Waiter> waiting, RunEnd.Halted end) {
    for (Waiter waiter : waiting) {
      if (waiter.accepts(end.status())) {
        forget(saga, waiter.future());
        waiter.future().complete(end);
      }
    }
  }

  /** Looks in the store at every saga somebody waits for. */
  void lookAtAll() {
    lookAgain(List.copyOf(waiters.keySet()));
  }

  private void lookAgain(List<SagaId> sagas) {
    outage.attempt(
        LOG,
        "cannot look whether awaited sagas have ended; looked at at every poll",
        () -> look(sagas));
  }

  /** Looks at one; answers whether it is there, if only in a status that a later version wrote. */
  boolean look(SagaId saga) {
    return !look(List.of(saga)).isEmpty() || store.addressee(saga, "").isPresent();
  }

  /**
   * Looks in the store at these sagas, and tells those who have waited since before how they stand;
   * answers those that are there.
   */
  List<SagaRow> look(List<SagaId> sagas) {
    if (sagas.isEmpty()) {
      return List.of();
    }
    var waiting = new HashMap<SagaId, List<Waiter>>();
    sagas.forEach(saga -> waiting.put(saga, waitersOf(saga)));
    List<SagaRow> rows = store.rows(sagas);
    for (SagaRow row : rows) {
      if (row.status().isEnd() || row.status() == SagaStatus.STUCK) {
        tell(
            row.id(),
            waiting.getOrDefault(row.id(), List.of()),
            new RunEnd.Halted(row.status(), row.output(), row.error(), null));
      }
    }
    return rows;
  }
}

package io.skald.store.jooq;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Fence;
import io.skald.saga.error.SagaStoreException;
import java.util.Optional;

/**
 * Gives an attempt a permit of each limit that names it and a turn of each rate, all of it or
 * nothing. An attempt's place in the queues is taken with its first asking. A turn is taken only
 * when the permits are there, and is kept if it is for later: so nobody has a permit who waits, and
 * no turn passes while its attempt stands in a queue.
 *
 * <p>Whoever has to wait asks once more when its place is committed, as in {@link AcquirePermits},
 * and for the same reason; it is woken by {@link WakeWaiters} as well.
 */
final class AdmitAttempts {
  private static final int TRIES_MAX = 10;

  private final Transactions transactions;
  private final AdmissionSql sql;

  AdmitAttempts(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.sql = new AdmissionSql(text);
  }

  Admission admit(Fence fence, Demand demand) {
    String what = "Admitting an attempt of " + fence.saga();
    for (int number = 1; number <= TRIES_MAX; number++) {
      Optional<Admission> admission =
          transactions.run(
              what, connection -> new AdmissionTry(connection, sql, fence, demand).ask());
      if (admission.isPresent()) {
        return admission.get();
      }
    }
    throw new SagaStoreException(
        what + " failed: others were always quicker", SagaStoreException.Kind.TRANSIENT, null);
  }
}

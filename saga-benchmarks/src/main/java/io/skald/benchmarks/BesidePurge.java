package io.skald.benchmarks;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.SagaArchive;
import io.skald.saga.view.SagaStatus;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a purge costs: one engine, in turn without one and beside one that goes as fast as it can.
 */
final class BesidePurge {
  private static final int BATCH = 500;

  /** All that was filled in, and nothing that ended since. */
  private static final Expiry EXPIRY =
      new Expiry(Duration.ofDays(1), EnumSet.of(SagaStatus.COMPLETED), Map.of());

  private final Server server;
  private final Options options;
  private long purged;
  private long purging;

  BesidePurge(Server server, Options options) {
    this.server = server;
    this.options = options;
  }

  void report(PrintStream out) throws Exception {
    Workload workload = options.workloads().getFirst();
    server.execute(Bookings.CREATE);
    try (var side = EngineSide.fresh(server, workload, "skald_purge")) {
      FinishedSagas.fill(server, "skald_purge", side.fingerprint(), options.sagas(), out);
      var load = new Load(side, workload.callers());
      var unused = load.during(options.warmUp());
      Pairs.Round round = () -> load.during(options.round()).perSecond();
      Pairs pairs = Pairs.of(options.rounds(), round, () -> besidePurge(side, round));
      out.printf(
          "%n%s, beside a purge of %,d of %,d sagas of four rows, %,.0f a second%n%n",
          workload.name(), purged, options.sagas(), purged * 1e9 / Math.max(1, purging));
      pairs.print(out, "without a purge", "beside it");
    }
  }

  private double besidePurge(EngineSide side, Pairs.Round round) throws Exception {
    var over = new AtomicBoolean();
    try (ExecutorService broom = Executors.newSingleThreadExecutor()) {
      long begin = System.nanoTime();
      Future<Long> sweeping = broom.submit(() -> sweep(side, over));
      try {
        return round.perSecond();
      } finally {
        over.set(true);
        purged += sweeping.get();
        purging += System.nanoTime() - begin;
      }
    }
  }

  /** As the engine does, without a pause; a round in which nothing is left proves nothing. */
  private static long sweep(EngineSide side, AtomicBoolean over) {
    long deleted = 0;
    while (!over.get()) {
      PurgedSagas batch = side.store().purge(EXPIRY, Instant.EPOCH, BATCH, SagaArchive.NONE);
      if (batch.deleted() == 0) {
        throw new IllegalStateException("nothing is left to purge (expected: more --sagas)");
      }
      deleted += batch.deleted();
    }
    return deleted;
  }
}

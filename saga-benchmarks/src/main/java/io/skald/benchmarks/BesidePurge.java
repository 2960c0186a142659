package io.skald.benchmarks;

import io.skald.engine.runtime.Purger;
import io.skald.engine.runtime.Sources;
import io.skald.engine.spi.Retention;
import io.skald.engine.spi.SagaArchive;
import java.io.PrintStream;
import java.time.Duration;

/** What a purge costs: one engine, in turn without one and beside one that is never done. */
final class BesidePurge {
  /** All that was filled in is older, and nothing that ended since. */
  private static final Retention DAY = Retention.of(Duration.ofDays(1));

  private static final String SCHEMA = "skald_purge";

  private final Server server;
  private final Options options;
  private double seconds;

  BesidePurge(Server server, Options options) {
    this.server = server;
    this.options = options;
  }

  void report(PrintStream out) throws Exception {
    Workload workload = options.workloads().getFirst();
    server.execute(Bookings.CREATE);
    try (var side = EngineSide.fresh(server, workload, SCHEMA)) {
      FinishedSagas.fill(server, SCHEMA, side.fingerprint(), options.sagas(), out);
      var load = new Load(side, workload.callers());
      var unused = load.during(options.warmUp());
      Pairs.Round round = () -> load.during(options.round()).perSecond();
      Pairs pairs = Pairs.of(options.rounds(), round, () -> besidePurge(side, round));
      long purged = options.sagas() - left();
      out.printf(
          "%n%s, beside a purge of %,d of %,d sagas of four rows, %,.0f a second%n%n",
          workload.name(), purged, options.sagas(), purged / seconds);
      pairs.print(out, "sagas", "without a purge", "beside it");
    }
  }

  private double besidePurge(EngineSide side, Pairs.Round round) throws Exception {
    var purger = new Purger(side.store(), DAY, SagaArchive.NONE, Sources.system());
    Thread broom = Thread.ofPlatform().start(purger::purge);
    long begin = System.nanoTime();
    double perSecond = round.perSecond();
    seconds += (System.nanoTime() - begin) / 1e9;
    broom.interrupt();
    broom.join();
    if (left() == 0) {
      // a round in which there is nothing to purge proves nothing
      throw new IllegalStateException("nothing is left to purge (expected: more --sagas)");
    }
    return perSecond;
  }

  private long left() throws Exception {
    String old = "select count(*) from %s.saga where finished_at < now() - interval '1 day'";
    return Long.parseLong(server.query(old.formatted(SCHEMA)));
  }
}

package io.skald.benchmarks;

import io.skald.benchmarks.OneInsert.Front;
import java.io.PrintStream;

/**
 * What the barrier costs a participant: transactions of one insert, in turn without it and with.
 */
final class BehindBarrier {
  private static final int[] CALLERS = {1, 16};

  private final Server server;
  private final Options options;

  BehindBarrier(Server server, Options options) {
    this.server = server;
    this.options = options;
  }

  void report(PrintStream out) throws Exception {
    for (int callers : CALLERS) {
      for (Front front : new Front[] {Front.BARRIER, Front.ONE_STATEMENT}) {
        Pairs pairs = measured(front, callers);
        out.printf("%n%d callers, %s%n%n", callers, front);
        pairs.print(out, "transactions", "without the barrier", "with it");
      }
    }
  }

  private Pairs measured(Front front, int callers) throws Exception {
    server.execute(Bookings.CREATE);
    server.execute("drop schema if exists skald cascade");
    try (var plain = new OneInsert(server, Front.NOTHING, callers);
        var guarded = new OneInsert(server, front, callers)) {
      var without = new Load(plain, callers);
      var with = new Load(guarded, callers);
      var unused = without.during(options.warmUp());
      unused = with.during(options.warmUp());
      server.execute("vacuum analyze");
      server.execute("checkpoint");
      return Pairs.of(
          options.rounds(),
          () -> without.during(options.round()).perSecond(),
          () -> with.during(options.round()).perSecond());
    }
  }
}

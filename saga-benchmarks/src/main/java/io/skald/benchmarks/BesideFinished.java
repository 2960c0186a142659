package io.skald.benchmarks;

import java.io.PrintStream;

/** What finished sagas cost: two engines on one server, one of which has them in its tables. */
final class BesideFinished {
  private final Server server;
  private final Options options;

  BesideFinished(Server server, Options options) {
    this.server = server;
    this.options = options;
  }

  void report(PrintStream out) throws Exception {
    Workload workload = options.workloads().getFirst();
    server.execute(Bookings.CREATE);
    try (var empty = EngineSide.fresh(server, workload, "skald_empty");
        var full = EngineSide.fresh(server, workload, "skald_full")) {
      FinishedSagas.fill(server, "skald_full", full.fingerprint(), options.sagas(), out);
      var alone = new Load(empty, workload.callers());
      var beside = new Load(full, workload.callers());
      var unused = alone.during(options.warmUp());
      unused = beside.during(options.warmUp());
      Pairs pairs =
          Pairs.of(
              options.rounds(),
              () -> alone.during(options.round()).perSecond(),
              () -> beside.during(options.round()).perSecond());
      out.printf("%n%s, beside %,d finished sagas%n%n", workload.name(), options.sagas());
      pairs.print(out, "sagas", "empty tables", "full tables");
    }
  }
}

package io.skald.benchmarks;

import io.skald.engine.EngineOptions;
import java.io.PrintStream;
import java.time.Duration;

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
    try (var empty = EngineSide.fresh(server, workload, "skald_empty", BesideFinished::keeping);
        var full = EngineSide.fresh(server, workload, "skald_full", BesideFinished::keeping)) {
      FinishedSagas.fill(server, "skald_full", full.fingerprint(), options.sagas(), out);
      var unused = new Load(empty, workload.callers()).during(options.warmUp());
      unused = new Load(full, workload.callers()).during(options.warmUp());
      Pairs pairs = Pairs.of(options.rounds(), () -> round(empty), () -> round(full));
      out.printf("%n%s, beside %,d finished sagas%n%n", workload.name(), options.sagas());
      pairs.print(out, "empty tables", "full tables");
    }
  }

  /** What was filled in is not to be purged meanwhile. */
  private static EngineOptions keeping(EngineOptions options) {
    return options.withRetention(Duration.ofDays(3650));
  }

  private double round(Side side) throws Exception {
    int callers = options.workloads().getFirst().callers();
    return new Load(side, callers).during(options.round()).perSecond();
  }
}

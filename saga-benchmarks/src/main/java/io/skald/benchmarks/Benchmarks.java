package io.skald.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The command: compares, or looks at what waiting, finished or purged sagas or the barrier cost,
 * several nodes give or a relay sends, and prints what it found.
 */
public final class Benchmarks {
  private Benchmarks() {}

  /**
   * Runs it.
   *
   * @param args see {@code --help}
   * @throws Exception if it could not be measured
   */
  public static void main(String[] args) throws Exception {
    Options options;
    try {
      options = Options.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    System.exit(run(options, System.out));
  }

  private static int run(Options options, PrintStream out) throws Exception {
    try (Server server = Server.start(statistics(options))) {
      out.printf(
          "%s, fsync and synchronous_commit on, %d processors, Java %s%n%n",
          server.query("select split_part(version(), ' on ', 1)"),
          Runtime.getRuntime().availableProcessors(),
          Runtime.version().feature());
      return switch (options.mode()) {
        case COMPARE -> {
          var unused = compare(server, options, out);
          yield 0;
        }
        case CHECK -> compare(server, options, out) ? 0 : 1;
        case WAITING -> {
          WaitingSagas.report(server, options.sagas(), out);
          yield 0;
        }
        case NODES -> {
          ScaleOut.report(server, options.sagas(), options.workloads(), out);
          yield 0;
        }
        case FINISHED -> {
          new BesideFinished(server, options).report(out);
          yield 0;
        }
        case PURGE -> {
          new BesidePurge(server, options).report(out);
          yield 0;
        }
        case BARRIER -> {
          new BehindBarrier(server, options).report(out);
          yield 0;
        }
        case RELAY -> {
          Relaying.report(server, options, out);
          yield 0;
        }
      };
    }
  }

  private static Server.Statistics statistics(Options options) {
    boolean isCounted = options.profiles() != null || options.mode() == Options.Mode.WAITING;
    return isCounted ? Server.Statistics.STATEMENTS : Server.Statistics.USUAL;
  }

  /** Compares and prints; answers whether every target holds. */
  private static boolean compare(Server server, Options options, PrintStream out) throws Exception {
    var comparison = new Comparison(server, options);
    List<Comparison.Result> results = new ArrayList<>();
    for (Workload workload : options.workloads()) {
      Comparison.Result result = comparison.measure(workload);
      results.add(result);
      out.printf(
          "measured %s: %.2f times the throughput%n",
          workload.name(), result.ratio(Sample::perSecond));
    }
    out.println();
    out.println(Report.of(results));
    return results.stream().allMatch(Comparison.Result::holds);
  }
}

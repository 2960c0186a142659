package io.skald.benchmarks;

import io.skald.store.jooq.JooqSagaStore;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What several nodes on one server give: claims, and sagas, of 1, 2 and 4 of them in turn. */
final class ScaleOut {
  private static final List<Integer> NODES = List.of(1, 2, 4);
  private static final int ROUNDS = 5;
  private static final Duration ROUND = Duration.ofSeconds(4);
  private static final Duration WARM_UP = Duration.ofSeconds(3);

  private final Server server;
  private final PrintStream out;

  /** What is measured with that many nodes. */
  @FunctionalInterface
  private interface Measured {
    double perSecond(int nodes) throws Exception;
  }

  private ScaleOut(Server server, PrintStream out) {
    this.server = server;
    this.out = out;
  }

  /**
   * Measures and prints.
   *
   * @param sagas how many are due where nodes claim
   * @param workloads what the sagas do
   */
  static void report(Server server, int sagas, List<Workload> workloads, PrintStream out)
      throws Exception {
    var scale = new ScaleOut(server, out);
    out.println("| nodes | per second | lowest to highest |");
    out.println("|---:|---:|---:|");
    scale.claims(sagas);
    for (Workload workload : workloads) {
      scale.sagas(workload);
    }
  }

  private void claims(int sagas) throws Exception {
    server.execute("drop schema if exists skald cascade");
    try (Pool pool = new Pool(server, "schema", 2)) {
      var unused = JooqSagaStore.builder(pool.dataSource()).build();
    }
    var claiming = new Claiming(server, sagas);
    print("claims of " + sagas + " due sagas", inTurn(claiming::perSecond));
  }

  private void sagas(Workload workload) throws Exception {
    print("sagas of " + workload.name(), inTurn(nodes -> perSecond(workload, nodes)));
  }

  private double perSecond(Workload workload, int nodes) throws Exception {
    server.execute(Bookings.CREATE);
    try (Side fleet = new Fleet(server, workload, nodes)) {
      var load = new Load(fleet, workload.callers());
      var warm = load.during(WARM_UP);
      Load.Round round = load.during(ROUND);
      if (fleet.ended() != warm.sagas() + round.sagas()) {
        throw new IllegalStateException("not all sagas are recorded as ended");
      }
      return round.perSecond();
    }
  }

  /** One round of each number of nodes that does not count, and then some that do. */
  private static Map<Integer, double[]> inTurn(Measured measured) throws Exception {
    Map<Integer, List<Double>> all = new TreeMap<>();
    for (int round = 0; round <= ROUNDS; round++) {
      for (int nodes : NODES) {
        double perSecond = measured.perSecond(nodes);
        if (round > 0) {
          all.computeIfAbsent(nodes, n -> new ArrayList<>()).add(perSecond);
        }
      }
    }
    Map<Integer, double[]> sorted = new TreeMap<>();
    all.forEach(
        (nodes, values) ->
            sorted.put(nodes, values.stream().mapToDouble(Double::doubleValue).sorted().toArray()));
    return sorted;
  }

  private void print(String what, Map<Integer, double[]> figures) {
    out.printf("| **%s** | | |%n", what);
    figures.forEach(
        (nodes, sorted) ->
            out.printf(
                Locale.ROOT,
                "| %d | %,.0f | %,.0f to %,.0f |%n",
                nodes,
                Sample.middle(sorted),
                Arrays.stream(sorted).min().orElseThrow(),
                Arrays.stream(sorted).max().orElseThrow()));
    out.flush();
  }
}

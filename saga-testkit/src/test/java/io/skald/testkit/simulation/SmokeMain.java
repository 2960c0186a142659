package io.skald.testkit.simulation;

import java.util.TreeMap;

final class SmokeMain {
  public static void main(String[] args) throws Exception {
    int from = Integer.parseInt(args[0]);
    int to = Integer.parseInt(args[1]);
    var orders = new Orders();
    var defs = orders.all();
    long begun = System.nanoTime();
    var failed = new TreeMap<String, Integer>();
    int shown = 0;
    long points = 0;
    var ends = new TreeMap<String, Integer>();
    for (int seed = from; seed < to; seed++) {
      var sim = SagaSimulator.of(defs.get(seed % 7), new Orders.Order("o0", 10));
      for (int i = 1; i < 5; i++) {
        sim = sim.and(defs.get((seed * 3 + i) % 7), new Orders.Order("o" + i, 10 + i));
      }
      var replay = sim.nodes(3).seed(seed).remote(orders.ledger()).beforeEach(orders::reset).replay();
      points += replay.happenings().size();
      replay.report().ends().values().forEach(e -> ends.merge(e.toString(), 1, Integer::sum));
      if (!replay.holds()) {
        String v = replay.violations().get(0);
        if (failed.merge(v.substring(0, Math.min(40, v.length())), 1, Integer::sum) == 1 && shown++ < 4) {
          System.out.println(replay.shortest().failure().getMessage());
        }
      }
    }
    System.out.println((System.nanoTime() - begun) / 1_000_000 + " ms, points " + points + " ends " + ends + " failed " + failed);
  }
}

package io.skald.benchmarks;

import java.sql.SQLException;

/**
 * What one saga costs.
 *
 * @param counters what the server counted
 * @param roundTrips how often the server was asked
 */
record Costs(Counters counters, double roundTrips) {

  /** Runs {@code sagas} sagas between two moments at which the server's counts are complete. */
  static Costs of(Server server, Side side, int callers, int sagas) throws Exception {
    Counters before = complete(server, side);
    long sent = CountingSockets.sent();
    var unused = new Load(side, callers).exactly(sagas);
    double roundTrips = (CountingSockets.sent() - sent) / (double) sagas;
    return new Costs(complete(server, side).since(before, sagas), roundTrips);
  }

  private static Counters complete(Server server, Side side)
      throws SQLException, InterruptedException {
    side.pool().renew();
    return Counters.read(server);
  }

  double rows() {
    return counters.inserted() + counters.updated();
  }
}

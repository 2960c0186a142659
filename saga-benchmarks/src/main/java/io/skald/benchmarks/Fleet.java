package io.skald.benchmarks;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Several nodes of one service on one database, each an engine with a pool of its own. Callers take
 * them in turn.
 */
final class Fleet implements Side {
  private final List<EngineSide> nodes;
  private final AtomicInteger next = new AtomicInteger();

  Fleet(Server server, Workload workload, int nodes) throws SQLException {
    this.nodes = EngineSide.several(server, workload, nodes);
  }

  @Override
  public void run(PlaceOrder order) throws Exception {
    nodes.get(Math.floorMod(next.getAndIncrement(), nodes.size())).run(order);
  }

  @Override
  public long ended() throws SQLException {
    return nodes.getFirst().ended();
  }

  @Override
  public Pool pool() {
    return nodes.getFirst().pool();
  }

  @Override
  public String prefix() {
    return nodes.getFirst().prefix();
  }

  @Override
  public void close() {
    nodes.forEach(EngineSide::close);
  }
}

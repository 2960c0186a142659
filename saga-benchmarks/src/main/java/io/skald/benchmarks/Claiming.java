package io.skald.benchmarks;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.saga.SagaId;
import io.skald.store.jooq.JooqSagaStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How many due sagas are claimed in a second, with their logs, by one node or several at once. */
final class Claiming {
  /** As many as an engine of default options claims at most. */
  private static final int LIMIT = 64;

  private static final DefinitionRef DEFINITION = new DefinitionRef("claimed", 1, "benchmark");

  private static final String DUE =
      """
      truncate skald.saga, skald.saga_log;
      insert into skald.saga (
        id, definition, version, fingerprint, business_key, status, wake_at, input, input_digest)
      select gen_random_uuid(), 'claimed', 1, 'benchmark', 'c-' || n, 'RUNNING',
        clock_timestamp() - n * interval '1 ms', '{"orderId": "c-' || n || '", "amount": 100}', 'd'
      from generate_series(1, %d) n;
      insert into skald.saga_log (
        saga_id, path, direction, step_name, seq, status, attempt, attempt_base, payload, epoch,
        finished_at)
      select s.id, l.path, 'ACTION', l.path, l.seq, 'SUCCEEDED', 1, 0, '{"id": "B-1"}', 0,
        clock_timestamp()
      from skald.saga s
      cross join (values ('reserve', 1), ('charge', 2)) l (path, seq)
      """;

  private final Server server;
  private final int sagas;

  Claiming(Server server, int sagas) {
    this.server = server;
    this.sagas = sagas;
  }

  /** Has that many nodes claim all there is; answers how many a second. */
  double perSecond(int nodes) throws Exception {
    List<Pool> pools = new ArrayList<>();
    try {
      List<Callable<List<SagaId>>> claimers = new ArrayList<>();
      for (int i = 0; i < nodes; i++) {
        var pool = new Pool(server, "node-" + i, 3);
        pools.add(pool);
        claimers.add(claimer(JooqSagaStore.builder(pool.dataSource()).build()));
      }
      fill();
      return claimed(claimers);
    } finally {
      pools.forEach(Pool::close);
    }
  }

  private void fill() throws Exception {
    server.execute(DUE.formatted(sagas));
    server.execute("vacuum (analyze) skald.saga");
    server.execute("vacuum (analyze) skald.saga_log");
    server.execute("checkpoint");
  }

  private static Callable<List<SagaId>> claimer(JooqSagaStore store) {
    var node = new NodeId(UUID.randomUUID());
    List<String> conflicts =
        store.join(
            new NodeRegistration(node, "claims", Duration.ofMinutes(10), List.of(DEFINITION)));
    if (!conflicts.isEmpty()) {
      throw new IllegalStateException("the node cannot join: " + conflicts);
    }
    return () -> all(store, node);
  }

  private static List<SagaId> all(JooqSagaStore store, NodeId node) {
    List<SagaId> all = new ArrayList<>();
    List<Claim> claims = store.claim(node, List.of(DEFINITION), LIMIT);
    while (!claims.isEmpty()) {
      claims.forEach(claim -> all.add(claim.snapshot().saga().id()));
      claims = store.claim(node, List.of(DEFINITION), LIMIT);
    }
    return all;
  }

  private double claimed(List<Callable<List<SagaId>>> claimers) throws Exception {
    Set<SagaId> each = new HashSet<>();
    int claims = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(claimers.size())) {
      long begin = System.nanoTime();
      List<Future<List<SagaId>>> futures = threads.invokeAll(claimers);
      long nanos = System.nanoTime() - begin;
      for (Future<List<SagaId>> future : futures) {
        claims += future.get().size();
        each.addAll(future.get());
      }
      if (claims != sagas || each.size() != sagas) {
        throw new IllegalStateException(
            "%d claims of %d sagas (expected: %d, each once)"
                .formatted(claims, each.size(), sagas));
      }
      return sagas * 1e9 / nanos;
    }
  }
}

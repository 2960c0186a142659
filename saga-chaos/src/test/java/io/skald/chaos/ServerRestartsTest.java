package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The faults: the server goes away, or takes no writes, while sagas are started and run. */
class ServerRestartsTest {
  private static DatabaseServer server;

  private final Bench bench = Bench.on(server);
  private final BenchSagas errands = new BenchSagas(bench);

  @BeforeAll
  static void start() throws Exception {
    server = DatabaseServer.start(Map.of());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @ParameterizedTest
  @EnumSource
  void sagasGoOnAfterARestart(DatabaseServer.Shutdown shutdown) throws Exception {
    SagaEngine one = bench.open(errands.saga);
    SagaEngine other = bench.open(errands.saga);
    try (var load = new Load(errands, one, other)) {
      load.awaitEnded(200);

      server.stop(shutdown);
      Bench.awaitDown(one);
      Bench.awaitDown(other);
      server.startAgain();

      Bench.awaitUp(one);
      Bench.awaitUp(other);
      load.awaitEnded(200);
      int started = load.stop();
      bench.awaitRest();
      assertThat(errands.violations(bench, started)).isEmpty();
    }
  }

  @Test
  void sagasWaitWhileTheServerIsAStandbyAndGoOnOnceItIsPromoted() throws Exception {
    Path data = Path.of(bench.rows("show data_directory").getFirst().getFirst());
    SagaEngine engine = bench.open(errands.saga);
    try (var load = new Load(errands, engine)) {
      load.awaitEnded(200);

      server.stop(DatabaseServer.Shutdown.FAST);
      Files.createFile(data.resolve("standby.signal"));
      server.startAgain();
      Bench.await("the server is a standby")
          .until(() -> bench.count("select pg_is_in_recovery()::int") == 1);
      Bench.awaitDown(engine);
      assertThat(bench.count("select pg_promote()::int")).isEqualTo(1);

      Bench.awaitUp(engine);
      load.awaitEnded(200);
      int started = load.stop();
      bench.awaitRest();
      assertThat(errands.violations(bench, started)).isEmpty();
    }
  }

  @Test
  void sagasGoOnWhileTransactionsAreReadOnlyByDefault() throws Exception {
    SagaEngine engine = bench.open(errands.saga);
    try (var load = new Load(errands, engine)) {
      load.awaitEnded(100);
      configure("alter system set default_transaction_read_only = on");
      load.awaitEnded(200);
      configure("alter system reset default_transaction_read_only");
      load.awaitEnded(100);
      int started = load.stop();
      bench.awaitRest();
      Bench.awaitUp(engine);
      assertThat(errands.violations(bench, started)).isEmpty();
    }
  }

  private void configure(String sql) {
    bench.execute(sql);
    bench.execute("select pg_reload_conf()");
  }
}

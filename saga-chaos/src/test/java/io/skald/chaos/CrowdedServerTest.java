package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineHealth;
import io.skald.engine.SagaEngine;
import io.skald.saga.error.SagaStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The faults: a server without a connection, a disk or the patience to spare. */
class CrowdedServerTest {
  private static final int CONNECTIONS = 40;
  private static DatabaseServer server;

  private final Bench bench = Bench.on(server);
  private final BenchSagas errands = new BenchSagas(bench);

  @BeforeAll
  static void start() throws Exception {
    server = DatabaseServer.start(Map.of("max_connections", Integer.toString(CONNECTIONS)));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @AfterEach
  void close() {
    bench.close();
  }

  /** Everybody who asks in vain is told 53300; the reserved ones are left for the superuser. */
  private List<Connection> takeTheRest(String url) throws SQLException {
    var taken = new ArrayList<Connection>();
    while (taken.size() <= CONNECTIONS) {
      try {
        taken.add(DriverManager.getConnection(url));
      } catch (SQLException e) {
        assertThat(e.getSQLState()).isEqualTo("53300");
        return taken;
      }
    }
    throw new AssertionError("more connections than the server has");
  }

  private static void giveBack(List<Connection> taken) throws SQLException {
    for (Connection connection : taken) {
      connection.close();
    }
  }

  @Test
  void anEngineThatFindsNoConnectionAtItsStartSaysSoAndOpensLater() throws Exception {
    String url = bench.roleWith();
    HikariDataSource pool = bench.pool(config -> config.setJdbcUrl(url));
    SagaEngine engine = bench.built(pool, builder -> builder, errands.saga);
    List<Connection> taken = takeTheRest(url);
    try {
      assertThatThrownBy(engine::open)
          .isInstanceOfSatisfying(
              SagaStoreException.class,
              e -> assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT))
          .hasMessageContaining("53300");
    } finally {
      giveBack(taken);
    }
    engine.open();

    try (var load = new Load(errands, engine)) {
      load.awaitEnded(50);
      assertThat(errands.violations(bench, atRest(load))).isEmpty();
      assertThat(burned()).isEmpty();
    }
    Bench.awaitUp(engine);
  }

  @Test
  void sagasWaitForConnectionsOfTheServerAndBurnNoAttempts() throws Exception {
    String url = bench.roleWith();
    HikariDataSource pool = bench.pool(config -> config.setJdbcUrl(url));
    SagaEngine engine = bench.built(pool, builder -> builder, errands.saga);
    engine.open();
    try (var load = new Load(errands, engine)) {
      load.awaitEnded(100);
      List<Connection> taken = takeUntilDown(engine, pool, url);
      giveBack(taken);

      Bench.awaitUp(engine);
      load.awaitEnded(100);
      assertThat(errands.violations(bench, atRest(load))).isEmpty();
      assertThat(burned()).isEmpty();
    }
  }

  /**
   * Takes each connection the pool gives back, and has to ask for anew, until it has but the one of
   * the lease. A server is slow to end a session: one may be free that was not when last asked for.
   */
  private List<Connection> takeUntilDown(SagaEngine engine, HikariDataSource pool, String url) {
    var taken = new ArrayList<Connection>();
    Bench.await("the engine finds no connection, and says so")
        .until(
            () -> {
              pool.getHikariPoolMXBean().softEvictConnections();
              taken.addAll(takeTheRest(url));
              return engine.health() instanceof EngineHealth.Down;
            });
    return taken;
  }

  private List<List<String>> burned() {
    return bench.rows(
        "select path, attempt from %s.saga_log where step_name like 'local%' and attempt > 1");
  }

  private int atRest(Load load) throws Exception {
    int started = load.stop();
    bench.awaitRest();
    return started;
  }

  @ParameterizedTest
  @ValueSource(strings = {"effect", "saga_log"})
  void sagasWaitWhileTheDiskIsFullAndGoOnWhenThereIsRoom(String table, @TempDir Path directory)
      throws Exception {
    Path disk = mounted(directory);
    bench.execute("create tablespace small location '" + disk + "'");
    bench.execute("alter table %s." + table + " set tablespace small");
    bench.execute("create table %s.ballast (filling text) tablespace small");
    bench.execute("alter table %s.ballast alter column filling set storage external");
    try (SagaEngine engine = bench.open(errands.saga);
        var load = new Load(errands, engine)) {
      load.awaitEnded(50);
      fill();
      load.awaitStandstill();
      // to delete something would take room as well
      assertThat(run("mount", "-o", "remount,size=16m", disk.toString())).isZero();

      load.awaitEnded(50);
      Bench.awaitUp(engine);
      assertThat(errands.violations(bench, atRest(load))).isEmpty();
      assertThat(burned()).isEmpty();
    } finally {
      bench.execute("drop schema %s cascade");
      bench.execute("drop tablespace small");
      run("umount", disk.toString());
    }
  }

  /** Until the server says 53100, in ever smaller pieces. */
  private void fill() {
    for (int bytes = 1 << 18; bytes >= 1 << 8; bytes /= 2) {
      try {
        while (true) {
          bench.execute("insert into %s.ballast select repeat('x', " + bytes + ")");
        }
      } catch (IllegalStateException e) {
        assertThat(((SQLException) e.getCause()).getSQLState()).isEqualTo("53100");
      }
    }
  }

  private static Path mounted(Path directory) throws Exception {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=2m,mode=0777", "tmpfs", disk.toString()) == 0,
        "a full disk needs the right to mount one of 2 MiB");
    // the server is somebody else
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    return disk;
  }

  private static int run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
  }
}

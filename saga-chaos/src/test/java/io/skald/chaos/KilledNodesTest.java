package io.skald.chaos;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.store.jooq.JooqSagaStore;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real nodes, killed with SIGKILL at random points while they run sagas. Afterwards the
 * ledger of the participant, the log and the business tables are held against each other.
 *
 * <p>{@code -Dskald.chaos.seed=…} repeats a run as far as real processes allow; {@code
 * -Dskald.chaos.kills=…} makes it longer.
 */
class KilledNodesTest {
  private static final int NODES = 3;
  private final long seed = Long.getLong("skald.chaos.seed", System.nanoTime());
  private final int kills = Integer.getInteger("skald.chaos.kills", 12);
  private final Random random = new Random(seed);
  private final List<Process> nodes = new ArrayList<>();
  private int incarnations;
  @TempDir private Path logs;

  @Test
  void nothingIsLostOrDoneTwiceWhenNodesAreKilled(TestReporter report) throws Exception {
    report.publishEntry("chaos", "seed %d, %d kills".formatted(seed, kills));
    try (DatabaseServer server = DatabaseServer.start(Map.of());
        RemoteLedger ledger = new RemoteLedger(seed);
        HikariDataSource pool = ChaosNode.pool(server.url())) {
      JooqSagaStore.builder(pool).build();
      var database = new ChaosDatabase(pool);
      database.prepare(ChaosNode.ACCOUNTS);
      try {
        killNodes(server, ledger, database);
        ledger.calm();
        database.stopStarting();
        awaitRest(database);
      } finally {
        nodes.forEach(Process::destroyForcibly);
      }
      assertThat(new ChaosCheck(database, ledger).violations())
          .as("violations; seed %d", seed)
          .isEmpty();
      assertThat(completed(database))
          .as("a run that completes little proves little; the nodes say: %s", said())
          .isGreaterThan(50);
    }
  }

  private void killNodes(DatabaseServer server, RemoteLedger ledger, ChaosDatabase database)
      throws Exception {
    String url = server.url();
    for (int i = 0; i < NODES; i++) {
      nodes.add(start(url, ledger.port()));
    }
    for (int i = 0; i < kills; i++) {
      // a kill must hit nodes that work
      long completed = completed(database);
      await("progress before the next kill").until(() -> completed(database) >= completed + 20);
      TimeUnit.MILLISECONDS.sleep(random.nextInt(500));
      int victim = random.nextInt(NODES);
      nodes.get(victim).destroyForcibly().waitFor();
      nodes.set(victim, start(url, ledger.port()));
    }
  }

  private Process start(String url, int port) throws IOException {
    String name = "node" + incarnations++;
    File log = logs.resolve(name + ".log").toFile();
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
            System.getProperty("java.class.path"),
            ChaosNode.class.getName(),
            url,
            Integer.toString(port),
            name,
            Long.toString(random.nextLong()))
        .redirectErrorStream(true)
        .redirectOutput(log)
        .start();
  }

  /** What the nodes wrote, for a run that went wrong. */
  private String said() throws IOException {
    try (Stream<Path> files = Files.list(logs)) {
      var all = new StringBuilder();
      for (Path file : files.sorted().toList()) {
        all.append(Files.readString(file).lines().limit(20).collect(joining("\n")));
      }
      return all.toString();
    }
  }

  private static long completed(ChaosDatabase database) {
    return database.count("select count(*) from skald.saga where status = 'COMPLETED'");
  }

  private static ConditionFactory await(String what) {
    return Awaitility.await(what)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100));
  }

  private static void awaitRest(ChaosDatabase database) {
    await("every saga ends or is stuck")
        .until(
            () ->
                database.count(
                        "select count(*) from skald.saga"
                            + " where status in ('RUNNING', 'COMPENSATING')")
                    == 0);
  }
}

package io.skald.chaos;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The faults: after an outage a great many timers are overdue; a great many sagas fail at once. One
 * node has to work that off within a small heap, and new sagas must not wait until it has.
 *
 * <p>{@code -Dskald.storm=full} takes the numbers that are promised; a build takes fewer.
 */
class StormsTest {
  private static final boolean FULL = "full".equals(System.getProperty("skald.storm"));
  private static final String HEAP = "-Xmx128m";

  private enum Storm {
    TIMERS(20_000, 100_000),
    COMPENSATIONS(2_000, 10_000);

    private final int few;
    private final int all;

    Storm(int few, int all) {
      this.few = few;
      this.all = all;
    }

    int sagas() {
      return FULL ? all : few;
    }
  }

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void aStormDrainsAndNewSagasDoNotWaitForItsEnd(Storm storm, TestReporter report)
      throws Exception {
    try (DatabaseServer server = DatabaseServer.start(Map.of());
        HikariDataSource pool = TestDatabase.pool(server.url())) {
      Map<String, Long> figures = figuresOf(server, storm);
      report.publishEntry(storm.name(), figures.toString());

      long started =
          figures.get("warm_sagas") + figures.get("idle_sagas") + figures.get("storm_sagas");
      var database = new TestDatabase(pool);
      assertThat(
              database.rows(
                  "select definition, status, count(*) from skald.saga group by 1, 2 order by 1"))
          .hasToString(
              "[[fresh, COMPLETED, %d], [parked, %s, %d]]"
                  .formatted(
                      started, storm == Storm.TIMERS ? "COMPLETED" : "COMPENSATED", storm.sagas()));
      assertThat(database.rows(Bench.differencesIn("public.effect", "skald.saga_log"))).isEmpty();
      // whoever had to wait for the end of the storm would have waited about half of it
      assertThat(figures.get("storm_p99_ms"))
          .as("how long new sagas took in the storm: %s", figures)
          .isLessThan(1_000 + figures.get("drained_ms") / 10);
    }
  }

  private Map<String, Long> figuresOf(DatabaseServer server, Storm storm) throws Exception {
    File output = directory.resolve("storm.txt").toFile();
    Process node =
        ChildJvm.start(
            StormNode.class,
            HEAP,
            output,
            server.url(),
            Integer.toString(storm.sagas()),
            storm.name().toLowerCase(java.util.Locale.ROOT));
    try {
      assertThat(node.waitFor(14, TimeUnit.MINUTES)).isTrue();
    } finally {
      node.destroyForcibly();
    }
    String said = Files.readString(output.toPath());
    assertThat(node.exitValue()).as(said).isZero();
    return said.lines()
        .filter(line -> line.matches("\\w+=\\d+"))
        .map(line -> line.split("=", -1))
        .collect(toMap(pair -> pair[0], pair -> Long.valueOf(pair[1]), (a, b) -> b, TreeMap::new));
  }
}

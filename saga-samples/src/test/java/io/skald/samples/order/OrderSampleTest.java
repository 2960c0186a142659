package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The whole sample, with the file's first orders, and one service after the other killed. */
class OrderSampleTest {
  private static final int ORDERS = 150;
  private static final int PER_SECOND = 30;

  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  @Test
  void everyOrderIsShippedOrCompensatedThoughServicesAreKilled() throws Exception {
    Path folder;
    try (var cluster = new Cluster()) {
      folder = cluster.folder();
      var progress = new Progress(new PrintStream(output, true, StandardCharsets.UTF_8));
      var sample = new OrderSample(cluster, progress, ORDERS, PER_SECOND);

      var findings = sample.run();

      assertThat(findings).as(text()).allMatch(Audit.Finding::holds);
      assertThat(findings.getFirst().checked()).isEqualTo(ORDERS);
      assertThat(text())
          .containsPattern("orders killed \\(SIGKILL\\) with [1-9][0-9]* sagas in flight")
          .contains("payments is back", "orders is back", ": COMPLETED after", "The audit holds");
      failsOnceMoneyVanishes(cluster);
    }
    assertThat(folder).doesNotExist();
  }

  /** The audit reads the databases, and nothing it remembers. */
  private static void failsOnceMoneyVanishes(Cluster cluster) throws SQLException {
    DatabaseServer databases = cluster.databases();
    try (var connection = databases.dataSource("payments").getConnection();
        var statement = connection.createStatement()) {
      statement.execute("update account set balance = balance + 1 where customer = 'C-001'");
    }
    List<String> placed =
        OrderFile.orders().stream().limit(ORDERS).map(PlaceOrder::orderId).toList();

    assertThat(Audit.of(BooksReader.read(databases), placed))
        .filteredOn(finding -> !finding.holds())
        .extracting(Audit.Finding::rule)
        .containsExactly("money conserved: limit = balance + paid");
  }

  private String text() {
    return output.toString(StandardCharsets.UTF_8);
  }
}

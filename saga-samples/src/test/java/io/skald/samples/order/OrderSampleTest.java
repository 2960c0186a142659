package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
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
      var progress =
          new Progress(new PrintStream(output, true, StandardCharsets.UTF_8), System::nanoTime);
      var sample = new OrderSample(cluster, progress, ORDERS, PER_SECOND);

      var findings = sample.run();

      assertThat(findings).as(text()).allMatch(Audit.Finding::holds);
      assertThat(findings.getFirst().checked()).isEqualTo(ORDERS);
      assertThat(text())
          .containsPattern("orders killed \\(SIGKILL\\) with [1-9][0-9]* sagas in flight")
          .contains("payments is back", "orders is back", "inventory is back")
          .contains(": COMPLETED after", "The audit holds")
          .containsPattern("Why orders were compensated\\R(  .*\\R)*  +[0-9]+ out of stock")
          .doesNotContainPattern("[0-9] [A-Z][A-Za-z]+(Exception|Failure|Outcome)")
          .containsPattern("place-order +[0-9]+ sagas .*[1-9][0-9]* completed")
          .containsPattern("ship-in-parts +[0-9]+ sagas .*[1-9][0-9]* completed")
          .containsPattern("the desk +[1-9][0-9]* asked +[1-9][0-9]* granted")
          .containsPattern("the packers +[1-9][0-9]* asked .*[1-9][0-9]* packed");
      assertThat(cluster.orders().lastLines(1_000))
          .anyMatch(
              line ->
                  line.contains("INFO")
                      && line.contains("runs insure-order v1, place-order v1, ship-in-parts v1;"))
          .anyMatch(line -> line.contains("INFO") && line.contains(": closed; other nodes"));
      keepsTheTokensToItself(cluster);
      failsOnceMoneyVanishes(cluster, sample);
    }
    assertThat(folder).doesNotExist();
  }

  /** Whoever has a token can complete the step. */
  private static void keepsTheTokensToItself(Cluster cluster) throws SQLException, IOException {
    var tokens = new ArrayList<String>();
    try (var connection = cluster.databases().dataSource("inventory").getConnection();
        var select = connection.prepareStatement("select token from packing");
        var rows = select.executeQuery()) {
      while (rows.next()) {
        tokens.add(rows.getString(1));
      }
    }
    assertThat(tokens).isNotEmpty();
    for (ServiceProcess service : cluster.services()) {
      assertThat(String.join("\n", service.lastLines(Integer.MAX_VALUE)))
          .as(service.name())
          .doesNotContain(tokens);
    }
  }

  /** The audit reads the databases, and nothing it remembers. */
  private void failsOnceMoneyVanishes(Cluster cluster, OrderSample sample) throws SQLException {
    DatabaseServer databases = cluster.databases();
    try (var connection = databases.dataSource("payments").getConnection();
        var statement = connection.createStatement()) {
      statement.execute("update account set balance = balance + 1 where customer = 'C-001'");
    }

    List<Audit.Finding> findings = sample.audit(databases);

    assertThat(OrderSample.exitCode(findings)).isEqualTo(1);
    assertThat(text()).contains("The audit FAILED", "the card of C-001 is off");
    assertThat(findings)
        .filteredOn(finding -> !finding.holds())
        .extracting(Audit.Finding::rule)
        .containsExactly("money conserved: limit = balance + paid");
  }

  private String text() {
    return output.toString(StandardCharsets.UTF_8);
  }
}

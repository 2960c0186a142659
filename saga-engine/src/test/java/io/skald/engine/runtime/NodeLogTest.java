package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Retention;
import io.skald.engine.spi.SagaArchive;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class NodeLogTest {
  private static final Optional<NodeId> ID = Optional.of(new NodeId(new UUID(0, 7)));
  private static final String NAME = "node orders-1 (00000000-0000-0000-0000-000000000007)";

  @Test
  void saysWhoOpensAndWhatItRuns() {
    var definitions =
        List.of(new DefinitionRef("refund", 1, "f1"), new DefinitionRef("place-order", 2, "f2"));

    assertThat(logOf(() -> NodeLog.opened(node(64), ID, definitions)))
        .contains("INFO")
        .endsWith(
            NAME
                + ": open; runs place-order v2, refund v1; at most 64 sagas at a time, 16 of them"
                + " kept for urgent ones; lease 15 s, poll interval 500 ms");
  }

  @Test
  void saysThatANodeRunsNothing() {
    assertThat(logOf(() -> NodeLog.opened(node(0), ID, List.of())))
        .contains(": open; starts sagas and runs none;");
    assertThat(logOf(() -> NodeLog.opened(node(1), ID, List.of())))
        .contains(": open; runs no definition;");
  }

  @Test
  void saysThatANodeCloses() {
    assertThat(logOf(() -> NodeLog.closing(node(64), ID)))
        .contains("INFO")
        .endsWith(NAME + ": closing; waits 20 s at most for what runs");
    assertThat(logOf(() -> NodeLog.closed(node(64), Optional.empty())))
        .contains("INFO")
        .endsWith(
            "node orders-1 (its lease has run out): closed; other nodes go on with what it owned");
  }

  private static NodeSettings node(int concurrency) {
    return new NodeSettings(
        "orders-1",
        concurrency,
        concurrency / 4,
        Duration.ofMillis(500),
        Duration.ofSeconds(15),
        Duration.ofSeconds(5),
        Duration.ofSeconds(20),
        Retention.of(Duration.ofDays(7)),
        SagaArchive.NONE);
  }

  private static String logOf(Runnable logging) {
    return String.join("\n", Logged.linesOf(logging)).strip();
  }
}

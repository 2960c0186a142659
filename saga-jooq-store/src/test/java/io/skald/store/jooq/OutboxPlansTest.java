package io.skald.store.jooq;

import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.OutboxMessage;
import io.skald.engine.spi.OutboxStore;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What 200,000 messages that were sent, and 20,000 behind one in trouble, cost the others. */
class OutboxPlansTest {
  private static final String PENDING = "saga_outbox_bucket_position_idx";
  private static final String RETRYING = "saga_outbox_bucket_retry_at_idx";
  private static final String TROUBLE = "saga_outbox_topic_key_position_idx";
  private static final String FAILED = "saga_outbox_position_idx";
  private static final String PRIMARY = "saga_outbox_pkey";
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  private final PlannedStatements statements = new PlannedStatements(DATABASE.pool());
  private final OutboxStore store = JooqOutboxStore.of(statements.dataSource(), DATABASE.schema());

  @BeforeAll
  static void fill() {
    // planned as on a day on which there was nothing yet
    DATABASE.execute("vacuum analyze %s.saga_outbox");
    DATABASE.execute(
        """
        insert into %s.saga_outbox (id, bucket, topic, ordering, key, payload, status, sent_at)
        select gen_random_uuid(), n % 64, 'sent', 'STRICT', 'k' || n, '', 'SENT', now()
        from generate_series(1, 200000) n
        """);
    DATABASE.execute(
        """
        insert into %s.saga_outbox (id, bucket, topic, ordering, key, payload, status)
        select gen_random_uuid(), 7, 'blocked', 'STRICT', 'k', '',
          case when n = 1 then 'FAILED' else 'HELD' end
        from generate_series(1, 20001) n
        """);
    DATABASE.execute(
        """
        insert into %s.saga_outbox (id, bucket, topic, ordering, key, payload, status)
        select gen_random_uuid(), n % 64, 'pending', 'STRICT', 'k' || n, '', 'PENDING'
        from generate_series(1, 1000) n
        """);
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  /** The plan of what reads no index from its beginning to its end. */
  private String lookUp() throws SQLException {
    List<String> nodes = statements.nodes();
    assertThat(nodes)
        .filteredOn(node -> node.contains("Scan using"))
        .isNotEmpty()
        .allSatisfy(node -> assertThat(node).contains("Index Cond"));
    return String.join("->", nodes);
  }

  private String plan() throws SQLException {
    List<String> nodes = statements.nodes();
    assertThat(nodes)
        .isNotEmpty()
        .allSatisfy(node -> assertThat(node).doesNotContain("Seq Scan on saga_outbox "));
    return String.join("->", nodes);
  }

  private List<OutboxMessage> pending() {
    Map<Integer, Integer> rooms = new HashMap<>();
    IntStream.range(0, OutboxStore.BUCKETS).forEach(bucket -> rooms.put(bucket, 2));
    return store.pending(rooms, List.of(), 1 << 20).messages();
  }

  @Test
  void whatIsToBeSentIsFoundByItsStatus() throws SQLException {
    assertThat(pending()).hasSize(128);
    assertThat(plan())
        .containsPattern(by(PENDING))
        .containsPattern(by(RETRYING))
        .containsPattern(by(TROUBLE));
  }

  @Test
  void whatBecomesOfAMessageIsWrittenByItsPosition() throws SQLException {
    OutboxMessage message = pending().getFirst();
    assertThat(lookUp()).isNotEmpty();
    store.postpone(message, Duration.ofHours(1), "slow down");
    assertThat(lookUp()).containsPattern(by(PRIMARY));
    store.fail(message, "too large");
    assertThat(lookUp()).containsPattern(by(PRIMARY));
    store.retry(message.position());
    assertThat(lookUp()).containsPattern(by(PRIMARY)).containsPattern(by(TROUBLE));
    store.sent(List.of(message));
    assertThat(lookUp()).containsPattern(by(PRIMARY)).containsPattern(by(TROUBLE));
  }

  @Test
  void whatIsHeldUpIsPutAsideWithoutAWalkThroughTheTable() throws SQLException {
    DATABASE.execute(
        """
        insert into %s.saga_outbox (id, bucket, topic, ordering, key, payload)
        select gen_random_uuid(), 7, 'blocked', 'STRICT', 'k', ''
        from generate_series(1, 100) n
        """);
    assertThat(store.pending(Map.of(7, 100), List.of(), 1 << 20).messages()).hasSizeBetween(1, 20);
    assertThat(lookUp())
        .containsPattern(by(PENDING))
        .containsPattern(by(TROUBLE))
        .containsPattern(by(PRIMARY));
  }

  @Test
  void whatIsDeletedIsFoundInTheOrderOfPositions() throws SQLException {
    store.purge(Duration.ofDays(1), 0, 500);
    assertThat(plan()).containsPattern(by(PRIMARY));
  }

  @Test
  void factsAreCountedWithoutWhatWasSent() throws SQLException {
    assertThat(store.facts().failed()).isGreaterThanOrEqualTo(1);
    assertThat(plan()).contains(PENDING, RETRYING, TROUBLE, FAILED);
  }
}

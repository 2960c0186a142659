package io.skald.store.jooq;

import static io.skald.store.jooq.InboxFixture.M1;
import static io.skald.store.jooq.InboxFixture.OTHER_M1;
import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.participant.Receipt;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an inbox of 200,000 messages costs those who receive and whoever purges. */
class InboxPlansTest {
  private static final String DAY = "86400000000";
  private static final String OLDEST = by("saga_inbox_received_at_idx");
  private static final InboxFixture FIXTURE = new InboxFixture();
  private static final TestDatabase DATABASE = FIXTURE.database;

  private final PlannedStatements statements = new PlannedStatements(DATABASE.pool());
  private final JooqInbox inbox = FIXTURE.inbox(statements.dataSource());

  /** A tenth of them is older than a day, and none is older than a week. */
  @BeforeAll
  static void fill() {
    DATABASE.execute(
        """
        insert into %s.saga_inbox (consumer, message_id, digest, received_at)
        select 'c' || n % 3, gen_random_uuid()::text, sha256(n::text::bytea),
          clock_timestamp() - interval '48 hours' * power(random(), 20)
            - case when n % 10 = 0 then interval '25 hours' else interval '0' end
        from generate_series(1, 200000) n
        """);
    DATABASE.execute("vacuum analyze %s.saga_inbox");
  }

  @AfterAll
  static void drop() {
    FIXTURE.close();
  }

  private String plan() throws SQLException {
    List<String> nodes = statements.nodes();
    assertThat(nodes)
        .isNotEmpty()
        .allSatisfy(node -> assertThat(node).doesNotContainPattern("Seq Scan on saga_inbox\\b"));
    return String.join("->", nodes);
  }

  @Test
  void whoeverReceivesLooksByTheKeyAlone() throws SQLException {
    assertThat(inbox.once(M1, tx -> {})).isEqualTo(Receipt.HANDLED);
    assertThat(plan()).contains("Insert on saga_inbox", "Conflict Resolution: NOTHING");

    assertThat(inbox.once(M1, tx -> {})).isEqualTo(Receipt.DUPLICATE);
    assertThat(plan()).containsPattern(by("saga_inbox_pkey"));

    assertThat(inbox.once(OTHER_M1, tx -> {})).isEqualTo(Receipt.CONFLICT);
    assertThat(plan()).contains("Update on saga_inbox").containsPattern(by("saga_inbox_pkey"));
  }

  @Test
  void aPurgeFollowsTheIndexOfTimesAndDeletesByPlace() throws SQLException {
    assertThat(inbox.purge()).isZero();

    assertThat(plan())
        .containsPattern(OLDEST)
        .contains("TID Cond: (ctid = ANY")
        .doesNotContain("Sort Key");
  }

  @Test
  void aPurgeReadsNoMoreThanItDeletes() throws SQLException {
    double read = RowsRead.by(DATABASE, PurgeInbox.DELETE, DAY + ", 0");

    assertThat(read).isBetween(1.0 * PurgeInbox.BATCH, 8.0 * PurgeInbox.BATCH);
  }

  /** Dead rows stay in the index until vacuum has been there, which may be held back for long. */
  @Test
  void aBatchDoesNotWalkThroughWhatTheOnesBeforeItDeleted() throws SQLException {
    String last =
        DATABASE.value(
            """
            select (extract(epoch from received_at) * 1000000)::bigint
            from %s.saga_inbox
            order by received_at
            offset 15000
            limit 1
            """);
    try (Connection connection = DATABASE.pool().getConnection()) {
      connection.setAutoCommit(false);
      DATABASE.execute(connection, "set local enable_seqscan = off");
      DATABASE.execute(
          connection,
          "delete from %s.saga_inbox where received_at < timestamptz 'epoch' + "
              + last
              + " * interval '1 microsecond'");

      assertThat(buffers(connection, last)).isLessThan(buffers(connection, "0") / 4);
      connection.rollback();
    }
  }

  private static long buffers(Connection connection, String from) throws SQLException {
    String delete =
        new SqlText(DATABASE.schema())
            .render(PurgeInbox.DELETE)
            .replaceFirst("\\?", DAY)
            .replaceFirst("\\?", from);
    return first(
        connection, "explain (analyze, buffers, costs off) " + delete, "shared hit=(\\d+)");
  }

  @Test
  void whoeverLooksAfterConflictsFindsThemByTheirIndex() throws SQLException, IOException {
    String query = new SqlText(DATABASE.schema()).render(InboxPageTest.conflicts());
    try (Connection connection = DATABASE.pool().getConnection()) {
      assertThat(explained(connection, "explain (costs off) " + query))
          .contains("Backward using saga_inbox_conflict_at_idx")
          .doesNotContain("Sort");
    }
  }

  @Test
  void aMessageTakesAQuarterOfAKilobyteWithItsIndexes() {
    String each = "select pg_total_relation_size('%s.saga_inbox') / 200000";

    assertThat(Integer.parseInt(DATABASE.value(each))).isBetween(150, 270);
  }

  /** The row, that it is no duplicate, and an entry in each of two indexes. */
  @Test
  void aMessageIsFourRecordsOfTheWriteAheadLog() throws SQLException {
    String insert =
        new SqlText(DATABASE.schema())
            .render(ReceiveMessage.INSERT)
            .replaceFirst("\\?", "'billing'")
            .replaceFirst("\\?", "gen_random_uuid()::text")
            .replaceFirst("\\?", "sha256('')");
    try (Connection connection = DATABASE.pool().getConnection()) {
      connection.setAutoCommit(false);
      // the pages are in the log as a whole after each checkpoint, when they are first written to
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 20; i++) {
        least =
            Math.min(
                least,
                first(connection, "explain (analyze, wal) " + insert, "WAL: records=(\\d+)"));
      }
      connection.rollback();
      assertThat(least).isEqualTo(4);
    }
  }

  /** The first number that an EXPLAIN says after a word. */
  private static long first(Connection connection, String explain, String word)
      throws SQLException {
    String said = explained(connection, explain);
    Matcher found = Pattern.compile(word).matcher(said);
    assertThat(found.find()).as(said).isTrue();
    return Long.parseLong(found.group(1));
  }

  private static String explained(Connection connection, String explain) throws SQLException {
    StringBuilder said = new StringBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(explain)) {
      while (rows.next()) {
        said.append(rows.getString(1)).append('\n');
      }
    }
    return said.toString();
  }
}

package io.skald.store.jooq;

import static io.skald.saga.participant.Passage.LATE;
import static io.skald.saga.participant.Passage.PASSED;
import static io.skald.saga.participant.Passage.REPEATED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.participant.Answered;
import io.skald.saga.participant.Passage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DefaultDSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What docs/messages.md says of the barrier: its examples compile, and its recipe holds. */
class BarrierPageTest {
  private static final Path PAGE = Path.of("..", "docs", "messages.md");
  private static final Path SOURCE =
      Path.of("src/test/java/io/skald/store/jooq/BarrierPageTest.java");
  private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern SQL = Pattern.compile("(?s)```sql\n(.*?)```");

  private final BarrierDatabase participant = new BarrierDatabase();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    participant.close();
  }

  private static String section() throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf("\n## Barrier\n");
    int to = page.indexOf("\n## ", from + 1);
    return to < 0 ? page.substring(from) : page.substring(from, to);
  }

  private static String flat(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }

  // ---- examples

  private interface Charges {
    String insert(Connection connection, long cents) throws SQLException;
  }

  private interface Holds {
    String insert(DSLContext dsl, long cents);
  }

  private static final class Gone extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private record Charging(JooqBarrier barrier, DataSource pool, Charges charges) {
    String charge(String key, long cents) throws SQLException {
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        Answered charged =
            barrier.answeredAction(connection, key, () -> charges.insert(connection, cents));
        connection.commit();
        if (charged.passage().isRefused()) {
          throw new Gone();
        }
        return charged.answer();
      }
    }
  }

  private static String held(
      JooqBarrier barrier, DSLContext dsl, Holds holds, String key, long cents) {
    String held =
        dsl.transactionResult(
            transaction ->
                barrier
                    .answeredAction(transaction, key, () -> holds.insert(transaction.dsl(), cents))
                    .answer());
    return held;
  }

  static PurgeTimer built(DataSource pool) {
    JooqBarrier barrier =
        JooqBarrier.builder(pool).retention(Duration.ofDays(90)).migration(Migration.AUTO).build();
    PurgeTimer timer = PurgeTimer.every(Duration.ofHours(1), "barrier", barrier::purge);
    return timer;
  }

  @Test
  void everyExampleCompiles() throws IOException {
    String source = flat(Files.readString(SOURCE));

    assertThat(JAVA.matcher(section()).results().map(found -> flat(found.group(1))))
        .hasSize(4)
        .allSatisfy(example -> assertThat(source).contains(example));
  }

  @Test
  void theExamplesAnswerTheRepeatAsTheFirst() throws SQLException {
    var pool = participant.database().pool();
    var ids = List.of("c1", "c2").iterator();
    var charging = new Charging(participant.barrier(), pool, (connection, cents) -> ids.next());
    assertThat(charging.charge("a1", 300)).isEqualTo("c1");
    assertThat(charging.charge("a1", 300)).isEqualTo("c1");
    DSLContext dsl = new DefaultDSLContext(pool, SQLDialect.POSTGRES);
    assertThat(held(participant.barrier(), dsl, (own, cents) -> "h" + cents, "a2", 300))
        .isEqualTo("h300");
    try (Connection connection = participant.connection()) {
      assertThat(participant.barrier().compensation(connection, "a1", () -> {})).isEqualTo(PASSED);
      connection.commit();
    }

    assertThatThrownBy(() -> charging.charge("a1", 300)).isInstanceOf(Gone.class);
  }

  // ---- in one statement

  private String recipe() throws IOException {
    var found = SQL.matcher(section());
    assertThat(found.find()).isTrue();
    String schema = participant.database().schema();
    return found
        .group(1)
        .replace("skald.", '"' + schema + "\".")
        .replace("into charge (id, cents)", "into " + schema + ".effect (action_key, kind)");
  }

  /** As a participant would: the recipe first, and the barrier for what it did not insert. */
  private Passage inOneStatement(Connection connection, String key)
      throws IOException, SQLException {
    try (PreparedStatement statement = connection.prepareStatement(recipe())) {
      statement.setString(1, key);
      statement.setString(2, key);
      statement.setString(3, "action");
      return statement.executeUpdate() == 1
          ? PASSED
          : participant
              .barrier()
              .action(connection, key, () -> participant.effect(connection, key, "action"));
    }
  }

  @Test
  void theRecipePassesOnceAndItsRepeatWaitsAndIsTold() throws Exception {
    try (Connection first = participant.connection();
        Connection second = participant.connection()) {
      assertThat(inOneStatement(first, "a1")).isEqualTo(PASSED);
      Future<Passage> repeat = threads.submit(() -> inOneStatement(second, "a1"));
      participant.awaitWaiting(1);
      first.commit();
      assertThat(repeat.get()).isEqualTo(REPEATED);
      second.commit();

      assertThat(participant.barrier().compensation(first, "a1", () -> {})).isEqualTo(PASSED);
      first.commit();
      assertThat(inOneStatement(second, "a1")).isEqualTo(LATE);
      second.commit();
    }
    assertThat(participant.effects("a1", "action")).isOne();
  }

  @Test
  void theRepeatOfARecipeThatRollsBackPasses() throws Exception {
    try (Connection first = participant.connection();
        Connection second = participant.connection()) {
      assertThat(inOneStatement(first, "a1")).isEqualTo(PASSED);
      Future<Passage> repeat = threads.submit(() -> inOneStatement(second, "a1"));
      participant.awaitWaiting(1);
      first.rollback();
      assertThat(repeat.get()).isEqualTo(PASSED);
      second.commit();
    }
    assertThat(participant.effects("a1", "action")).isOne();
  }
}

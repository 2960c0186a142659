package io.skald.chaos;

import static io.skald.chaos.WireDialogue.Said.commit;
import static io.skald.chaos.WireDialogue.Said.commitOf;
import static io.skald.chaos.WireDialogue.Said.rollback;
import static io.skald.chaos.WireDialogue.Said.statement;
import static io.skald.chaos.WireFault.Moment.ANSWERED;
import static io.skald.chaos.WireFault.Moment.BEFORE;
import static io.skald.chaos.WireFault.Moment.SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The proxy between the real driver and the real server. */
@Timeout(120)
class WireProxyTest {
  private static DatabaseServer server;
  private WireProxy proxy;

  @BeforeAll
  static void start() throws Exception {
    server = DatabaseServer.start(Map.of());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void open() throws Exception {
    proxy = WireProxy.to(server.port());
    try (Connection direct = DriverManager.getConnection(server.url())) {
      execute(direct, "drop table if exists kept");
      execute(direct, "create table kept (id int)");
    }
  }

  @AfterEach
  void close() throws Exception {
    proxy.close();
  }

  @Test
  void handsOnWhatPassesInBothProtocols() throws Exception {
    for (String mode : new String[] {"extended", "simple"}) {
      try (Connection connection = connect("preferQueryMode=" + mode)) {
        insert(connection, 1);
        try (Statement statement = connection.createStatement();
            ResultSet rows =
                statement.executeQuery("select repeat('x', 100000) from generate_series(1, 50)")) {
          int length = 0;
          while (rows.next()) {
            length += rows.getString(1).length();
          }
          assertThat(length).isEqualTo(5_000_000);
        }
      }
    }
    assertThat(kept()).isEqualTo(2);
    assertThat(proxy.struck()).isEmpty();
  }

  @Test
  void cancelsOfTheDriverPass() throws Exception {
    try (Connection connection = connect("");
        Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);

      assertThatThrownBy(() -> statement.execute("select pg_sleep(60)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
    }
  }

  @Test
  void aCommitThatIsCutBeforeItIsSentIsNone() throws Exception {
    assertThat(lost(proxy.onNext(commit()).cut(BEFORE))).isZero();
  }

  @Test
  void aCommitThatIsCutOnceItIsSentIsMade() throws Exception {
    WireFault cut = proxy.onNext(commit()).cut(SENT);
    assertThat(lost(cut)).isNotNegative();
    Awaitility.await().until(() -> kept() == 1);
  }

  @Test
  void aCommitWhoseAnswerIsCutIsMade() throws Exception {
    assertThat(lost(proxy.onNext(commit()).cut(ANSWERED))).isOne();
  }

  @Test
  void aCommitWhoseAnswerIsTornIsMade() throws Exception {
    assertThat(lost(proxy.onNext(commit()).truncate(ANSWERED))).isOne();
  }

  @Test
  void aCommitThatIsTornIsNone() throws Exception {
    assertThat(lost(proxy.onNext(commit()).truncate(BEFORE))).isZero();
  }

  /** How many rows are kept after a commit that fails. */
  private long lost(WireFault fault) throws Exception {
    try (Connection connection = connect("")) {
      connection.setAutoCommit(false);
      insert(connection, 1);

      assertThatThrownBy(connection::commit)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).startsWith("08"));
    }
    fault.awaitStruck();
    return kept();
  }

  /** The driver does not wait for the answer to its BEGIN, which may come late or early. */
  @RepeatedTest(20)
  void knowsACommitThatTravelsWithAStatementThatWasPreparedBefore() throws Exception {
    try (Connection connection = connect("prepareThreshold=3")) {
      connection.setAutoCommit(false);
      WireFault cut = proxy.onNth(8, commitOf("insert into kept")).cut(ANSWERED);
      try (PreparedStatement statement =
          connection.prepareStatement("insert into kept values (?); commit")) {
        for (int i = 1; i <= 7; i++) {
          statement.setInt(1, i);
          statement.execute();
        }
        assertThat(cut.hasStruck()).isFalse();
        statement.setInt(1, 8);
        assertThatThrownBy(statement::execute).isInstanceOf(SQLException.class);
      }
      assertThat(cut.hasStruck()).isTrue();
    }
    assertThat(kept()).isEqualTo(8);
  }

  @Test
  void knowsWhichTransactionACommitIsOf() throws Exception {
    WireFault cut = proxy.onNext(commitOf("into kept")).cut(BEFORE);
    try (Connection connection = connect("")) {
      connection.setAutoCommit(false);
      insert(connection, 1);
      connection.rollback();
      execute(connection, "select 1");
      connection.commit();
      assertThat(cut.hasStruck()).isFalse();
      insert(connection, 2);
      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
    }
  }

  @Test
  void strikesAtAStatementAndAtARollback() throws Exception {
    WireFault torn = proxy.onNth(2, statement("into kept")).truncate(BEFORE);
    WireFault cut = proxy.onNext(rollback()).cut(SENT);
    try (Connection connection = connect("")) {
      insert(connection, 1);
      assertThatThrownBy(() -> insert(connection, 2)).isInstanceOf(SQLException.class);
    }
    try (Connection connection = connect("")) {
      connection.setAutoCommit(false);
      insert(connection, 3);
      assertThatThrownBy(connection::rollback).isInstanceOf(SQLException.class);
    }
    torn.awaitStruck();
    cut.awaitStruck();
    assertThat(kept()).isOne();
    assertThat(proxy.struck()).isEqualTo(Map.of(WireFault.Kind.CUT, 1, WireFault.Kind.TRUNCATE, 1));
  }

  @Test
  void whatIsHeldPassesOnceItIsReleased() throws Exception {
    WireFault request = proxy.onNext(commitOf("into kept")).hold(BEFORE);
    try (Connection connection = connect("")) {
      connection.setAutoCommit(false);
      insert(connection, 1);
      CompletableFuture<Void> commit = CompletableFuture.runAsync(() -> commitOn(connection));
      request.awaitStruck();
      assertThat(kept()).isZero();
      request.release();
      commit.get(20, TimeUnit.SECONDS);
      assertThat(kept()).isOne();

      WireFault answer = proxy.onNext(commitOf("into kept")).hold(ANSWERED);
      insert(connection, 2);
      commit = CompletableFuture.runAsync(() -> commitOn(connection));
      answer.awaitStruck();
      assertThat(kept()).isEqualTo(2);
      assertThat(commit).isNotDone();
      answer.release();
      commit.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aRequestThatWasHeldArrivesThoughItsSenderIsGone() throws Exception {
    WireFault held = proxy.onNext(statement("into kept")).hold(BEFORE);
    try (Connection connection = connect("socketTimeout=1")) {
      assertThatThrownBy(() -> insert(connection, 1)).isInstanceOf(SQLException.class);
    }
    assertThat(kept()).isZero();

    held.release();

    Awaitility.await().until(() -> kept() == 1);
  }

  @Test
  void whatIsDelayedPassesLater() throws Exception {
    var delay = Duration.ofMillis(300);
    proxy.onNext(statement("into kept")).delay(ANSWERED, delay);
    long begun = System.nanoTime();
    try (Connection connection = connect("")) {
      insert(connection, 1);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(delay);
  }

  @Test
  void inABlackholeNobodyIsTold() throws Exception {
    WireFault hole = proxy.onNext(commit()).blackhole(BEFORE);
    try (Connection connection = connect("socketTimeout=1")) {
      connection.setAutoCommit(false);
      insert(connection, 1);
      assertThatThrownBy(connection::commit).hasRootCauseInstanceOf(SocketTimeoutException.class);
    }
    assertThat(hole.hasStruck()).isTrue();
    assertThat(sessionsInTransaction()).as("the server still waits").isOne();
    try (Connection connection = connect("socketTimeout=1")) {
      insert(connection, 2);
    }

    proxy.heal();

    Awaitility.await().until(() -> sessionsInTransaction() == 0);
    assertThat(kept()).isOne();
  }

  @Test
  void inTheDarkNoConnectionPassesUntilItIsHealed() throws Exception {
    try (Connection before = connect("socketTimeout=1")) {
      proxy.darken();

      assertThatThrownBy(() -> insert(before, 1)).isInstanceOf(SQLException.class);
      assertThatThrownBy(() -> connect("socketTimeout=1&sslResponseTimeout=1000"))
          .isInstanceOf(SQLException.class);
    }
    proxy.heal();
    try (Connection after = connect("")) {
      insert(after, 2);
    }
    assertThat(kept()).isOne();
  }

  @Test
  void cutsEverythingAtOnce() throws Exception {
    try (Connection one = connect("");
        Connection other = connect("")) {
      proxy.cut();

      assertThatThrownBy(() -> insert(one, 1)).isInstanceOf(SQLException.class);
      assertThatThrownBy(() -> insert(other, 2)).isInstanceOf(SQLException.class);
    }
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> proxy.onNext(commit()).truncate(SENT))
        .withMessageContaining("expected: one of [BEFORE, ANSWERED]");
  }

  @Test
  void disturbsByChanceUntilItIsHealed() throws Exception {
    proxy.disturb(7, 4);
    for (int i = 0; i < 100; i++) {
      try (Connection connection = connect("socketTimeout=1")) {
        insert(connection, i);
      } catch (SQLException e) {
        assertThat(e.getSQLState()).startsWith("08");
      }
    }
    Map<WireFault.Kind, Integer> struck = proxy.struck();
    assertThat(struck.keySet()).isEqualTo(EnumSet.complementOf(EnumSet.of(WireFault.Kind.CANCEL)));

    proxy.heal();

    for (int i = 0; i < 50; i++) {
      try (Connection connection = connect("")) {
        insert(connection, i);
      }
    }
    assertThat(proxy.struck()).isEqualTo(struck);
  }

  private Connection connect(String settings) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres&%s"
            .formatted(proxy.port(), settings));
  }

  private static void insert(Connection connection, int id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("insert into kept values (?)")) {
      statement.setInt(1, id);
      statement.executeUpdate();
    }
  }

  private static void commitOn(Connection connection) {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long kept() throws SQLException {
    return count("select count(*) from kept");
  }

  private static long sessionsInTransaction() throws SQLException {
    return count(
        "select count(*) from pg_stat_activity where xact_start is not null"
            + " and pid <> pg_backend_pid() and backend_type = 'client backend'");
  }

  private static long count(String query) throws SQLException {
    try (Connection direct = DriverManager.getConnection(server.url());
        Statement statement = direct.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.step.Tx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Code that is no saga respects a lock as docs/concepts.md says: it locks its own row first, and
 * then looks whether a saga has the lock.
 */
@Timeout(120)
class LockRecipeTest {
  /** The look of the page, with binds. */
  static final String HOLDER =
      """
      select saga_id
      from %s.saga_lock_v1
      where name = ? and key = ? and held_at is not null
      """;

  private static final int SAGAS = 150;
  private static final Duration ALL = Duration.ofMinutes(1);

  private final EngineFixture fixture = new EngineFixture();
  private final List<String> disturbed = new CopyOnWriteArrayList<>();
  private final AtomicInteger passed = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** Between its two steps nobody is to have changed the row. */
  private SagaDefinition<Integer, Done> saga() {
    return Saga.define("writes-twice", Integer.class)
        .key(number -> "s" + number)
        .lock("business", number -> "1")
        .step(
            Step.named("begin", Integer.class)
                .local((number, tx) -> write(tx.connection(), "saga " + number))
                .needsNoCompensation())
        .pivot(Step.named("end", Integer.class).local(this::end))
        .build();
  }

  private void end(Integer number, Tx tx) throws SQLException {
    String found = read(tx.connection());
    if (!found.equals("saga " + number)) {
      disturbed.add("saga %d found: %s".formatted(number, found));
    }
  }

  private void write(Connection connection, String note) throws SQLException {
    fixture.database.execute(connection, "update %s.business set note = '" + note + "'");
  }

  private String read(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement(
                "select note from " + fixture.database.schema() + ".business");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getString(1);
    }
  }

  private void writeUnlessLocked(Connection connection) throws SQLException {
    fixture.database.execute(connection, "select note from %s.business where id = '1' for update");
    if (isLocked(connection)) {
      connection.rollback();
      refused.incrementAndGet();
    } else {
      write(connection, "the application");
      connection.commit();
      passed.incrementAndGet();
    }
  }

  private boolean isLocked(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(HOLDER.formatted(fixture.database.schema()))) {
      statement.setString(1, "business");
      statement.setString(2, "1");
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  @Test
  void nobodyWhoLocksItsRowFirstAndThenLooksComesBetweenTheStepsOfASaga() throws Exception {
    fixture.database.execute("insert into %s.business (id, note) values ('1', 'new')");
    SagaDefinition<Integer, Done> saga = saga();
    SagaEngine engine = fixture.open(saga);
    var isOver = new AtomicBoolean();
    Thread application = Thread.ofPlatform().start(() -> writeUntil(isOver));
    for (int number : IntStream.range(0, SAGAS).toArray()) {
      SagaHandle<Done> handle = engine.start(saga, number);
      assertThat(handle.await(ALL)).isInstanceOf(SagaEnd.Completed.class);
    }
    isOver.set(true);
    application.join();

    assertThat(disturbed).isEmpty();
    assertThat(passed).hasPositiveValue();
    assertThat(refused).hasPositiveValue();
  }

  private void writeUntil(AtomicBoolean isOver) {
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      while (!isOver.get()) {
        writeUnlessLocked(connection);
      }
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      disturbed.add(e.toString());
    }
  }

  @Test
  void thePageLooksAsThisTestDoes() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "concepts.md"));
    String look =
        HOLDER.formatted("skald").replaceFirst("\\?", "'account'").replaceFirst("\\?", "'17'");

    assertThat(page.replaceAll("\\s+", " ")).contains(look.strip().replaceAll("\\s+", " "));
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.testkit.StepTest;
import java.sql.Connection;
import java.sql.SQLException;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DefaultDSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A local step that writes through jOOQ, tested alone on real PostgreSQL. */
class JooqStepTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();
  private static final String TABLE = DATABASE.schema() + ".business";

  private final CompensatableStep<String, Done> createOrder =
      Step.named("create-order", String.class)
          .local(
              (order, tx) ->
                  tx.unwrap(DSLContext.class)
                      .execute("insert into " + TABLE + " values (?, 'new')", order))
          .compensation(
              (order, done, tx) -> tx.unwrap(DSLContext.class).execute("delete from " + TABLE));

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  private static DSLContext jooq(Connection connection) {
    return new DefaultDSLContext(connection, SQLDialect.POSTGRES);
  }

  private static @Nullable Object rows(Connection connection) {
    return jooq(connection).fetchValue("select count(*) from " + TABLE);
  }

  private static <I, R> StepTest<I, R> test(Step<I, R> step, Connection connection)
      throws SQLException {
    connection.setAutoCommit(false);
    return StepTest.of(step)
        .connection(connection)
        .unwrapping(DSLContext.class, tx -> jooq(tx.connection()));
  }

  @Test
  void seesItsRowsInTheTransactionOfTheTest() throws Exception {
    try (Connection connection = DATABASE.pool().getConnection()) {
      var test = test(createOrder, connection);

      test.actOrThrow("order-1");
      assertThat(rows(connection)).isEqualTo(1L);
      test.compensate("order-1", Done.DONE);
      assertThat(rows(connection)).isEqualTo(0L);

      connection.rollback();
    }
  }

  @Test
  void failsItsTestIfItCommits() throws Exception {
    var commits =
        Step.named("commits", String.class)
            .local((order, tx) -> tx.unwrap(DSLContext.class).connection(Connection::commit))
            .needsNoCompensation();
    try (Connection connection = DATABASE.pool().getConnection()) {
      var test = test(commits, connection);

      assertThatThrownBy(() -> test.actOrThrow("order-1"))
          .hasStackTraceContaining("commit() is refused inside a local step");

      connection.rollback();
    }
  }
}

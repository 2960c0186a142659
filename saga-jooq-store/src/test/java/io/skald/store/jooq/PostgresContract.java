package io.skald.store.jooq;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import io.skald.testkit.JdbcSagaStoreContract;
import io.skald.testkit.LockRow;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The contract of a store on real PostgreSQL. */
abstract class PostgresContract extends JdbcSagaStoreContract {
  private static final String SET_BACK =
      """
      do $$
      declare
        stored record;
      begin
        for stored in
          select c.table_name as name,
            string_agg(
              quote_ident(c.column_name) || ' = ' || quote_ident(c.column_name)
                || ' - interval ''MILLIS milliseconds''',
              ', ') as times
          from information_schema.columns c
          join information_schema.tables t using (table_schema, table_name)
          where c.table_schema = '%s'
            and c.data_type = 'timestamp with time zone'
            and t.table_type = 'BASE TABLE'
          group by c.table_name
        loop
          execute 'update %s.' || stored.name || ' set ' || stored.times
            || ' where ctid = any (array('
            || 'select ctid from %s.' || stored.name || ' for update skip locked))';
        end loop;
      end $$
      """;

  private final TestDatabase database = TestDatabase.migrated();
  private @Nullable SagaStore store;

  /** The store, on a database of its own. */
  abstract SagaStore storeOn(TestDatabase migrated);

  @Override
  protected SagaStore store() {
    SagaStore there = store;
    if (there == null) {
      there = storeOn(database);
      store = there;
    }
    return there;
  }

  /**
   * A second and more goes by in a moment: every time that is stored is set back by as much, and to
   * nothing else does the database compare its clock. What a transaction that is open has locked is
   * left as it is.
   */
  @Override
  protected void elapse(Duration duration) {
    if (duration.compareTo(Duration.ofSeconds(1)) >= 0) {
      database.execute(SET_BACK.replace("MILLIS", String.valueOf(duration.toMillis())));
    } else {
      pause(duration);
    }
  }

  private static void pause(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Override
  protected void close() {
    database.close();
  }

  @Override
  protected Connection connection() throws SQLException {
    Connection connection = database.pool().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  @Override
  protected List<Amendment.Audit> audits() {
    List<Amendment.Audit> audits = new ArrayList<>();
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select actor, action, step, reason from %s.saga_audit order by id"
                    .formatted(database.schema()))) {
      while (rows.next()) {
        audits.add(
            new Amendment.Audit(
                rows.getString(1), rows.getString(2), rows.getString(3), rows.getString(4)));
      }
      return audits;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected List<LockRow> locks() {
    List<LockRow> locks = new ArrayList<>();
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select name, key, saga_id, since, held_at
                from %s.saga_lock
                order by name, key, held_at is null, shared, slot, since, saga_id
                """
                    .formatted(database.schema()))) {
      while (rows.next()) {
        locks.add(
            new LockRow(
                new LockKey(rows.getString(1), rows.getString(2)),
                new SagaId(rows.getObject(3, UUID.class)),
                Rows.instant(rows, 4),
                Rows.instantOrNull(rows, 5)));
      }
      return locks;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.Retention;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What retention deletes is handed to the archive first, in the same transaction. */
class ArchiveTest {
  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final NodeId node = Fixtures.joined(store);

  @BeforeEach
  void prepare() {
    database.execute("create table %s.archived (saga_id uuid primary key, steps integer)");
  }

  @AfterEach
  void drop() {
    database.close();
  }

  private Fence ended() {
    Fence fence = Fixtures.started(store, node);
    var unused = store.write(List.of(Fixtures.ended(fence, Fixtures.succeeded("a", 1))));
    return fence;
  }

  private void keep(Connection connection, List<SagaSnapshot> sagas) throws SQLException {
    String sql = "insert into " + database.schema() + ".archived values (?, ?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (SagaSnapshot saga : sagas) {
        insert.setObject(1, saga.saga().id().value());
        insert.setInt(2, saga.log().size());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private PurgedSagas purge(SagaArchive archive, int limit) {
    // older than they can be: the clock of the database decides
    Expiry expiry = Retention.of(Duration.ofSeconds(1)).expiries().getFirst();
    database.execute("update %s.saga set finished_at = finished_at - interval '1 hour'");
    return store.purge(expiry, Instant.EPOCH, limit, archive);
  }

  @Test
  void keepsEachSagaWithItsLogAndCommitsWithItsDeletion() {
    ended();
    ended();
    Fence third = ended();
    Fence stays = Fixtures.started(store, node);

    assertThat(purge(this::keep, 2).deleted()).isEqualTo(2);
    assertThat(database.count("archived")).isEqualTo(2);
    assertThat(database.value("select min(steps) from %s.archived")).isEqualTo("1");
    assertThat(store.load(third.saga())).isPresent();
    assertThat(purge(this::keep, 2).deleted()).isOne();
    assertThat(store.load(stays.saga())).isPresent();
    assertThat(database.count("saga_log")).isZero();
  }

  @Test
  void isHandedTheWholeSaga() {
    Fence fence = ended();
    List<SagaSnapshot> kept = new ArrayList<>();
    var before = store.load(fence.saga()).orElseThrow();
    purge((connection, sagas) -> kept.addAll(sagas), 10);

    assertThat(kept).hasSize(1);
    assertThat(kept.getFirst().saga().input()).isEqualTo(before.saga().input());
    assertThat(kept.getFirst().saga().output()).isEqualTo("{\"ok\":true}");
    assertThat(kept.getFirst().log()).isEqualTo(before.log());
  }

  @Test
  void isNotCalledWhenNothingExpires() {
    Fixtures.started(store, node);
    SagaArchive never =
        (connection, sagas) -> {
          throw new AssertionError("called with " + sagas.size());
        };

    assertThat(purge(never, 10).deleted()).isZero();
  }

  @Test
  void whatItThrowsKeepsTheSagasAndNothingElse() {
    Fence fence = ended();
    SagaArchive full =
        (connection, sagas) -> {
          keep(connection, sagas);
          throw new SQLException("full", "53100");
        };
    SagaArchive broken =
        (connection, sagas) -> {
          keep(connection, sagas);
          throw new IllegalStateException("broken");
        };

    assertThatThrownBy(() -> purge(full, 10)).isInstanceOf(SagaStoreException.class);
    assertThatThrownBy(() -> purge(broken, 10)).isInstanceOf(IllegalStateException.class);
    assertThat(store.load(fence.saga())).isPresent();
    assertThat(database.count("archived")).isZero();
    assertThat(purge(this::keep, 10).deleted()).isOne();
  }

  @Test
  void cannotEndTheTransactionItWritesIn() {
    Fence fence = ended();
    SagaArchive commits = (connection, sagas) -> connection.commit();
    SagaArchive sendsCommit =
        (connection, sagas) -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("commit");
          }
        };

    for (SagaArchive archive : List.of(commits, sendsCommit)) {
      assertThatThrownBy(() -> purge(archive, 10)).isInstanceOf(IllegalStateException.class);
    }
    assertThat(store.load(fence.saga())).isPresent();
  }
}

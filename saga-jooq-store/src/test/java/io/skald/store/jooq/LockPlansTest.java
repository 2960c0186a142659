package io.skald.store.jooq;

import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import io.skald.store.jooq.StorePlans.Owners;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What has to do with locks finds its rows by an index, among 20,000 that others wait for. */
class LockPlansTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();
  private static final String READS_ALL = "Seq Scan on saga_lock\\b";
  private static final String QUEUE = "saga_lock_name_key_since_saga_id_idx";

  private final StorePlans plans = new StorePlans(DATABASE);
  private final SagaStore store = plans.store();

  @BeforeAll
  static void fill() {
    EndedSagas.fill(DATABASE);
    DATABASE.execute(
        """
        insert into %s.saga_lock (saga_id, name, key, slots, since, slot, held_at)
        select md5(n::text)::uuid, 'account', 'k' || n % 1000, 1,
          timestamptz '2026-01-01' + n * interval '1 second',
          case when n < 1000 then 0 end, case when n < 1000 then now() end
        from generate_series(0, 20000) n
        """);
    DATABASE.execute("vacuum analyze %s.saga_lock");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  private String plan() {
    String plan = plans.plan();
    assertThat(plan).doesNotContainPattern(READS_ALL);
    return plan;
  }

  private Fence holding(NodeId node, String key) {
    Fence saga = Fixtures.started(store, node);
    var unused = plan();
    assertThat(Locking.acquire(store, saga, new LockKey("account", key)))
        .isEqualTo(Locking.GRANTED);
    return saga;
  }

  @Test
  void whoHasALockAndWhoComesFirstIsFoundByTheLock() {
    NodeId node = plans.node(Owners.SOME);
    holding(node, "free");

    assertThat(plan())
        .containsPattern(by("saga_lock_pkey"))
        .containsPattern(by("saga_lock_name_key_idx"))
        .containsPattern(by(QUEUE))
        .contains("saga_pkey");
  }

  @Test
  void whatAParentHoldsIsFoundByTheParent() {
    NodeId node = plans.node(Owners.SOME);
    Fence parent = holding(node, "shared");
    Fence child = Fixtures.started(store, node);
    var unused = plan();
    var request =
        LockRequest.of(
            List.of(LockRequest.Wanted.one(new LockKey("account", "shared"))), parent.saga());
    assertThat(store.acquireLocks(child, request)).isEqualTo(Locking.GRANTED);

    assertThat(plan()).containsPattern(by("saga_lock_pkey"));
  }

  @Test
  void whatASagaGivesBackIsFoundByTheSaga() {
    NodeId node = plans.node(Owners.SOME);
    Transition local = Locking.ended(holding(node, "local"));
    var unused = plan();
    store.runLocal(local.fence(), Fixtures.LIMIT, tx -> local);
    assertGivenBack();
    List<Transition> both =
        List.of(Locking.ended(holding(node, "one")), Locking.ended(holding(node, "two")));
    unused = plan();
    assertThat(store.write(both)).containsOnly(WriteResult.APPLIED);
    assertGivenBack();
    var resolve =
        new Amendment(
            List.of(),
            new SagaChange.Resolve(new SagaError(null, "done", "ada")),
            null,
            new Amendment.Audit("ada", "resolve", "", "done"));
    Fence resolved = holding(node, "resolved");
    unused = plan();
    assertThat(store.amend(resolved.saga(), found -> resolve)).isPresent();
    assertGivenBack();
    assertThat(store.wakeLockWaiters(10)).isEqualTo(4);
  }

  private void assertGivenBack() {
    assertThat(plan())
        .contains("Delete on saga_lock", "Insert on saga_lock_freed")
        .containsPattern(by("saga_lock_pkey"));
  }

  @Test
  void whoIsToBeWokenIsFoundByTheLock() {
    DATABASE.execute("delete from %s.saga_lock where name = 'account' and key = 'k7' and slot = 0");
    DATABASE.execute(
        """
        insert into %s.saga_lock_freed (name, key, freed_at)
        select 'account', 'k' || 7 + n / 5000, timestamptz '2026-01-01' + n * interval '1 second'
        from generate_series(0, 20000) n
        """);
    DATABASE.execute("vacuum analyze %s.saga_lock_freed");
    assertThat(store.wakeLockWaiters(10)).isEqualTo(10);

    assertThat(plan())
        .contains("saga_lock_freed_freed_at_idx", "Tid Scan on saga_lock_freed")
        .containsPattern(by("saga_lock_freed_pkey"))
        .containsPattern(by("saga_lock_name_key_idx"))
        .containsPattern(by(QUEUE))
        .containsPattern(by("saga_pkey"))
        .doesNotContain("Seq Scan on saga_lock_freed");
    assertThat(DATABASE.count("saga_lock_freed")).isEqualTo(15_001);
    DATABASE.execute("delete from %s.saga_lock_freed");
  }

  @Test
  void aStretchOfWhatMayBeLostIsFoundByTheSaga() {
    Optional<SagaId> last = Optional.of(new SagaId(new UUID(-1, -1)));
    assertThat(store.freeLostLocks(last, 100).count()).isZero();

    assertThat(plan()).containsPattern(by("saga_lock_pkey"));
  }

  @Test
  void whoeverAsksTheViewFindsWhoHasALockByTheLock() throws Exception {
    try (Connection connection = plans.dataSource().getConnection();
        PreparedStatement statement =
            connection.prepareStatement(LockRecipeTest.HOLDER.formatted(DATABASE.schema()))) {
      statement.setString(1, "account");
      statement.setString(2, "k1");
      statement.execute();
    }

    assertThat(plan()).containsPattern(by("saga_lock_name_key_idx"));
  }
}

package io.skald.store.jooq;

import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.definition.LockKey;
import io.skald.store.jooq.StorePlans.Owners;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What has to do with locks finds its rows by an index, among 20,000 that others wait for. */
class LockPlansTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();
  private static final String READS_ALL = "Seq Scan on saga_lock\\b";

  private final StorePlans plans = new StorePlans(DATABASE);
  private final SagaStore store = plans.store();

  @BeforeAll
  static void fill() {
    EndedSagas.fill(DATABASE);
    DATABASE.execute(
        """
        insert into %s.saga_lock (saga_id, name, key, root_id, since, held_at)
        select md5(n::text)::uuid, 'account', 'k' || n % 1000, md5(n::text)::uuid,
          timestamptz '2026-01-01' + n * interval '1 second', case when n < 1000 then now() end
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

  private Fence taken(NodeId node, String key) {
    Fence saga = Locking.started(store, node, new LockKey("account", key));
    assertThat(plan()).contains("Insert on saga_lock");
    assertThat(store.takeLocks(saga.saga())).isEqualTo(new LockResult.Granted());
    return saga;
  }

  @Test
  void whoHasALockAndWhoComesFirstIsFoundByTheLock() {
    NodeId node = plans.node(Owners.SOME);
    taken(node, "free");

    assertThat(plan())
        .containsPattern(by("saga_lock_pkey"))
        .containsPattern(by("saga_lock_name_key_idx"))
        .containsPattern(by("saga_lock_name_key_since_saga_id_idx"))
        .contains("saga_pkey");
    assertThat(store.lockQueue(new LockKey("account", "k1"), 5)).hasSize(5);
    assertThat(plan()).containsPattern(by("saga_lock_name_key_since_saga_id_idx"));
  }

  @Test
  void whatASagaGivesBackIsFoundByTheSagaAndItsFamily() {
    NodeId node = plans.node(Owners.SOME);
    Transition local = Locking.ended(taken(node, "local"));
    var unused = plan();
    store.runLocal(local.fence(), Fixtures.LIMIT, tx -> local);
    assertGivenBack();
    List<Transition> both =
        List.of(Locking.ended(taken(node, "one")), Locking.ended(taken(node, "two")));
    unused = plan();
    assertThat(store.write(both)).containsOnly(WriteResult.APPLIED);
    assertGivenBack();
    var resolve =
        new Amendment(
            List.of(),
            new SagaChange.Resolve(new SagaError(null, "done", "ada")),
            null,
            new Amendment.Audit("ada", "resolve", "", "done"));
    Fence resolved = taken(node, "resolved");
    unused = plan();
    assertThat(store.amend(resolved.saga(), found -> resolve)).isPresent();
    assertGivenBack();
    assertThat(DATABASE.value("select count(*) from %s.saga_lock_freed")).isEqualTo("4");
    assertThat(store.handOnLocks(10)).isEqualTo(4);
  }

  private void assertGivenBack() {
    assertThat(plan())
        .contains("Delete on saga_lock", "Insert on saga_lock_freed")
        .containsPattern(by("saga_lock_pkey"))
        .containsPattern(by("saga_lock_root_id_idx"));
  }

  @Test
  void whoComesNextIsFoundByTheLock() {
    DATABASE.execute("insert into %s.saga_lock_freed (name, key) values ('account', 'k7')");
    assertThat(store.handOnLocks(10)).isOne();

    assertThat(plan())
        .containsPattern(by("saga_lock_freed_pkey"))
        .containsPattern(by("saga_lock_name_key_since_saga_id_idx"));
  }
}

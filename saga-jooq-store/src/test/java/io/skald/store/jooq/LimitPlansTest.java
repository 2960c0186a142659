package io.skald.store.jooq;

import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.store.jooq.StorePlans.Owners;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What has to do with limits finds its rows by an index, among 20,000 attempts that wait. */
class LimitPlansTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();
  private static final String READS_ALL = "Seq Scan on saga_permit\\b";
  private static final String PLACE = "a ACTION";

  private final StorePlans plans = new StorePlans(DATABASE);
  private final SagaStore store = plans.store();

  @BeforeAll
  static void fill() {
    EndedSagas.fill(DATABASE);
    DATABASE.execute(
        """
        insert into %s.saga_permit
          (saga_id, place, name, key, slots, rank, since, slot, held_at, lapses_at)
        select md5(n::text)::uuid, 'a ACTION', 'step a', '', 100, 1,
          timestamptz '2026-01-01' + n * interval '1 second',
          case when n < 100 then n end, case when n < 100 then now() end, now() + interval '1 hour'
        from generate_series(0, 20000) n
        """);
    DATABASE.execute("vacuum analyze %s.saga_permit");
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

  private Admission admit(Fence saga, String step) {
    var turn = new Demand.Turn("rate step " + step, Duration.ofMillis(1), 1_000);
    var permit = new Demand.Permit("step " + step, "", 100);
    return store.admit(saga, new Demand(PLACE, Demand.ORDINARY, List.of(permit), List.of(turn)));
  }

  private Fence admitted(NodeId node) {
    Fence saga = plans.owned(node);
    assertThat(admit(saga, "free")).isEqualTo(new Admission.Admitted());
    var unused = plan();
    return saga;
  }

  private static Transition keepingNothing(Fence saga) {
    return new Transition(
        saga, List.of(Fixtures.succeeded("a", 1)), null, Links.keeping(List.of()));
  }

  @Test
  void whoComesFirstIsFoundByTheLimit() {
    Fence saga = plans.owned(plans.node(Owners.SOME));

    assertThat(admit(saga, "a")).isInstanceOf(Admission.Queued.class);
    assertThat(plan())
        .containsPattern(by("saga_permit_pkey"))
        .containsPattern(by("saga_permit_name_key_idx"))
        .containsPattern(by("saga_permit_name_key_rank_since_saga_id_place_idx"));
    assertThat(admit(saga, "free")).isEqualTo(new Admission.Admitted());
    assertThat(plan())
        .containsPattern(by("saga_permit_name_key_slot_idx"))
        .containsPattern(by("saga_rate_pkey"));
  }

  @Test
  void whatIsGivenBackIsFoundByTheSaga() {
    NodeId node = plans.node(Owners.SOME);
    Transition local = keepingNothing(admitted(node));
    store.runLocal(local.fence(), Fixtures.LIMIT, tx -> local);
    assertGivenBack();
    assertThat(store.write(List.of(keepingNothing(admitted(node)))))
        .containsOnly(WriteResult.APPLIED);
    assertGivenBack();
    Transition one = keepingNothing(admitted(node));
    Transition two = keepingNothing(admitted(node));
    assertThat(store.write(List.of(one, two))).containsOnly(WriteResult.APPLIED);
    assertGivenBack();
  }

  private void assertGivenBack() {
    assertThat(plan())
        .contains("Delete on saga_permit", "Insert on saga_permit_freed")
        .containsPattern(by("saga_permit_pkey"));
  }
}

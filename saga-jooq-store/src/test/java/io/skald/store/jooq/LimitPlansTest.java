package io.skald.store.jooq;

import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Permit;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a limit's queue of 100,000 costs those who ask and those who look. */
class LimitPlansTest {
  private static final String QUEUE = "saga_limit_waiter_limit_name_lane_since_idx";
  private static final String WOKEN = "saga_limit_waiter_limit_name_woken_at_idx";
  private static final TestDatabase DATABASE = TestDatabase.migrated();
  private static final NodeId NODE = Fixtures.joined(DATABASE.store());

  private final PlannedStatements statements = new PlannedStatements(DATABASE.pool());
  private final SagaStore store = DATABASE.store(statements.dataSource());

  @BeforeAll
  static void fill() {
    DATABASE.execute(
        """
        insert into %s.saga (id, definition, version, fingerprint, business_key, status, wake_at,
          input, input_digest)
        select gen_random_uuid(), 'place-order', 1, 'f1', 'k' || n, 'RUNNING',
          clock_timestamp() + interval '1 day', '{}', 'd'
        from generate_series(1, 100000) n
        """);
    for (String limit : List.of("bank", "gone")) {
      DATABASE.execute(
          """
          insert into %s.saga_limit_waiter (limit_name, saga_id, lane, since)
          select 'LIMIT', s.id, row_number() over () % 2, clock_timestamp()
          from %s.saga s
          """
              .replace("LIMIT", limit));
    }
    // of one queue nobody is there any more
    DATABASE.execute(
        "update %s.saga_limit_waiter set saga_id = gen_random_uuid() where limit_name = 'gone'");
    DATABASE.execute("vacuum analyze %s.saga");
    DATABASE.execute("vacuum analyze %s.saga_limit_waiter");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  private static Admission ask(SagaStore store, Limit limit) {
    var attempt =
        new LimitedAttempt(new SagaId(UUID.randomUUID()), "a", Direction.ACTION, Lane.ORDINARY);
    return store.admit(limit, attempt, new Permit(limit.name(), NODE, UUID.randomUUID()));
  }

  private String plan() throws SQLException {
    List<String> nodes = statements.nodes();
    assertThat(nodes)
        .isNotEmpty()
        .allSatisfy(
            node -> assertThat(node).doesNotContainPattern("Seq Scan on saga(_limit\\w*)?\\s"));
    return String.join("->", nodes);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void whoeverAsksFindsAllByAnIndex(int kind) throws SQLException {
    Limit plan = limit(kind, "plan" + kind);
    assertThat(ask(store, plan)).isInstanceOf(Admission.Admitted.class);
    assertThat(ask(store, plan)).isInstanceOf(Admission.Queued.class);
    assertThat(plan())
        .containsPattern(by(QUEUE))
        .containsPattern(by(WOKEN))
        .containsPattern(by("saga_limit_pkey"))
        .containsPattern(by("saga_pkey"));

    store.wakeWaiters(List.of(plan), Lane.ORDINARY);
    assertThat(plan())
        .containsPattern(by(QUEUE))
        .containsPattern(by(WOKEN))
        .containsPattern(by("saga_limit_pkey"))
        .containsPattern(by("saga_pkey"));
  }

  private static Limit limit(int kind, String name) {
    return kind == 0 ? Limit.concurrent(name, 1) : Limit.rate(name, 1, Duration.ofSeconds(1));
  }

  @Test
  void permitsAreFoundByLimitAndNode() throws SQLException {
    var permit = new Permit("bank", NODE, UUID.randomUUID());
    assertThat(store.giveBack(permit)).isTrue();
    assertThat(plan()).containsPattern(by("saga_limit_permit_pkey")).containsPattern(by(QUEUE));
    assertThat(store.permits(List.of(Limit.concurrent("bank", 1)), NODE)).isEmpty();
    assertThat(plan()).containsPattern(by("saga_limit_permit_pkey"));
  }

  private static String quoted(Object value) {
    return "'" + value + "'";
  }

  @ParameterizedTest
  @ValueSource(strings = {"bank", "gone"})
  void whoeverAsksReadsNoMoreOfAQueueThanThereIsFree(String limit) throws SQLException {
    String asked =
        "%s, %s, 1, %s".formatted(quoted(limit), quoted(UUID.randomUUID()), quoted(NODE.value()));
    String permit = quoted(UUID.randomUUID()) + ", 'a', 'ACTION'";

    assertThat(RowsRead.by(DATABASE, PermitSql.ADMIT_CONCURRENT, asked + ", 0, " + permit))
        .isLessThan(50);
    assertThat(RowsRead.by(DATABASE, PermitSql.ADMIT_CONCURRENT, asked + ", 3, " + permit))
        .isLessThan(1_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bank", "gone"})
  void aLookReadsNoMoreOfAQueueThanItWakes(String limit) throws SQLException {
    String asked = quoted(limit) + ", 100, 1";

    assertThat(RowsRead.by(DATABASE, WaiterSql.WAKE_CONCURRENT, asked + ", 0")).isLessThan(50);
    assertThat(RowsRead.by(DATABASE, WaiterSql.WAKE_CONCURRENT, asked + ", 3")).isLessThan(2_500);
  }

  @Test
  void whoHasDiedIsFoundByAsManyReadsAsThereAreNodes() throws SQLException {
    DATABASE.execute(
        """
        insert into %%s.saga_limit_permit (limit_name, node, id, saga_id, path, direction)
        select 'full', '%s', gen_random_uuid(), gen_random_uuid(), 'a', 'ACTION'
        from generate_series(1, 1000)
        """
            .formatted(NODE.value()));

    assertThat(RowsRead.by(DATABASE, PermitSql.DROP_DEAD, quoted("full"))).isLessThan(50);
    assertThat(ask(store, Limit.concurrent("full", 1_000))).isInstanceOf(Admission.Queued.class);
    assertThat(plan()).containsPattern(by("saga_limit_permit_pkey"));
  }

  @Test
  void whoWasWokenAndNeverCameIsForgottenInTime() {
    DATABASE.execute(
        """
        insert into %s.saga_limit_waiter (limit_name, saga_id, lane, woken_at)
        select 'late', gen_random_uuid(), 1, clock_timestamp() - interval '1 minute' * minutes
        from unnest(array[59, 61]) minutes
        """);
    assertThat(ask(store, Limit.concurrent("late", 1))).isInstanceOf(Admission.Admitted.class);
    assertThat(store.wakeWaiters(List.of(Limit.concurrent("late", 1)), Lane.ORDINARY)).isTrue();

    assertThat(
            DATABASE.value("select count(*) from %s.saga_limit_waiter where limit_name = 'late'"))
        .isEqualTo("1");
  }

  @Test
  void aQueueOfWhichNobodyIsThereAnyMoreIsClearedAtOnce() {
    assertThat(ask(store, Limit.concurrent("gone", 1))).isInstanceOf(Admission.Admitted.class);
    store.wakeWaiters(List.of(Limit.concurrent("gone", 2)), Lane.ORDINARY);

    assertThat(
            DATABASE.value("select count(*) from %s.saga_limit_waiter where limit_name = 'gone'"))
        .isEqualTo("0");
  }
}

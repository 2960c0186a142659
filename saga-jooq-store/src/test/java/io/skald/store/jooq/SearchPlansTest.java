package io.skald.store.jooq;

import static io.skald.store.jooq.StorePlans.UNFINISHED;
import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.ErrorFingerprint;
import io.skald.saga.view.SagaMoment;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaSummary;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every search follows the index that docs/schema.md names, in a table of 100,000 sagas. */
class SearchPlansTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();
  private static final String KEYS = "saga_business_key_definition_idx";
  private static final String ATTRIBUTES = "saga_attributes_idx";
  private static final String STARTS = "Index Scan Backward using saga_pkey[^>]*Index Cond";
  private static final Pattern BLOCKS = Pattern.compile("shared hit=(\\d+)(?: read=(\\d+))?");
  private static final SagaQuery ALL = SagaQuery.all();
  private static final String DOWN = ErrorFingerprint.of("pay", "Down");

  private final StorePlans plans = new StorePlans(DATABASE);

  /** Started a second after each other; of a thousand, one is stuck, one runs, and one sleeps. */
  @BeforeAll
  static void fill() {
    DATABASE.execute(
        """
        insert into %s.saga (id, definition, version, fingerprint, business_key, attributes, status,
          owner, wake_at, input, input_digest, error, error_step, created_at, updated_at,
          finished_at)
        select
          (lpad(to_hex(at.ms), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
          'order-' || n % 10, 1, 'f1', 'k' || n, jsonb_build_object('customer', 'c' || n % 5000),
          coalesce((array['STUCK', 'RUNNING', 'COMPENSATING'])[n % 1000 + 1], 'COMPLETED'),
          case when n % 1000 = 1 then '00000000-0000-0000-0000-000000000001'::uuid end,
          case when n % 1000 = 2 then clock_timestamp() + interval '1 day' end,
          '{}', 'd', 'Down: no ' || n, 'pay', at.instant, at.instant,
          case when n % 1000 > 2 then at.instant + interval '1 minute' end
        from generate_series(1, 100000) n
        cross join lateral (
          select timestamptz '2026-01-01' + n * interval '1 second') as t (instant)
        cross join lateral (
          select t.instant, (extract(epoch from t.instant) * 1000)::bigint) as at (instant, ms)
        """);
    DATABASE.execute(
        """
        insert into %s.saga_log (saga_id, path, direction, step_name, seq, status, attempt,
          attempt_base, error, epoch)
        select s.id, 'pay', 'ACTION', 'pay', 1,
          case when s.finished_at is null then 'RETRYING' else 'SUCCEEDED' end, 1, 0, 'Down: x', 0
        from %s.saga s
        """);
    DATABASE.execute("vacuum analyze %s.saga");
    DATABASE.execute("vacuum analyze %s.saga_log");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  /** The plan of a search, which finds something. */
  private String plan(SagaQuery query) {
    assertThat(plans.store().search(query).sagas()).isNotEmpty();
    return plans.plan();
  }

  @Test
  void keysAndTheirBeginningsAreFoundAlongTheirIndex() {
    assertThat(plan(ALL.key("k4711")))
        .containsPattern(by(KEYS))
        .doesNotContain(UNFINISHED, ATTRIBUTES);
    SagaQuery prefix = ALL.keyPrefix("k47").definition("order-1").attribute("customer", "c4711");
    assertThat(plan(prefix)).containsPattern(by(KEYS)).doesNotContain(UNFINISHED, ATTRIBUTES);
  }

  @Test
  void aKeyIsFoundWithoutAWalkThroughThoseBeforeIt() throws Exception {
    assertThat(blocksRead(ALL.key("k99999"))).isBetween(1, 10);
    assertThat(blocksRead(ALL.keyPrefix("k9999"))).isBetween(1, 30);
  }

  /** How many blocks a query reads of the index and the table along its range. */
  private static int blocksRead(SagaQuery query) throws SQLException {
    SearchClause range = SearchRoute.of(query).range(query);
    try (Connection connection = DATABASE.pool().getConnection();
        PreparedStatement explain =
            connection.prepareStatement(
                ("explain (analyze, buffers, timing off) select s.id from %s.saga s where "
                        + range.sql())
                    .replace("%s", DATABASE.schema()))) {
      range.binding().bind(new Binds(explain));
      try (ResultSet rows = explain.executeQuery()) {
        while (rows.next()) {
          Matcher blocks = BLOCKS.matcher(rows.getString(1));
          if (blocks.find()) {
            return Integer.parseInt(blocks.group(1))
                + (blocks.group(2) == null ? 0 : Integer.parseInt(blocks.group(2)));
          }
        }
      }
    }
    throw new AssertionError("the plan says nothing of blocks");
  }

  @Test
  void attributesAreFoundByTheirIndex() {
    SagaQuery query = ALL.attribute("customer", "c4711");
    assertThat(plan(query)).containsPattern(by(ATTRIBUTES)).doesNotContain(UNFINISHED, KEYS);
    assertThat(plan(query.definition("order-1").status(SagaStatus.COMPLETED)))
        .containsPattern(by(ATTRIBUTES))
        .doesNotContain(UNFINISHED, KEYS);
  }

  @Test
  void whatIsStuckOrWaitsIsFoundAmongTheUnfinished() {
    String cond = UNFINISHED + "[^>]*Index Cond: \\(\\(owner IS NULL\\) AND \\(wake_at IS %s";
    assertThat(plan(ALL.status(SagaStatus.STUCK))).containsPattern(cond.formatted("NULL"));
    assertThat(plan(ALL.waiting().definition("order-2")))
        .containsPattern(cond.formatted("NOT NULL"));
  }

  @Test
  void whatHasNotEndedIsFoundAmongTheUnfinished() {
    for (SagaQuery query :
        List.of(
            ALL.unfinished(),
            ALL.status(SagaStatus.RUNNING),
            ALL.standsAt("pay"),
            ALL.unfinished().errorFingerprint(DOWN),
            ALL.unfinished().before(SagaMoment.CHANGED, Instant.parse("2026-01-02T00:00:00Z")))) {
      assertThat(plan(query)).contains(UNFINISHED).doesNotContain(KEYS, ATTRIBUTES);
    }
    assertThat(plan(ALL.standsAt("pay"))).containsPattern(by("saga_log_pkey"));
  }

  @Test
  void everythingElseIsAStretchOfTheStarts() {
    Instant noon = Instant.parse("2026-01-01T12:00:00Z");
    for (SagaQuery query :
        List.of(
            ALL,
            ALL.definition("order-1").version(1),
            ALL.status(SagaStatus.COMPLETED, SagaStatus.COMPENSATED),
            ALL.errorFingerprint(DOWN),
            ALL.since(SagaMoment.CREATED, noon).before(SagaMoment.CREATED, noon.plusSeconds(60)),
            ALL.before(SagaMoment.FINISHED, noon))) {
      assertThat(plan(query)).containsPattern(STARTS).doesNotContain(UNFINISHED, ATTRIBUTES);
    }
  }

  // ---- stretches

  @Test
  void aSearchThatFindsNothingLooksAtAStretchForEachPage() {
    assertThat(pages(ALL.definition("nothing"))).hasSize(11);
    assertThat(pages(ALL.keyPrefix("k").definition("nothing"))).hasSize(11);
    assertThat(pages(ALL.unfinished().definition("nothing"))).hasSize(1);
  }

  @Test
  void pagesHoldEverySagaOnceThoughStretchesEndBetweenThem() {
    assertThat(found(ALL.status(SagaStatus.STUCK, SagaStatus.COMPLETED).version(1)))
        .hasSize(99_800)
        .doesNotHaveDuplicates();
    assertThat(found(ALL.keyPrefix("k1").definition("order-3")))
        .hasSize(1_111)
        .isSorted()
        .allMatch(key -> key.startsWith("k1") && key.endsWith("3"));
  }

  @Test
  void timesOfStartsAreLookedForInAStretchAroundThem() {
    Instant noon = Instant.parse("2026-01-01T12:00:00Z");
    SagaQuery minute =
        ALL.since(SagaMoment.CREATED, noon).before(SagaMoment.CREATED, noon.plusSeconds(60));
    List<SagaPage> pages = pages(minute.definition("order-1"));
    assertThat(pages).hasSize(1);
    assertThat(pages.getFirst().sagas())
        .hasSize(6)
        .allSatisfy(
            saga -> assertThat(saga.createdAt().truncatedTo(ChronoUnit.MINUTES)).isEqualTo(noon));
  }

  private List<String> found(SagaQuery query) {
    return pages(query.limit(200)).stream()
        .flatMap(page -> page.sagas().stream())
        .map(SagaSummary::businessKey)
        .toList();
  }

  private List<SagaPage> pages(SagaQuery query) {
    List<SagaPage> pages = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      pages.add(plans.store().search(next.map(query::after).orElse(query)));
      next = pages.getLast().next();
    } while (next.isPresent());
    return pages;
  }
}

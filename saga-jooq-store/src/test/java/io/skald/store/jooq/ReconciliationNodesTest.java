package io.skald.store.jooq;

import static io.skald.store.jooq.ReconciliationFixture.NAME;
import static io.skald.store.jooq.ReconciliationFixture.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.store.jooq.InvariantRuns.Run;
import io.skald.store.jooq.Violation.State;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several nodes, one schedule: who checks when, and what of two that say different things. */
class ReconciliationNodesTest {
  private static final Duration LEASE = Duration.ofMinutes(1);

  private final ReconciliationFixture fixture = new ReconciliationFixture();
  private final TestDatabase database = fixture.database;
  private final InvariantRuns runs =
      new InvariantRuns(
          new Transactions(
              SeededSqlBug.seededIn(database.pool()), new SqlErrors(database.schema())),
          new SqlText(database.schema()));
  private final AtomicInteger asked = new AtomicInteger();
  private final List<Invariant> hasOrder = List.of(fixture.hasOrder());

  @AfterEach
  void close() {
    fixture.close();
  }

  private Run claim() {
    return runs.claim(hasOrder, UUID.randomUUID(), LEASE).orElseThrow();
  }

  private boolean isDue() {
    return runs.claim(hasOrder, UUID.randomUUID(), LEASE).isPresent();
  }

  @Test
  void eachTimeThatIsDueIsCheckedByOneNode() throws Exception {
    int nodes = 6;
    int times = 20;
    fixture.pay("o1");
    var together = new CyclicBarrier(nodes, fixture::due);
    runs.declare(hasOrder);
    try (ExecutorService threads = Executors.newFixedThreadPool(nodes)) {
      List<Callable<Integer>> tasks =
          IntStream.range(0, nodes).mapToObj(node -> turns(together, times)).toList();
      for (Future<Integer> task : threads.invokeAll(tasks)) {
        assertThat(task.get()).isEqualTo(times);
      }
    }

    assertThat(database.value("select seen_count from %s.saga_violation"))
        .isEqualTo(String.valueOf(times));
    assertThat(asked).as("queries, as what is asked in vain is not recorded").hasValue(times);
  }

  /** A connection is taken for each query. */
  private DataSource counted() {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, values) -> {
              if (method.getName().equals("getConnection")) {
                asked.incrementAndGet();
              }
              return Delegated.to(database.pool(), method, values);
            });
  }

  private Callable<Integer> turns(CyclicBarrier together, int times) {
    Reconciliation node = fixture.node(counted(), fixture.hasOrder());
    return () -> {
      for (int time = 0; time < times; time++) {
        together.await();
        Duration unused = node.turn();
      }
      return times;
    };
  }

  @Test
  void nothingIsCheckedBeforeItIsDueByTheDatabasesClock() {
    Reconciliation node = fixture.node(fixture.hasOrder());
    fixture.check(node);
    fixture.pay("o1");

    assertThat(node.turn()).as("looked at again").isEqualTo(Duration.ofSeconds(30));
    assertThat(node.violations(NAME)).isEmpty();
    database.execute(
        "update %s.saga_invariant set next_at = clock_timestamp() + interval '5 seconds'");
    assertThat(node.turn()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
    assertThat(node.violations(NAME)).isEmpty();

    database.execute("update %s.saga_invariant set next_at = next_at - interval '6 seconds'");
    Duration unused = node.turn();
    assertThat(node.violations(NAME)).hasSize(1);
  }

  @Test
  void aClockThatWasSetBackHoldsUpNoCheck() {
    Reconciliation node = fixture.node(fixture.hasOrder());
    fixture.check(node);
    fixture.pay("o1");
    database.execute(
        "update %s.saga_invariant set started_at = started_at + interval '1 day', next_at ="
            + " next_at + interval '1 day'");

    Duration unused = node.turn();

    assertThat(node.violations(NAME)).hasSize(1);
    assertThat(report(node, NAME))
        .matches(report -> report.dueAt().isBefore(report.readAt().plus(Duration.ofHours(1))));
  }

  @Test
  void aNodeThatDiesHoldsACheckUpUntilItsLeaseIsOver() {
    runs.declare(hasOrder);
    Run ofTheDead = claim();
    assertThat(isDue()).as("somebody is at it").isFalse();

    fixture.due();

    Run next = claim();
    assertThat(runs.record(ofTheDead, answer("late"))).isFalse();
    assertThat(runs.fail(ofTheDead, "late")).isFalse();
    assertThat(database.count("saga_violation")).isZero();
    assertThat(runs.record(next, answer("o1"))).isTrue();
    assertThat(database.value("select business_key from %s.saga_violation")).isEqualTo("o1");
    assertThat(runs.record(next, answer("twice"))).as("a run has one answer").isFalse();
  }

  private static AskInvariant.Answer answer(String key) {
    return new AskInvariant.Answer(List.of(key), false);
  }

  @Test
  void aRunThatFailedIsNotTriedAgainBeforeTheIntervalIsOver() {
    runs.declare(hasOrder);
    assertThat(runs.fail(claim(), "refused")).isTrue();

    assertThat(isDue()).isFalse();
  }

  @Test
  void whatOneQueryFoundIsNotConfirmedByAnother() {
    Reconciliation before = fixture.node(fixture.hasOrder());
    Reconciliation after =
        fixture.node(
            fixture.invariant(NAME, "select order_id as business_key from SCHEMA.payment"));
    fixture.pay("o1");
    fixture.check(before);
    assertThat(fixture.check(after)).singleElement().returns(State.SEEN_ONCE, Violation::state);
    assertThat(fixture.check(before)).singleElement().returns(State.SEEN_ONCE, Violation::state);
    fixture.check(after);

    assertThat(fixture.check(after))
        .as("the nodes of before are gone")
        .singleElement()
        .returns(State.CONFIRMED, Violation::state);
    assertThat(database.value("select query from %s.saga_invariant"))
        .startsWith("select order_id as business_key");
  }

  @Test
  void anInvariantThatNobodyHasAnyMoreIsOverdueUntilItIsForgotten() {
    fixture.pay("o1");
    fixture.check(fixture.node(fixture.hasOrder()));
    Reconciliation another =
        fixture.node(fixture.invariant("another", "select 'x' as business_key"));
    assertThat(report(another, NAME).isOverdue()).isFalse();
    database.execute("update %s.saga_invariant set next_at = next_at - interval '63 minutes'");
    Duration unused = another.turn();

    assertThat(report(another, NAME))
        .returns(true, InvariantReport::isOverdue)
        .returns(1, InvariantReport::seenOnce);
    assertThat(report(another, "another").isOverdue()).isFalse();

    assertThat(another.forget(NAME)).isTrue();
    assertThat(another.forget(NAME)).isFalse();
    assertThat(another.report()).extracting(InvariantReport::name).containsExactly("another");
    assertThat(
            database.value(
                "select count(*) from %s.saga_violation where invariant = '" + NAME + "'"))
        .isEqualTo("0");
  }

  @Test
  void whatANodeHasAndSomebodyForgotIsThereAgainAndChecked() {
    Reconciliation node = fixture.node(fixture.hasOrder());
    fixture.pay("o1");
    fixture.check(node);
    assertThat(node.forget(NAME)).isTrue();

    Duration unused = node.turn();

    assertThat(node.violations(NAME)).hasSize(1);
  }

  @Test
  void twoInvariantsOfOneNameAreRefused() {
    assertThatThrownBy(() -> fixture.node(fixture.hasOrder(), fixture.hasOrder()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("invariant: payment-has-order (expected: a name that is not taken)");
  }
}

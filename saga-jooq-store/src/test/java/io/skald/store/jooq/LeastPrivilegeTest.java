package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineHealth;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.OutboxMessage;
import io.skald.engine.spi.OutboxStore;
import io.skald.engine.spi.Permit;
import io.skald.engine.spi.RelayId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SignalPosition;
import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.DeadLetter;
import io.skald.saga.participant.DeadMessage;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Message;
import io.skald.saga.participant.Passage;
import io.skald.saga.participant.Receipt;
import io.skald.saga.participant.Topic;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaMoment;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaSummary;
import io.skald.store.jooq.SecretSagas.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The two roles of docs/schema.md: one owns the schema and is no superuser, the other runs the
 * service with the grants that are written there, all of which it needs.
 */
class LeastPrivilegeTest {
  private static final Pattern GRANT =
      Pattern.compile("grant ([a-z, ]+) on (skald\\.[a-z_., ]+) to orders_app;");

  private final TestDatabase database = TestDatabase.empty();
  private final String owner = "owner_" + database.schema();
  private final String app = "app_" + database.schema();
  private final HikariDataSource owned = pool(owner);
  private final HikariDataSource pool = pool(app);

  record Right(String privilege, String table) {
    @Override
    public String toString() {
      return privilege + " " + table;
    }
  }

  private static HikariDataSource pool(String role) {
    return TestDatabase.pool(
        config -> {
          config.setJdbcUrl(TestDatabase.url(role) + "&logServerErrorDetail=false");
          // the role is made later
          config.setInitializationFailTimeout(-1);
        });
  }

  @BeforeEach
  void migrateAndGrant() throws IOException {
    database.execute("create role " + owner + " login");
    database.execute("grant create on database postgres to " + owner);
    new SkaldSchema(owned, database.schema()).migrate();
    database.execute(documented());
    database.execute("create table %s.business (id text primary key, note text)");
    database.execute("grant select, insert on %s.business to " + app);
  }

  @AfterEach
  void drop() {
    pool.close();
    owned.close();
    for (String role : List.of(app, owner)) {
      database.execute("drop owned by " + role + " cascade");
      database.execute("drop role " + role);
    }
    database.close();
  }

  /** The SQL of the section on roles, for this schema and role; its owner is there already. */
  private String documented() throws IOException {
    return section()
        .replaceAll("create role orders_owner.*", "")
        .replace("skald", database.schema())
        .replace("orders_app", app);
  }

  private static String section() throws IOException {
    String text = Files.readString(Path.of("..", "docs", "schema.md"));
    String roles = text.substring(text.indexOf("## Roles"), text.indexOf("## saga:"));
    return roles.substring(roles.indexOf("```sql") + 6, roles.lastIndexOf("```"));
  }

  static List<Right> rights() throws IOException {
    return GRANT
        .matcher(section())
        .results()
        .flatMap(grant -> Stream.of(grant.group(2).split(",")).flatMap(table -> each(grant, table)))
        .toList();
  }

  private static Stream<Right> each(MatchResult grant, String table) {
    return Stream.of(grant.group(1).split(","))
        .map(privilege -> new Right(privilege.strip(), table.strip().replace("skald.", "")));
  }

  private JooqSagaStore store() {
    return JooqSagaStore.builder(pool)
        .schema(database.schema())
        .migration(Migration.VALIDATE)
        .build();
  }

  // ---- enough

  @Test
  void theServicesRoleMayNeitherMakeNorOwnAnything() {
    String has = "select has_%s_privilege('" + app + "', '%s', 'create')";

    assertThat(database.value(has.formatted("database", "postgres"))).isEqualTo("f");
    assertThat(database.value(has.formatted("schema", database.schema()))).isEqualTo("f");
    for (String role : List.of(app, owner)) {
      assertThat(database.value("select rolsuper from pg_roles where rolname = '" + role + "'"))
          .isEqualTo("f");
    }
    assertThat(
            database.value("select count(*) from pg_class where relowner = '" + app + "'::regrole"))
        .isEqualTo("0");
  }

  @Test
  void sagasOfEveryConstructRunAndEndUnderIt() throws Exception {
    var sagas = new SecretSagas(database);
    var saga = sagas.everything();
    try (SagaEngine engine = open(sagas, saga)) {
      SagaHandle<Secret> handle = engine.start(saga, Secret.of("o1"));
      sagas.complete(engine, handle);
      assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);

      SagaHandle<Secret> cancelled = engine.start(saga, Secret.of("o2"));
      SecretSagas.awaitWaiting(engine, cancelled, "book");
      engine.operator().cancel(cancelled.id(), "olga", "ordered twice");
      assertThat(cancelled.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
      assertThat(engine.health()).isInstanceOf(EngineHealth.Up.class);
    }
  }

  @Test
  void operatorsAndRetentionNeedNoMore() throws Exception {
    var sagas = new SecretSagas(database);
    var saga = sagas.stuckAfterThePivot();
    try (SagaEngine engine = open(sagas, saga)) {
      SagaHandle<Done> handle = engine.start(saga, Secret.of("o1"));
      assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
      engine.operator().retry(handle.id(), "olga", "once more");
      assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Stuck.class);
      engine.operator().resolve(handle.id(), "olga", "done by hand");
      assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Resolved.class);
      assertThat(engine.operator().erase(handle.id(), "olga", "asked for")).isOne();
      assertThat(engine.tableHealth().facts())
          .returns(18, facts -> facts.tables().size())
          .satisfies(facts -> assertThat(facts.unseen()).hasSize(1));
      engine.signal(saga, "nobody", SecretSagas.APPROVED, Secret.of("early"));
    }
    JooqSagaStore store = store();
    assertThat(store.orphanedDefinitions()).isEmpty();
    assertThat(store.unknownStatuses()).isEmpty();
    assertThat(Fixtures.purged(store, Duration.ZERO, 10)).isOne();
    assertThat(store.purgeSignals(Duration.ZERO, SignalPosition.START, 10).deleted()).isOne();
    assertThat(database.count("saga_audit")).isEqualTo(3);
  }

  @Test
  void everySearchIsAnsweredUnderIt() {
    SagaEngine engine = SagaEngine.builder(store()).build();
    JooqSagaStore store = store();
    NodeId node = Fixtures.joined(store);
    SagaId id = Fixtures.started(store, node).saga();
    String key = store.load(id).orElseThrow().saga().businessKey();
    SagaQuery all = SagaQuery.all();

    for (SagaQuery query :
        List.of(
            all,
            all.key(key),
            all.keyPrefix(key.substring(0, 4)).definition("place-order"),
            all.unfinished(),
            all.status(SagaStatus.RUNNING),
            all.since(SagaMoment.CREATED, Instant.EPOCH))) {
      assertThat(engine.search(query).sagas()).extracting(SagaSummary::id).containsExactly(id);
    }
    for (SagaQuery query :
        List.of(
            all.attribute("customer", "c-17"),
            all.standsAt("pay"),
            all.waiting(),
            all.errorFingerprint("0123456789ab"))) {
      assertThat(engine.search(query).sagas()).isEmpty();
    }
  }

  @Test
  void anInboxNeedsNoMore() {
    assertThat(receive("m1")).isEqualTo(Receipt.HANDLED);
    assertThat(receive("m1")).isEqualTo(Receipt.DUPLICATE);
    assertThat(inbox().once(Delivery.of("billing", "m1", new byte[1]), tx -> {}))
        .isEqualTo(Receipt.CONFLICT);
    assertThat(inbox().purge()).isZero();
  }

  @Test
  void codeThatIsNoSagaMayLookWhoHasALock() throws SQLException {
    JooqSagaStore store = store();
    Fence saga = Fixtures.started(store, Fixtures.joined(store));
    assertThat(Locking.acquire(store, saga, Locking.ACCOUNT)).isEqualTo(Locking.GRANTED);
    try (Connection connection = pool.getConnection();
        PreparedStatement look =
            connection.prepareStatement(LockRecipeTest.HOLDER.formatted(database.schema()))) {
      look.setString(1, Locking.ACCOUNT.name());
      look.setString(2, Locking.ACCOUNT.key());
      try (ResultSet holder = look.executeQuery()) {
        assertThat(holder.next()).isTrue();
        assertThat(holder.getObject(1, UUID.class)).isEqualTo(saga.saga().value());
      }
    }
  }

  private SagaEngine open(SecretSagas sagas, SagaDefinition<?, ?> saga) {
    SagaEngine engine =
        SagaEngine.builder(store())
            .options(EngineFixture.impatient())
            .define(saga)
            .define(sagas.child())
            .build();
    engine.open();
    return engine;
  }

  // ---- not too much

  @ParameterizedTest
  @MethodSource("rights")
  void withoutAnyOfItsRightsTheRoleIsRefusedInWords(Right right) {
    ThrowingCallable use = use(right);
    database.execute(
        "revoke %s on %%s.%s from %s".formatted(right.privilege(), right.table(), app));

    assertThatThrownBy(use)
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("(42501): grant the role what docs/schema.md lists")
        .rootCause()
        .hasMessageContaining("permission denied for table " + right.table());
    database.execute("grant %s on %%s.%s to %s".formatted(right.privilege(), right.table(), app));
    assertThatCode(use).doesNotThrowAnyException();
  }

  /** Something that uses the right, prepared while it is there. */
  private ThrowingCallable use(Right right) {
    JooqSagaStore store = store();
    NodeId node = Fixtures.joined(store);
    Fence fence = Fixtures.started(store, node);
    return switch (right.toString()) {
      case "select schema_version" -> this::store;
      case "select saga", "select saga_log" -> () -> store.load(fence.saga());
      case "insert saga" -> () -> store.start(List.of(Fixtures.saga(null)));
      case "update saga" -> () -> store.claim(node, List.of(ORDERS), 1);
      case "delete saga", "delete saga_log", "delete saga_signal" -> {
        var unused = store.write(List.of(Fixtures.ended(fence, Fixtures.succeeded("a", 1))));
        yield () -> Fixtures.purged(store, Duration.ZERO, 1);
      }
      case "insert saga_log" -> () -> write(store, fence, Fixtures.succeeded("a", 1));
      case "update saga_log" -> () -> write(store, fence, replacing());
      case "select saga_signal" -> () -> store.signals(fence.saga());
      case "insert saga_signal" -> () -> store.signal(signal());
      case "update saga_signal" -> () -> store.poll(List.of(ORDERS), 1);
      case "select saga_node", "insert saga_node", "update saga_node", "delete saga_node" ->
          () -> Fixtures.joined(store);
      case "select saga_limit", "insert saga_limit", "update saga_limit" ->
          () -> admit(store, node);
      case "select saga_limit_permit", "insert saga_limit_permit", "delete saga_limit_permit" ->
          () -> admit(store, node);
      case "select saga_limit_waiter", "insert saga_limit_waiter" -> () -> admit(store, node);
      case "update saga_limit_waiter", "delete saga_limit_waiter" -> () -> admit(store, node);
      case "insert saga_outbox" -> this::publish;
      case "select saga_outbox", "update saga_outbox", "delete saga_outbox" -> this::relay;
      case "select saga_relay", "insert saga_relay", "update saga_relay", "delete saga_relay" ->
          this::relay;
      case "select saga_outbox_bucket", "update saga_outbox_bucket" -> this::relay;
      case "insert saga_audit" -> () -> store.amend(fence.saga(), found -> cancelling());
      case "select saga_lock", "insert saga_lock", "update saga_lock" ->
          () -> Locking.acquire(store, fence, Locking.ACCOUNT);
      case "insert saga_inbox" -> () -> receive("m" + UUID.randomUUID());
      case "select saga_inbox" -> {
        receive("m1");
        yield () -> receive("m1");
      }
      case "update saga_inbox", "delete saga_inbox" -> () -> inbox().purge();
      case "delete saga_lock", "insert saga_lock_freed" ->
          () -> store.freeLostLocks(Optional.empty(), 1);
      case "select saga_lock_freed", "update saga_lock_freed", "delete saga_lock_freed" ->
          () -> store.wakeLockWaiters(1);
      case "select saga_barrier", "insert saga_barrier" -> this::passTheBarrier;
      case "update saga_barrier", "delete saga_barrier" -> this::passTheBarrier;
      case "select saga_invariant", "insert saga_invariant" -> this::reconcile;
      case "update saga_invariant", "delete saga_invariant" -> this::reconcile;
      case "select saga_violation", "insert saga_violation" -> this::reconcile;
      case "update saga_violation", "delete saga_violation" -> this::reconcile;
      case "select saga_dead_letter",
          "insert saga_dead_letter",
          "update saga_dead_letter",
          "delete saga_dead_letter" ->
          this::seeToADeadLetter;
      default -> throw new IllegalArgumentException("nothing uses it: " + right);
    };
  }

  /** Finds something twice, reads it, and forgets it. */
  private void reconcile() {
    String query = "select id as business_key from %s.business".formatted(database.schema());
    Reconciliation reconciliation =
        Reconciliation.builder(pool)
            .schema(database.schema())
            .migration(Migration.VALIDATE)
            .invariant(Invariant.of(ReconciliationFixture.PLACE_ORDER, "none", query))
            .build();
    Duration unused = reconciliation.turn();
    assertThat(reconciliation.violations("none")).isEmpty();
    assertThat(reconciliation.forget("none")).isTrue();
  }

  private JooqInbox inbox() {
    return JooqInbox.builder(pool).schema(database.schema()).migration(Migration.VALIDATE).build();
  }

  private Receipt receive(String message) {
    return inbox().once(Delivery.of("billing", message, new byte[0]), tx -> {});
  }

  private static void write(JooqSagaStore store, Fence fence, LogWrite row) {
    var unused = store.write(List.of(Fixtures.recorded(fence, row)));
  }

  private static void admit(JooqSagaStore store, NodeId node) {
    var attempt =
        new LimitedAttempt(new SagaId(UUID.randomUUID()), "a", Direction.ACTION, Lane.URGENT);
    var limit = Limit.concurrent("bank", 10);
    var permit = new Permit("bank", node, UUID.randomUUID());
    var unused = store.admit(limit, attempt, permit);
    boolean unusedToo = store.wakeWaiters(List.of(limit), Lane.ORDINARY) && store.giveBack(permit);
    var permits = store.permits(List.of(limit), node);
    assertThat(permits).isEmpty();
  }

  private void publish() throws SQLException {
    Topic topic = Topic.ordered("topic");
    JooqOutbox outbox = JooqOutbox.builder().schema(database.schema()).topic(topic).build();
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      outbox.publish(connection, Message.of(topic, "key", "payload"));
      connection.commit();
    }
  }

  private void relay() {
    OutboxStore outbox = JooqOutboxStore.of(pool, database.schema());
    var id = new RelayId(UUID.randomUUID());
    var share = outbox.keep(id, Duration.ofSeconds(1));
    outbox.giveUp(id, share.buckets());
    List<OutboxMessage> pending = outbox.pending(Map.of(0, 1), List.of(), 1).messages();
    outbox.sent(pending);
    long unused = outbox.purge(Duration.ZERO, 0, 1);
    outbox.leave(id);
  }

  private void passTheBarrier() throws SQLException {
    JooqBarrier barrier =
        JooqBarrier.builder(pool).schema(database.schema()).migration(Migration.VALIDATE).build();
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      assertThat(barrier.compensation(connection, "a1", () -> {})).isEqualTo(Passage.EMPTY);
    }
    assertThat(barrier.purge()).isZero();
  }

  private void seeToADeadLetter() {
    JooqDeadLetters letters =
        JooqDeadLetters.builder(pool)
            .schema(database.schema())
            .migration(Migration.VALIDATE)
            .build();
    letters.keep(
        new DeadMessage("billing", "m1", "orders.placed", null, new byte[0], Map.of()),
        "refused",
        5);
    for (DeadLetter letter : letters.find("billing", DeadLetter.Status.DEAD, 0, 1)) {
      assertThat(letters.retry(letter.position(), "olga", "once more")).isTrue();
      letters.failed(letter.position(), "refused again");
    }
    assertThat(letters.purge()).isZero();
  }

  private static LogWrite replacing() {
    return Fixtures.row(
        "a", 1, LogStatus.SUCCEEDED, 2, new LogWrite.Replaced(LogStatus.RETRYING, 1));
  }

  private static NewSignal signal() {
    return new NewSignal(UUID.randomUUID(), ORDERS.name(), "o1", "paid", "1", null);
  }

  private static Amendment cancelling() {
    return new Amendment(
        List.of(),
        new SagaChange.RequestCancel(),
        null,
        new Amendment.Audit("olga", "cancel", "", "why not"));
  }

  @Test
  void withoutTheSchemaTheServiceDoesNotStart() {
    database.execute("revoke usage on schema %s from " + app);

    assertThatThrownBy(this::store)
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("(42501)")
        .rootCause()
        .hasMessageContaining("permission denied for schema");
  }

  @Test
  void theServicesRoleCanNeitherChangeNorDeleteWhatOperatorsDid() {
    for (String sql : List.of("delete from %s.saga_audit", "update %s.saga_audit set actor = ''")) {
      try (Connection connection = pool.getConnection()) {
        assertThatThrownBy(() -> database.execute(connection, sql))
            .hasMessageContaining("permission denied");
      } catch (SQLException e) {
        throw new IllegalStateException(sql, e);
      }
    }
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.ShardedEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.view.SagaMoment;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaSummary;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One service whose sagas are spread over three databases. */
class ShardedEngineTest {
  private static final int SAGAS = 30;
  private static final Signal<String> GO = Signal.named("go", String.class);

  private final List<TestDatabase> databases =
      Stream.generate(TestDatabase::migrated).limit(3).toList();
  private final Map<String, String> tokens = new ConcurrentHashMap<>();
  private final AsyncStep<Order, String> work =
      Step.named("work", Order.class)
          .async(String.class, (order, call) -> tokens.put(order.id(), call.completionToken()))
          .within(Duration.ofDays(1));
  private final SagaDefinition<Order, Done> working =
      Saga.define("working", Order.class).key(Order::id).step(work.needsNoCompensation()).build();
  private final SagaDefinition<Order, Done> child =
      Saga.define("child", Order.class)
          .key(order -> order.id() + "-child")
          .step(Step.delay("pause", Duration.ofDays(1)))
          .build();
  private final SagaDefinition<Order, Done> waiting =
      Saga.define("waiting", Order.class)
          .key(Order::id)
          .step(Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate())
          .build();
  private final SagaDefinition<Order, Done> keyless =
      Saga.define("keyless", Order.class)
          .step(Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate())
          .build();
  private final SagaDefinition<Order, Done> parent =
      Saga.define("parent", Order.class)
          .key(Order::id)
          .step(Step.saga("child", Order.class, child, (order, results) -> order))
          .build();
  private final List<ShardedEngine> engines = new ArrayList<>();
  private final ShardedEngine engine = opened(databases);

  private ShardedEngine built(List<TestDatabase> shards) {
    var sharded =
        ShardedEngine.of(
            shards.stream().map(TestDatabase::store).toList(),
            builder ->
                builder
                    .options(EngineFixture.impatient())
                    .define(waiting)
                    .define(keyless)
                    .define(working)
                    .define(parent));
    engines.add(sharded);
    return sharded;
  }

  private ShardedEngine opened(List<TestDatabase> shards) {
    ShardedEngine sharded = built(shards);
    sharded.open();
    return sharded;
  }

  @AfterEach
  void close() {
    engines.forEach(ShardedEngine::close);
    databases.forEach(TestDatabase::close);
  }

  private List<SagaId> started(int sagas) {
    return IntStream.range(0, sagas)
        .mapToObj(number -> engine.start(waiting, Order.of("o" + number)).id())
        .toList();
  }

  private TestDatabase databaseOf(String key) {
    return databases.get(engine.shardOf(key));
  }

  @Test
  void aSagaIsInTheShardOfItsKeyAndFoundByKeyAndId() throws Exception {
    List<SagaId> ids = started(SAGAS);

    for (int number = 0; number < SAGAS; number++) {
      String key = "o" + number;
      SagaId id = ids.get(number);
      assertThat(databaseOf(key).value("select id from %s.saga where business_key = '" + key + "'"))
          .isEqualTo(id.toString());
      assertThat(engine.start(waiting, Order.of(key)).id()).as("started once").isEqualTo(id);
      assertThat(engine.find(waiting, key).map(SagaHandle::id)).contains(id);
      assertThat(engine.view(id).map(SagaView::businessKey)).contains(key);
      assertThat(engine.viewsOfKey(key)).extracting(SagaView::id).containsExactly(id);
      assertThat(engine.engineOf(id)).isSameAs(engine.engines().get(engine.shardOf(key)));
    }
    assertThat(databases).allMatch(database -> database.count("saga") > 0);
    assertThat(databases.stream().mapToInt(database -> database.count("saga")).sum())
        .isEqualTo(SAGAS);
  }

  @Test
  void signalsReachASagaByKeyAndById() throws Exception {
    List<SagaId> ids = started(4);

    engine.signal(waiting, "o0", GO, "by key");
    engine.signal(ids.get(1), GO, "by id");
    engine.signal(waiting, "o5", GO, "before the start");
    SagaHandle<Done> last = engine.start(waiting, Order.of("o5"));

    assertThat(engine.find(waiting, "o0").orElseThrow().await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
    assertThat(engine.find(waiting, "o1").orElseThrow().await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
    assertThat(last.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void aTokenLeadsToTheShardOfItsSaga() throws Exception {
    for (int number = 0; number < 6; number++) {
      String key = "o" + number;
      SagaHandle<Done> saga = engine.start(working, Order.of(key));
      Awaitility.await().atMost(EngineFixture.SOON).until(() -> tokens.containsKey(key));

      assertThat(engine.complete(work, String.valueOf(tokens.get(key)), "done")).isTrue();
      assertThat(saga.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    }
    assertThatThrownBy(() -> engine.heartbeat("none")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSagaWithoutAKeyGoesByItsIdWhichSaysItsShard() throws Exception {
    for (int number = 0; number < 6; number++) {
      SagaHandle<Done> saga = engine.start(keyless, Order.of("same"));
      String key = saga.id().toString();
      assertThat(engine.find(keyless, key).map(SagaHandle::id)).contains(saga.id());
      engine.signal(keyless, key, GO, "now");
      assertThat(saga.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    }
    assertThat(databases).allMatch(database -> database.count("saga") == 2);
  }

  @Test
  void whatASagaStartsIsWhereThatIsAndFoundAllTheSame() {
    for (int number = 0; number < 6; number++) {
      String key = "o" + number;
      SagaId id = engine.start(parent, Order.of(key)).id();
      Awaitility.await()
          .atMost(EngineFixture.SOON)
          .until(() -> engine.find(child, key + "-child").isPresent());
      SagaId started = engine.find(child, key + "-child").orElseThrow().id();
      assertThat(engine.engineOf(started)).isSameAs(engine.engineOf(id));
    }
  }

  @Test
  void aStartInACallersTransactionGoesToTheDatabaseOfTheKey() throws Exception {
    for (int number = 0; number < 6; number++) {
      String key = "o" + number;
      try (Connection connection = databaseOf(key).pool().getConnection()) {
        connection.setAutoCommit(false);
        SagaId id = engine.joining(connection).start(waiting, Order.of(key)).id();
        assertThat(engine.view(id)).isEmpty();
        connection.commit();
        connection.setAutoCommit(true);
        assertThat(engine.view(id)).isPresent();
        assertThat(databaseOf(key).value("select count(*) from %s.saga where id = '" + id + "'"))
            .isEqualTo("1");
      }
    }
  }

  @Test
  void whatIsSaidOfASagaInACallersTransactionGoesToItsShardAsWell() throws Exception {
    SagaHandle<Done> saga = engine.start(waiting, Order.of("o1"));
    try (Connection connection = databaseOf("o1").pool().getConnection()) {
      connection.setAutoCommit(false);
      engine.joining(connection).signal(waiting, "o1", GO, "now");
      connection.commit();
      connection.setAutoCommit(true);
    }
    assertThat(saga.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
  }

  /** Its key is its id, and that would be one of another shard than the connection's. */
  @Test
  void aSagaWithoutAKeyIsNotStartedInTheTransactionOfSomeShard() throws Exception {
    try (Connection connection = databases.getFirst().pool().getConnection()) {
      connection.setAutoCommit(false);
      SagaClient joined = engine.joining(connection);
      assertThatThrownBy(() -> joined.start(keyless, Order.of("o1")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("engines().get(number).joining(connection)");
      SagaId id =
          engine.engines().getFirst().joining(connection).start(keyless, Order.of("o1")).id();
      connection.commit();
      connection.setAutoCommit(true);
      assertThat(engine.view(id)).isPresent();
    }
  }

  @Test
  void itIsOpenedOnceAndNotForAmbientTransactions() {
    assertThatThrownBy(engine::open)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("(expected: once)");
    assertThat(engine.start(waiting, Order.of("o1")).id()).as("still open").isNotNull();
    assertThatThrownBy(
            () ->
                ShardedEngine.of(
                    List.of(databases.getFirst().store()),
                    builder ->
                        builder.transactions(new PlainTransactions(databases.getFirst().pool()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ambient transactions (expected: joining(connection))");
  }

  @Test
  void aSearchGoesThroughAllShardsInOneOrder() {
    List<SagaId> ids = started(SAGAS);

    assertThat(walk(SagaQuery.all().definition("waiting").limit(7)))
        .extracting(SagaSummary::id)
        .containsExactlyElementsOf(ids.stream().sorted(Comparator.reverseOrder()).toList());
    assertThat(walk(SagaQuery.all().keyPrefix("o").limit(4)))
        .extracting(SagaSummary::businessKey)
        .containsExactlyElementsOf(
            IntStream.range(0, SAGAS).mapToObj(number -> "o" + number).sorted().toList());
    assertThat(walk(SagaQuery.all().key("o3"))).hasSize(1);
    assertThat(
            engine.search(SagaQuery.all().since(SagaMoment.CREATED, Instant.now().plusSeconds(60))))
        .isEqualTo(new SagaPage(List.of(), Optional.empty()));
  }

  private List<SagaSummary> walk(SagaQuery query) {
    List<SagaSummary> all = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      SagaPage page = engine.search(next.map(query::after).orElse(query));
      assertThat(page.sagas()).hasSizeLessThanOrEqualTo(query.limit());
      all.addAll(page.sagas());
      next = page.next();
    } while (next.isPresent());
    return all;
  }

  @Test
  void storesInAnotherOrderOrNumberAreRefused() {
    var unused = started(SAGAS);
    List<TestDatabase> turned = databases.reversed();
    List<TestDatabase> fewer = databases.subList(0, 2);

    for (List<TestDatabase> wrong : List.of(turned, fewer)) {
      ShardedEngine other = built(wrong);
      assertThatThrownBy(other::open)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the same shards, in the same order, as ever");
      assertThatThrownBy(() -> other.start(waiting, Order.of("later")))
          .as("none stays open")
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(databases.stream().mapToInt(database -> database.count("saga")).sum())
        .isEqualTo(SAGAS);
  }

  @Test
  void aShardThatIsDownHoldsUpItsOwnSagasAlone() throws Exception {
    int down = engine.shardOf("o0");
    String elsewhere =
        IntStream.range(1, 100)
            .mapToObj(number -> "o" + number)
            .filter(key -> engine.shardOf(key) != down)
            .findFirst()
            .orElseThrow();
    databases.get(down).execute("alter table %s.saga rename to gone");

    assertThatThrownBy(() -> engine.start(waiting, Order.of("o0")))
        .isInstanceOf(SagaStoreException.class);
    SagaHandle<Done> other = engine.start(waiting, Order.of(elsewhere));
    engine.signal(waiting, elsewhere, GO, "now");
    assertThat(other.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);

    databases.get(down).execute("alter table %s.gone rename to saga");
    assertThat(engine.start(waiting, Order.of("o0")).id()).isNotNull();
  }

  @Test
  void anIdOfNoShardIsUnknown() {
    SagaId foreign = SagaId.parse("00000000-0000-7000-8000-000000000000");

    assertThat(engine.view(foreign)).isEmpty();
    assertThatThrownBy(() -> engine.engineOf(foreign)).isInstanceOf(UnknownSagaException.class);
    assertThatThrownBy(() -> engine.signal(foreign, GO, "?"))
        .isInstanceOf(UnknownSagaException.class);
    assertThatThrownBy(() -> ShardedEngine.of(List.of(), builder -> builder))
        .hasMessage("shards: none (expected: at least one)");
  }
}

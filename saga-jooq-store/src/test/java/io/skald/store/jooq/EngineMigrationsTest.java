package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Compensatable;
import io.skald.saga.Migration;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHead;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.InFlightReport;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import io.skald.store.jooq.OrderSteps.Order;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sagas in flight that are moved from one version to the next, on real PostgreSQL. */
class EngineMigrationsTest {
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final Duration DAY = Duration.ofDays(1);

  private final EngineFixture fixture = new EngineFixture();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final CompensatableStep<Order, String> book = local("book");
  private final CompensatableStep<Order, String> check = local("check");
  private final CompensatableStep<Order, String> call = remote("call");
  private final CompensatablePart<Object, String> pause =
      Step.await("wait", GO).within(DAY).orCompensate();
  private final CompensatableStep<Order, String> ship = local("ship");

  @AfterEach
  void close() {
    fixture.close();
  }

  private CompensatableStep<Order, String> local(String name) {
    return Step.named(name, Order.class)
        .local(
            String.class,
            (order, tx) -> {
              calls.add(name);
              return name + " of " + order.id();
            })
        .compensation((order, result, tx) -> calls.add("took back " + result));
  }

  private CompensatableStep<Order, String> remote(String name) {
    return Step.named(name, Order.class)
        .remote(
            String.class,
            (order, call) -> {
              calls.add(name);
              return name + " of " + order.id();
            })
        .compensation((order, result, call) -> calls.add("took back by " + call.actionKey()));
  }

  private static SagaHead<Order> head(int number) {
    return Saga.define("moved", Order.class).version(number).key(Order::id);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // read once
  private static SagaDefinition<Order, Integer> version(
      SagaHead<Order> head, Compensatable<? super Order, ?>... steps) {
    int number = head.step(steps[0]).build().version();
    var body = head.step(steps[0]);
    for (int at = 1; at < steps.length; at++) {
      body = body.step(steps[at]);
    }
    return body.returning(Integer.class, (order, results) -> number);
  }

  /** A saga that waits, and whose engine has gone. */
  private SagaId left(SagaDefinition<Order, ?> source) {
    SagaEngine engine = fixture.open(source);
    SagaId id = engine.start(source, Order.of("o1")).id();
    awaitParked();
    engine.close();
    calls.clear();
    return id;
  }

  private void awaitParked() {
    Awaitility.await()
        .atMost(EngineFixture.SOON)
        .until(() -> fixture.database.value("select owner from %s.saga").equals("null"));
  }

  private String epoch() {
    return fixture.database.value("select epoch from %s.saga");
  }

  private static InFlightReport migrate(SagaEngine engine, Migration migration) {
    return engine.versions().migrate(migration, "ada", "the old one has a fault");
  }

  private void assertMoved(SagaEngine engine, Migration migration) {
    assertThat(engine.versions().dryRun(migration).fit()).isEqualTo(1);
    InFlightReport report = migrate(engine, migration);
    assertThat(report.isClean()).as("%s", report).isTrue();
    assertThat(report.fit()).isEqualTo(1);
  }

  /** Neither a dry run nor a move has changed anything. */
  private void assertStays(SagaDefinition<?, ?> source, Migration migration, String reason) {
    String before = dump();
    SagaEngine engine = fixture.open(source, migration.target());
    for (InFlightReport report :
        List.of(engine.versions().dryRun(migration), migrate(engine, migration))) {
      assertThat(report.fit()).isZero();
      assertThat(report.staying()).containsOnlyKeys(reason);
      assertThat(report.staying().get(reason).sagas()).isEqualTo(1);
    }
    assertThat(dump()).isEqualTo(before);
  }

  private String dump() {
    return fixture.database.value(
        """
        select (select string_agg(s::text, ' ') from %s.saga s)
          || (select string_agg(l::text, ' ' order by l.seq) from %s.saga_log l)
        """);
  }

  private static List<String> steps(SagaView saga) {
    return saga.steps().stream().map(step -> step.path() + " " + step.status()).toList();
  }

  @Test
  void aSagaIsMovedUnderTheNextEpochWithAnAuditRowAndGoesOnThere() throws Exception {
    var source = version(head(1), book, pause, check);
    var target = version(head(2), book, pause, check, ship);
    SagaId id = left(source);
    String epoch = epoch();
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).build());

    assertThat(Long.parseLong(epoch())).isEqualTo(Long.parseLong(epoch) + 1);
    assertThat(
            fixture.database.value(
                "select actor || ', ' || action || ': ' || reason from %s.saga_audit"))
        .isEqualTo("ada, migrate: the old one has a fault");
    engine.signal(target, "o1", GO, "now");
    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(2));
    assertThat(engine.view(id).orElseThrow().version()).isEqualTo(2);
    assertThat(calls).containsExactly("check", "ship");
  }

  @Test
  void aStepInsertedBeforeItsPositionIsSkippedWithTheDeclaredResult() throws Exception {
    var using =
        Step.named("using", Order.class)
            .local(String.class, (order, tx) -> tx.resultOf(check))
            .needsNoCompensation();
    var source = version(head(1), book, pause);
    var target =
        head(2)
            .step(book)
            .step(check)
            .step(pause)
            .step(using)
            .returning(String.class, (order, results) -> results.resultOf(using));
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).skipped(check, "not checked").build());

    assertThat(steps(engine.view(id).orElseThrow()))
        .containsExactly("book SUCCEEDED", "wait WAITING", "check SKIPPED");
    engine.signal(target, "o1", GO, "now");
    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>("not checked"));
    assertThat(calls).isEmpty();
  }

  @Test
  void aSkippedStepIsNotCompensated() {
    var source = version(head(1), book, pause);
    var target = version(head(2), check, book, pause);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).skipped(check, "none").build());
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("took back book of o1");
  }

  @Test
  void aSagaPastAStepThatWasInsertedStaysUnlessItIsToBeSkipped() {
    var source = version(head(1), book, pause);
    left(source);
    assertStays(
        source,
        Migration.from(source).to(version(head(2), book, check, pause)).inserted(check).build(),
        "it is past step check, which it has not done");
  }

  @Test
  void stepsThatChangedPlacesKeepASagaThatIsBetweenThem() {
    var source = version(head(1), book, pause, check);
    left(source);
    assertStays(
        source,
        Migration.from(source).to(version(head(2), check, book, pause)).build(),
        "it is past step check, which it has not done");
  }

  @Test
  void aSagaThatHasNotComeToAnInsertedStepDoesIt() throws Exception {
    var source = version(head(1), book, pause, ship);
    var target = version(head(2), book, pause, check, ship);
    left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).inserted(check).build());
    engine.signal(target, "o1", GO, "now");

    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(2));
    assertThat(calls).containsExactly("check", "ship");
  }

  @Test
  void aRetiredStepIsCompensatedAsItWasUnderTheSameKey() {
    var source = version(head(1), book, call, check, pause);
    var target = version(head(2).retired(call).retired(book), check, pause);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).build());
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls)
        .containsExactly(
            "took back check of o1", "took back by " + id + ":call:action", "took back book of o1");
  }

  @Test
  void whatADroppedStepHasDoneStaysAndIsNotCompensated() {
    var source = version(head(1), book, check, pause);
    var target = version(head(2), check, pause);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).dropped(book).build());
    assertThat(steps(engine.view(id).orElseThrow()))
        .containsExactly("check SUCCEEDED", "wait WAITING");
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("took back check of o1");
  }

  @Test
  void aSagaThatStandsAtADroppedStepStays() {
    var source = version(head(1), book, pause);
    left(source);
    assertStays(
        source,
        Migration.from(source).to(version(head(2), book, check)).dropped(pause).build(),
        "it stands at step wait, which is dropped");
  }

  @Test
  void whatALocalStepHasDoneGoesWithItsNewName() {
    var booked = local("booked");
    var source = version(head(1), book, pause);
    var target = version(head(2), booked, pause);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).renamed(book, booked).build());
    assertThat(steps(engine.view(id).orElseThrow()))
        .containsExactly("booked SUCCEEDED", "wait WAITING");
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("took back book of o1");
  }

  /** Under its new name it would be compensated by a key that nobody knows. */
  @Test
  void aSagaThatHasCalledOutAtARenamedStepStays() {
    var phone = remote("phone");
    var source = version(head(1), call, pause);
    left(source);
    assertStays(
        source,
        Migration.from(source).to(version(head(2), phone, pause)).renamed(call, phone).build(),
        "step call is renamed, and others know it by its name: it has called out");
  }

  @Test
  void aSagaThatHasNotCalledOutAtARenamedStepIsMoved() throws Exception {
    var phone = remote("phone");
    var source = version(head(1), book, pause, call);
    var target = version(head(2), book, pause, phone);
    left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).renamed(call, phone).build());
    engine.signal(target, "o1", GO, "now");
    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(2));
    assertThat(calls).containsExactly("phone");
  }

  @Test
  void aSagaPastItsPivotStaysOffAVersionInWhichItWouldNotBe() {
    var source =
        head(1)
            .pivot(Step.named("pivot", Order.class).local((order, tx) -> {}))
            .step(Step.await("wait", GO).within(DAY).orElse("none"))
            .build();
    var target =
        head(2)
            .step(Step.named("pivot", Order.class).local((order, tx) -> {}).needsNoCompensation())
            .step(Step.await("wait", GO).within(DAY).orElse("none"))
            .step(ship)
            .build();
    left(source);
    assertStays(
        source,
        Migration.from(source).to(target).build(),
        "it has reached its pivot, and in that version it would not have");
  }

  @Test
  void aResultOfAnotherTypeIsBroughtToItAndAnUnreadableOneKeepsItsSaga() throws Exception {
    record Booking(String text) {}
    var booking =
        Step.named("book", Order.class)
            .local(Booking.class, (order, tx) -> new Booking("new"))
            .compensation((order, row, tx) -> {});
    var source = version(head(1), book, pause);
    var target =
        head(2)
            .step(booking)
            .step(pause)
            .returning(String.class, (order, results) -> results.resultOf(booking).text());
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    String before = dump();
    var wrong = Migration.from(source).to(target).result(booking, json -> "[]").build();
    for (var report : List.of(engine.versions().dryRun(wrong), migrate(engine, wrong))) {
      assertThat(report.fit()).isZero();
      assertThat(report.unreadable().firstKey())
          .startsWith("the result of step book cannot be read: payload cannot be read as ");
      assertThat(report.unreadable().values()).first().returns(id, InFlightReport.Sample::example);
    }
    assertThat(dump()).isEqualTo(before);

    assertMoved(
        engine,
        Migration.from(source)
            .to(target)
            .result(booking, json -> "{\"text\":" + json + "}")
            .build());
    engine.signal(target, "o1", GO, "now");
    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>("book of o1"));
  }

  @Test
  void anInputOfAnotherTypeIsBroughtToItAndItsKeyIsStartedAgain() {
    record Parcel(String id, int weight) {}
    var source = version(head(1), pause);
    var target = Saga.define("moved", Parcel.class).version(2).key(Parcel::id).step(pause).build();
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(
        engine,
        Migration.from(source).to(target).input(json -> "{\"id\":\"o1\",\"weight\":3}").build());

    assertThat(engine.start(target, new Parcel("o1", 3)).id()).isEqualTo(id);
    assertThat(engine.versions().dryRun(target).fit()).isEqualTo(1);
  }

  @Test
  void aSagaThatANodeRunsIsLeftAloneAndCounted() throws Exception {
    var source = version(head(1), book, pause);
    var target = version(head(2), book, pause, ship);
    SagaId id = left(source);
    fixture.database.execute("update %s.saga set owner = gen_random_uuid(), wake_at = null");
    String before = dump();
    SagaEngine engine = fixture.built(builder -> builder, target);
    Migration migration = Migration.from(source).to(target).build();

    assertThat(engine.versions().dryRun(migration)).hasToString("1 fit, 1 owned by a node");
    assertThat(migrate(engine, migration)).hasToString("0 fit, 1 owned by a node");
    assertThat(dump()).isEqualTo(before);
    fixture.await(fixture.open(source), id, SagaStatus.RUNNING);
    awaitParked();
    assertMoved(engine, migration);
  }

  @Test
  void aStuckSagaIsMovedAndRetriedThere() {
    var failing =
        Step.named("failing", Order.class)
            .local((order, tx) -> {})
            .compensation(
                (order, done, tx) -> {
                  throw new PermanentFailure("never");
                });
    var mended =
        Step.named("failing", Order.class)
            .local((order, tx) -> {})
            .compensation((order, done, tx) -> calls.add("mended"));
    var source = version(head(1), failing, pause);
    var target = version(head(2), mended, pause, ship);
    SagaEngine old = fixture.open(source);
    SagaId id = old.start(source, Order.of("o1")).id();
    awaitParked();
    old.operator().cancel(id, "ada", "no longer wanted");
    fixture.await(old, id, SagaStatus.STUCK);
    old.close();

    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).build());
    assertThat(engine.view(id).orElseThrow().status()).isEqualTo(SagaStatus.STUCK);
    engine.operator().retry(id, "ada", "deployed what mends it");
    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("mended");
  }

  @Test
  void aMoveBackIsAMoveLikeAnyOther() throws Exception {
    var source = version(head(1), book, pause, ship);
    var target = version(head(2), check, book, pause, ship);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(source, target);
    assertMoved(engine, Migration.from(source).to(target).skipped(check, "none").build());
    assertMoved(engine, Migration.from(target).to(source).dropped(check).build());
    engine.close();

    SagaEngine older = fixture.open(source);
    older.signal(source, "o1", GO, "now");
    SagaView end = fixture.await(older, id, SagaStatus.COMPLETED);
    assertThat(end.version()).isEqualTo(1);
    assertThat(end.steps()).allMatch(step -> step.status() == LogStatus.SUCCEEDED);
    assertThat(calls).containsExactly("ship");
  }

  @Test
  void aMoveIsMadeByANodeThatKnowsWhereTo() {
    var source = version(head(1), book, pause);
    var target = version(head(2), book, pause, ship);
    SagaEngine engine = fixture.built(builder -> builder, source);
    Migration migration = Migration.from(source).to(target).build();
    assertThatThrownBy(() -> migrate(engine, migration)).isInstanceOf(UnknownSagaException.class);
  }
}

package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Saga;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whether a node says that it cannot claim, and how often. */
class EngineLoopTest {
  private final Claims store = new Claims();
  private final LocalSagas sagas = new LocalSagas();
  private final InFlight inFlight = new InFlight(1, 0);
  private final EngineLoop loop =
      loop(store, inFlight, task -> Thread.ofPlatform().daemon().start(task));
  private final Thread thread = Thread.ofPlatform().daemon().unstarted(loop);

  private static EngineLoop loop(SagaStore store, InFlight inFlight, Executor threads) {
    return loop(LocalSagas.REGISTRY, store, inFlight, threads);
  }

  private static EngineLoop loop(
      Registry registry, SagaStore store, InFlight inFlight, Executor threads) {
    var sources = new ManualSources();
    var lease = new NodeLease(store, sources, "test", Duration.ofSeconds(15), List.of());
    lease.join();
    var alarm = new Alarm(System::nanoTime);
    var launcher = new Launcher(inFlight, alarm, new Endings(store), threads);
    var limits = List.of(Limit.concurrent("bank", 1));
    var fleet = new FleetLimits(limits, store, sources, alarm::ringAfter);
    RunContext context = LocalSagas.context(store, sources, lease, fleet);
    var joined = new JoinedStarts(context, launcher);
    return new EngineLoop(
        new Parts(registry, context, lease, inFlight, launcher, joined, alarm),
        Duration.ofMillis(5));
  }

  /** A store of which others take what is due before a claim does, and which may fail to say so. */
  private static final class Claims extends EmptyStore {
    final AtomicInteger polls = new AtomicInteger();
    final AtomicInteger asked = new AtomicInteger();
    final List<Lane> looks = new CopyOnWriteArrayList<>();
    volatile boolean due = true;
    volatile boolean urgent;
    final List<Integer> limits = new CopyOnWriteArrayList<>();
    final List<Integer> urgentLimits = new CopyOnWriteArrayList<>();
    volatile Runnable onPolling = () -> {};
    volatile Runnable onTheWay = () -> {};
    volatile Supplier<Integer> onWaking = () -> 0;
    volatile List<Claim> claims = List.of();
    final List<SagaId> run = new CopyOnWriteArrayList<>();

    @Override
    public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork local) {
      run.add(fence.saga());
      return new LocalOutcome.FenceLost();
    }

    @Override
    public int wakeLockWaiters(int limit) {
      return onWaking.get();
    }

    @Override
    public boolean wakeWaiters(Collection<Limit> limits, Lane lane) {
      looks.add(lane);
      return true;
    }

    @Override
    public Poll poll(Collection<DefinitionRef> definitions, int limit) {
      polls.incrementAndGet();
      onPolling.run();
      return new Poll(0, due, urgent);
    }

    @Override
    public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
      limits.add(limit);
      return given();
    }

    @Override
    public List<Claim> claimUrgent(NodeId node, Collection<DefinitionRef> definitions, int limit) {
      urgentLimits.add(limit);
      return given();
    }

    private List<Claim> given() {
      asked.incrementAndGet();
      onTheWay.run();
      List<Claim> given = claims;
      claims = List.of();
      return given;
    }
  }

  private static Claim claim(SagaId saga, DefinitionRef definition) {
    SagaRow row = LocalSagas.row(saga, LocalSagas.NODE, definition, SagaStatus.RUNNING, 0);
    return new Claim(new SagaSnapshot(row, List.of(), Instant.EPOCH), null);
  }

  private static void refuse() {
    throw new SagaStoreException("refused", SagaStoreException.Kind.TRANSIENT, null);
  }

  private static void fail() {
    throw new IllegalStateException("a fault");
  }

  private static int broken() {
    throw new AssertionError("a fault");
  }

  private void awaitClaims(int more) {
    int now = store.asked.get();
    await().until(() -> store.asked.get() >= now + more);
  }

  private void awaitPolls(int more) {
    int now = store.polls.get();
    await().until(() -> store.polls.get() >= now + more);
  }

  @AfterEach
  void stop() throws InterruptedException {
    loop.stop();
    thread.join();
  }

  @Test
  void claimsOnlyWhenAPollSaysThatSomethingIsDue() {
    store.due = false;
    thread.start();
    awaitPolls(5);
    assertThat(store.asked).hasValue(0);

    store.due = true;
    awaitClaims(1);
  }

  @Test
  void claimsWhatIsUrgentWhenAllButTheRoomThatIsKeptIsTaken() throws Exception {
    var kept = new InFlight(4, 2);
    assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    EngineLoop full = loop(store, kept, task -> Thread.ofPlatform().daemon().start(task));
    Thread claiming = Thread.ofPlatform().daemon().start(full);
    awaitPolls(3);
    assertThat(store.asked).as("nothing urgent is due").hasValue(0);

    store.urgent = true;
    awaitClaims(1);
    assertThat(store.limits).isEmpty();
    assertThat(store.urgentLimits.getFirst()).isEqualTo(2);
    full.stop();
    claiming.join();
  }

  /** Each of them that ends would make it look again, for nothing. */
  @Test
  void waitsForNoRoomThatIsKeptWhileNothingUrgentIsDue() throws Exception {
    var kept = new InFlight(4, 2);
    for (Lane lane : List.of(Lane.ORDINARY, Lane.ORDINARY, Lane.URGENT, Lane.URGENT)) {
      assertThat(kept.reserve(lane)).isTrue();
    }
    EngineLoop full = loop(store, kept, task -> {});
    Thread claiming = Thread.ofPlatform().daemon().start(full);
    awaitPolls(3);
    kept.unreserve(Lane.URGENT);

    assertThat(kept.isRoomForThoseTurnedAway()).isFalse();
    full.stop();
    claiming.join();
  }

  @Test
  void claimsWhatIsUrgentBesideWhatFillsTheRoomForAll() throws Exception {
    var kept = new InFlight(4, 2);
    store.urgent = true;
    store.claims = List.of(claim(sagas.unknown()), claim(sagas.unknown()));
    EngineLoop filling = loop(store, kept, task -> {});
    Thread claiming = Thread.ofPlatform().daemon().start(filling);
    awaitClaims(2);

    assertThat(store.limits.getFirst()).isEqualTo(2);
    assertThat(store.urgentLimits.getFirst()).isEqualTo(2);
    filling.stop();
    claiming.join();
  }

  @Test
  void looksWhoWaitsOnlyWhileThereIsRoomForThem() {
    assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    thread.start();
    awaitPolls(5);
    assertThat(store.looks).isEmpty();

    inFlight.unreserve(Lane.ORDINARY);
    await().until(() -> !store.looks.isEmpty());
  }

  @Test
  void looksForTheUrgentAloneWhileOnlyTheRoomIsFreeThatIsKeptForThem() throws Exception {
    var kept = new InFlight(2, 1);
    assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    EngineLoop full = loop(store, kept, task -> {});
    Thread looking = Thread.ofPlatform().daemon().start(full);
    await().until(() -> store.looks.size() > 2);
    assertThat(store.looks).containsOnly(Lane.URGENT);

    kept.unreserve(Lane.ORDINARY);
    await().until(() -> store.looks.contains(Lane.ORDINARY));
    full.stop();
    looking.join();
  }

  private static Claim claim(SagaId saga) {
    return claim(saga, RegisteredSaga.refOf(LocalSagas.WORK));
  }

  @Test
  void claimsWhenNoPollCanSayWhetherAnythingIsDue() {
    store.due = false;
    store.onPolling = EngineLoopTest::refuse;
    thread.start();
    awaitClaims(1);
  }

  @Test
  void isInTroubleWhileItCannotPollThoughItClaimsAndSaysSoOnce() {
    store.onPolling = EngineLoopTest::refuse;
    List<String> lines =
        Logged.linesOf(
            () -> {
              thread.start();
              awaitClaims(5);
            });

    assertThat(loop.trouble()).hasValue("refused");
    assertThat(lines).filteredOn(line -> line.contains("cannot route signals")).hasSize(1);
    assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    awaitPolls(2);
    assertThat(loop.trouble()).hasValue("refused");

    store.onPolling = () -> {};
    await().until(() -> loop.trouble().isEmpty());
  }

  @Test
  void isInNoTroubleOnceAPollSaysThatNothingIsDue() {
    store.onTheWay = EngineLoopTest::refuse;
    thread.start();
    await().until(() -> loop.trouble().isPresent());

    store.due = false;
    await().until(() -> loop.trouble().isEmpty());
  }

  @Test
  void isInTroubleWhileItCannotClaimAndNotAfterwards() {
    store.onTheWay = EngineLoopTest::refuse;
    thread.start();
    await().until(() -> loop.trouble().isPresent());
    assertThat(loop.trouble()).hasValue("refused");

    store.onTheWay = () -> {};
    await().until(() -> loop.trouble().isEmpty());
  }

  @Test
  void isInNoTroubleOnceItHasNoRoomForMore() {
    store.onTheWay = EngineLoopTest::refuse;
    thread.start();
    await().until(() -> loop.trouble().isPresent());

    assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    await().until(() -> loop.trouble().isEmpty());
  }

  @Test
  void isInNoTroubleOnceItHasRoomForUrgentSagasAloneAndNoneIsDue() throws Exception {
    store.onTheWay = EngineLoopTest::refuse;
    var kept = new InFlight(2, 1);
    EngineLoop filling = loop(store, kept, task -> {});
    Thread claiming = Thread.ofPlatform().daemon().start(filling);
    await().until(() -> filling.trouble().isPresent());

    assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    await().until(() -> filling.trouble().isEmpty());
    filling.stop();
    claiming.join();
  }

  @Test
  void aSagaThatCannotBeRunKeepsNoneFromRunningThatWasClaimedWithIt() {
    SagaId known = sagas.unknown();
    store.claims =
        List.of(
            claim(sagas.unknown(), new DefinitionRef("other", 1, "")),
            claim(known, RegisteredSaga.refOf(LocalSagas.WORK)));

    thread.start();

    await().until(() -> store.run.contains(known));
    assertThat(loop.trouble()).isEmpty();
  }

  @Test
  void isInTroubleWhileAClaimMeetsAFaultAndSaysSoOnce() {
    store.onTheWay = EngineLoopTest::fail;
    List<String> lines =
        Logged.linesOf(
            () -> {
              thread.start();
              awaitClaims(5);
            });

    assertThat(loop.trouble()).hasValue("IllegalStateException: a fault");
    assertThat(lines).filteredOn(line -> line.contains("a fault in the engine")).hasSize(1);
    store.onTheWay = () -> {};
    await().until(() -> loop.trouble().isEmpty());
  }

  private EngineLoop waking(Supplier<Integer> onWaking) {
    var locking =
        Saga.define("locking", String.class)
            .lock("account", in -> in)
            .pivot(Step.named("p", String.class).local((in, tx) -> {}))
            .build();
    store.onWaking = onWaking;
    Registry registry = Registry.of(List.of(locking), LocalSagas.NO_BEANS);
    return loop(registry, store, inFlight, Runnable::run);
  }

  @Test
  void wakesNobodyWhereNoDefinitionHasLocks() {
    store.onWaking = EngineLoopTest::broken;
    thread.start();
    awaitClaims(3);

    assertThat(loop.trouble()).isEmpty();
  }

  @Test
  void claimsThoughItCannotWakeThoseWhoWaitForLocksAndSaysSoOnce() throws Exception {
    EngineLoop waking = waking(EngineLoopTest::broken);
    List<String> lines =
        Logged.linesOf(
            () -> {
              Thread.ofPlatform().daemon().start(waking);
              awaitClaims(5);
            });

    assertThat(waking.trouble()).hasValue("AssertionError: a fault");
    assertThat(lines).filteredOn(line -> line.contains("cannot wake")).hasSize(1);
    store.onWaking = () -> 0;
    await().until(() -> waking.trouble().isEmpty());
    waking.stop();
  }

  @Test
  void claimsThoughThereAreMoreToBeWokenThanItEverSeesTo() {
    EngineLoop waking = waking(() -> EngineLoop.WAKE_MAX);
    Thread.ofPlatform().daemon().start(waking);

    awaitClaims(3);
    waking.stop();
  }

  /** Or it would wait until the suspect has run alone, and die with it. */
  @Test
  void whatIsClaimedBesideASuspectIsLaunchedBeforeIt() throws Exception {
    var claims =
        new LocalSagas() {
          private final List<SagaId> found = List.of(owned(), owned(), owned());
          private final AtomicBoolean claimed = new AtomicBoolean();

          @Override
          public Poll poll(Collection<DefinitionRef> definitions, int limit) {
            return new Poll(0, !claimed.get(), false);
          }

          @Override
          public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
            claimed.set(true);
            return List.of(claim(0, node, 0), claim(1, node, 2), claim(2, node, 1));
          }

          private Claim claim(int index, NodeId node, int crashes) {
            SagaRow row = row(found.get(index), node, SagaStatus.RUNNING, crashes);
            return new Claim(new SagaSnapshot(row, List.of(), Instant.EPOCH), null);
          }
        };
    var order = new CopyOnWriteArrayList<SagaId>();
    claims.each(order::add);
    // each runs in the thread that launches it
    EngineLoop launching = loop(claims, new InFlight(3, 0), Runnable::run);
    Thread launches = Thread.ofPlatform().daemon().start(launching);

    await().until(() -> order.size() == 3);

    assertThat(order)
        .containsExactly(claims.found.get(0), claims.found.get(2), claims.found.get(1));
    launching.stop();
    launches.join();
  }
}

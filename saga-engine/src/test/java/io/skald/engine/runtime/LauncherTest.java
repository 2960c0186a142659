package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.skald.engine.spi.Lane;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sagas on their threads, in the room there is for them. */
class LauncherTest {
  private static final int ROOM = 2;

  private final LocalSagas sagas = new LocalSagas();
  private final InFlight inFlight = new InFlight(ROOM, 0);
  private final Launcher launcher =
      new Launcher(inFlight, new Alarm(System::nanoTime), new Endings(sagas));

  @AfterEach
  void allRoomIsFreeInTheEnd() {
    await().untilAsserted(() -> assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(ROOM));
    assertThat(sagas.ranTwiceAtOnce()).isFalse();
  }

  private RunEnd launched(SagaId saga) throws Exception {
    assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    return endOf(launcher.launchReserved(sagas.run(saga), Lane.ORDINARY));
  }

  private static RunEnd endOf(Optional<CompletableFuture<RunEnd>> launched) throws Exception {
    return launched.orElseThrow().get(10, TimeUnit.SECONDS);
  }

  /** A saga may have been cancelled between its insert and its launch. */
  @Test
  void aSagaGivesBackTheRoomThatWasReservedWhateverItsLaneIsByNow() throws Exception {
    var kept = new InFlight(2, 1);
    var launching = new Launcher(kept, new Alarm(System::nanoTime), new Endings(sagas));
    SagaId saga = sagas.owned();
    assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    assertThat(endOf(launching.launchReserved(sagas.urgentRun(saga), Lane.ORDINARY)))
        .isInstanceOf(RunEnd.Halted.class);

    await().untilAsserted(() -> assertThat(kept.free(Lane.URGENT)).isEqualTo(2));
    await().untilAsserted(() -> assertThat(kept.free(Lane.ORDINARY)).isEqualTo(1));
  }

  static Stream<Throwable> failures() {
    return Stream.of(
        new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null),
        new IllegalStateException("a fault"),
        new OutOfMemoryError("simulated"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aRunThatThrowsLeavesItsRoomAndNothingOfItself(Throwable failure) throws Exception {
    SagaId broken = sagas.owned();
    sagas.each(
        saga -> {
          if (saga.equals(broken)) {
            thrown(failure);
          }
        });

    assertThat(launched(broken)).isEqualTo(new RunEnd.Dropped());
    assertThat(inFlight.holds(broken)).isFalse();
    assertThat(launched(sagas.owned()))
        .isInstanceOfSatisfying(
            RunEnd.Halted.class, end -> assertThat(end.status()).isEqualTo(SagaStatus.COMPLETED));
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void thrown(Throwable failure) throws E {
    throw (E) failure;
  }

  /** The other run may have gone on since, under an epoch of its own: what was claimed is old. */
  @Test
  void aClaimThatWaitedForAnotherRunLooksFirstWhoseTheSagaIs() throws Exception {
    SagaId saga = sagas.owned();
    sagas.each(
        running -> {
          if (sagas.runsOf(saga) == 1) {
            launcher.launch(sagas.run(saga));
          }
        });

    assertThat(launched(saga)).isInstanceOf(RunEnd.Halted.class);

    await().until(() -> !inFlight.holds(saga));
    assertThat(sagas.runsOf(saga)).isEqualTo(1);
  }

  /** Threads there are none of, once. */
  private static Executor exhaustedOnce() {
    var asked = new AtomicInteger();
    return saga -> {
      if (asked.incrementAndGet() == 1) {
        throw new OutOfMemoryError("unable to create native thread, simulated");
      }
      Thread.ofVirtual().start(saga);
    };
  }

  private Launcher shortOfThreads() {
    return new Launcher(inFlight, new Alarm(System::nanoTime), new Endings(sagas), exhaustedOnce());
  }

  @Test
  void aReservedSagaThatGetsNoThreadLeavesItsRoomAndNothingOfItself() throws Exception {
    SagaId saga = sagas.owned();
    Launcher exhausted = shortOfThreads();
    assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    SagaRun run = sagas.run(saga);

    assertThatThrownBy(() -> exhausted.launchReserved(run, Lane.ORDINARY))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(inFlight.holds(saga)).isFalse();
    assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(ROOM);

    assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    assertThat(endOf(exhausted.launchReserved(sagas.run(saga), Lane.ORDINARY)))
        .isInstanceOf(RunEnd.Halted.class);
  }

  @Test
  void aSagaThatGetsNoThreadIsRunByWhoeverLaunchesItNext() {
    SagaId saga = sagas.owned();
    Launcher exhausted = shortOfThreads();
    SagaRun run = sagas.run(saga);

    assertThatThrownBy(() -> exhausted.launch(run)).isInstanceOf(OutOfMemoryError.class);
    assertThat(inFlight.holds(saga)).isFalse();

    exhausted.launch(sagas.run(saga));
    await().until(() -> sagas.runsOf(saga) == 1);
  }

  @Test
  void runsMoreSagasThanThereIsRoomForOneAfterTheOther() throws Exception {
    List<SagaId> many = IntStream.range(0, 50).mapToObj(n -> sagas.owned()).toList();
    var ended = new CountDownLatch(many.size());
    sagas.each(saga -> ended.countDown());

    many.forEach(saga -> launcher.launch(sagas.run(saga)));

    assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(sagas.most.get()).isBetween(1, ROOM);
    assertThat(many).allSatisfy(saga -> assertThat(sagas.runsOf(saga)).isEqualTo(1));
  }

  @Test
  void theOneThatRunsAloneHasAPlatformThreadAndTheOthersVirtualOnes() throws Exception {
    Map<SagaId, Boolean> virtual = new ConcurrentHashMap<>();
    sagas.each(saga -> virtual.put(saga, Thread.currentThread().isVirtual()));
    SagaId first = sagas.held();
    SagaId second = sagas.held();

    launcher.launch(sagas.run(first));
    await().until(() -> virtual.containsKey(first));
    launcher.launch(sagas.run(second));
    await().until(() -> virtual.containsKey(second));
    sagas.letOut(first);
    sagas.letOut(second);

    assertThat(virtual).containsEntry(first, false).containsEntry(second, true);
  }

  @Test
  void aSagaClaimedBeforeItsRunHasLeftRunsAgainOnceItHas() throws Exception {
    SagaId saga = sagas.held();
    sagas.claimAgain(saga);
    launcher.launch(sagas.run(saga));
    await().until(() -> sagas.runsOf(saga) == 1);

    assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    assertThat(launcher.launchReserved(sagas.run(saga), Lane.ORDINARY)).isEmpty();
    assertThat(inFlight.free(Lane.ORDINARY)).as("the room it did not need").isEqualTo(1);
    assertThat(sagas.runsOf(saga)).isEqualTo(1);
    sagas.letOut(saga);

    await().until(() -> sagas.runsOf(saga) == 2);
  }

  @Test
  void aSuspectClaimedBeforeItsRunHasLeftRunsAloneThenToo() throws Exception {
    SagaId suspect = sagas.held();
    sagas.claimAgain(suspect);
    SagaId other = sagas.held();
    Queue<SagaId> order = new ConcurrentLinkedQueue<>();
    sagas.each(order::add);
    launcher.launchAlone(sagas.run(suspect));
    await().until(() -> order.size() == 1);
    launcher.launch(sagas.run(other));
    await().until(inFlight::isAwaited);

    launcher.launchAlone(sagas.run(suspect));
    sagas.letOut(suspect);
    await().until(() -> order.size() == 2);
    assertThat(order).containsExactly(suspect, other);
    await().until(inFlight::isAwaited);
    sagas.letOut(other);

    await().until(() -> sagas.runsOf(suspect) == 2);
    assertThat(sagas.most).hasValue(1);
  }

  @Test
  void roomIsASuspectsFromItsLaunchOnThoughItsThreadComesLater() {
    Queue<Runnable> threads = new ConcurrentLinkedQueue<>();
    var slow =
        new Launcher(inFlight, new Alarm(System::nanoTime), new Endings(sagas), threads::add);
    SagaId suspect = sagas.owned();

    slow.launchAlone(sagas.run(suspect));
    assertThat(inFlight.free(Lane.ORDINARY)).as("what is claimed now").isZero();
    assertThat(inFlight.reserve(Lane.ORDINARY)).isFalse();

    threads.remove().run();
    assertThat(sagas.runsOf(suspect)).isEqualTo(1);
    assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(ROOM);
  }

  @Test
  void isNotAtRestWhileASagaIsLaunchedWhoseThreadComesLater() throws Exception {
    Queue<Runnable> threads = new ConcurrentLinkedQueue<>();
    var slow =
        new Launcher(inFlight, new Alarm(System::nanoTime), new Endings(sagas), threads::add);
    slow.launch(sagas.run(sagas.owned()));
    assertThat(inFlight.awaitNone(Duration.ofMillis(10), Sources.system())).isFalse();

    threads.remove().run();
    assertThat(inFlight.awaitNone(Duration.ofMillis(10), Sources.system())).isTrue();
  }

  @Test
  void aSuspectThatRunsHereAlreadyKeepsNoRoomWhileItIsNotLaunched() {
    Queue<Runnable> threads = new ConcurrentLinkedQueue<>();
    var slow =
        new Launcher(inFlight, new Alarm(System::nanoTime), new Endings(sagas), threads::add);
    SagaId suspect = sagas.owned();
    sagas.claimAgain(suspect);
    slow.launch(sagas.run(suspect));

    slow.launchAlone(sagas.run(suspect));
    assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(ROOM);

    threads.remove().run();
    assertThat(inFlight.free(Lane.ORDINARY)).isZero();
    threads.remove().run();
    assertThat(sagas.runsOf(suspect)).isEqualTo(2);
    assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(ROOM);
  }

  @Test
  void aSuspectThatGetsNoThreadKeepsNoRoom() {
    SagaId suspect = sagas.owned();
    Launcher exhausted = shortOfThreads();
    SagaRun run = sagas.run(suspect);

    assertThatThrownBy(() -> exhausted.launchAlone(run)).isInstanceOf(OutOfMemoryError.class);
    assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(ROOM);
  }

  @Test
  void aSagaThatMayHaveKilledItsLastOwnersIsLaunchedAlone() throws Exception {
    SagaId other = sagas.held();
    SagaId suspect = sagas.owned();
    launcher.launch(sagas.run(other));
    await().until(() -> sagas.runsOf(other) == 1);

    launcher.launch(sagas.suspectRun(suspect));
    await().until(inFlight::isAwaited);
    assertThat(sagas.runsOf(suspect)).isZero();
    sagas.letOut(other);

    await().until(() -> sagas.runsOf(suspect) == 1);
    assertThat(sagas.most).hasValue(1);
  }

  @Test
  void whoeverAsksForASagaHasItRunAfterwardsAndNeverTwiceAtOnce() throws Exception {
    SagaId saga = sagas.owned();
    sagas.claimAgain(saga);
    int askers = 8;
    int times = 500;
    var asked = new AtomicInteger();
    var seen = new AtomicInteger();
    sagas.each(id -> seen.set(asked.get()));
    try (var threads = Executors.newFixedThreadPool(askers)) {
      for (int asker = 0; asker < askers; asker++) {
        threads.execute(
            () -> {
              for (int i = 0; i < times; i++) {
                asked.incrementAndGet();
                launcher.launch(sagas.run(saga));
              }
            });
      }
    }

    await().until(() -> seen.get() == askers * times);
    await().until(() -> !inFlight.holds(saga));
  }
}

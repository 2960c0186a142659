package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NodeId;
import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private final InFlight inFlight = new InFlight(4, 0);
  private final LocalSagas sagas = new LocalSagas();

  @Test
  void hasRoomForAsManyAsItWasTold() {
    for (int i = 0; i < 4; i++) {
      assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    }
    assertThat(inFlight.reserve(Lane.ORDINARY)).isFalse();
    inFlight.unreserve(Lane.ORDINARY);
    assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(1);
  }

  @Test
  void whatIsKeptForUrgentSagasIsNotTakenByOrdinaryOnes() {
    var kept = new InFlight(8, 2);
    for (int i = 0; i < 6; i++) {
      assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    }
    assertThat(kept.reserve(Lane.ORDINARY)).isFalse();
    assertThat(kept.free(Lane.ORDINARY)).isZero();
    assertThat(kept.free(Lane.URGENT)).isEqualTo(2);

    assertThat(kept.reserve(Lane.URGENT)).isTrue();
    assertThat(kept.reserve(Lane.URGENT)).isTrue();
    assertThat(kept.reserve(Lane.URGENT)).isFalse();
    kept.unreserve(Lane.URGENT);
    assertThat(kept.reserve(Lane.ORDINARY)).as("of what an urgent one gave back").isFalse();
    kept.unreserve(Lane.ORDINARY);
    assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
  }

  @Test
  void whatIsKeptIsWhatIsFreeAndNoOrdinarySagaMayHave() {
    var kept = new InFlight(8, 2);
    assertThat(kept.freeKept()).isEqualTo(2);
    for (int i = 0; i < 6; i++) {
      assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    }
    assertThat(kept.freeKept()).isEqualTo(2);
    assertThat(kept.reserve(Lane.URGENT)).isTrue();
    assertThat(kept.reserve(Lane.URGENT)).isTrue();
    assertThat(kept.freeKept()).isZero();
    kept.unreserve(Lane.ORDINARY);
    assertThat(kept.freeKept()).as("an ordinary one may have it").isZero();
    kept.unreserve(Lane.URGENT);
    assertThat(kept.freeKept()).isEqualTo(1);
    assertThat(kept.isRoomForThoseTurnedAway()).isTrue();
    assertThat(inFlight.freeKept()).as("where nothing is kept").isZero();
  }

  @Test
  void urgentSagasMayHaveAllRoomThatIsFree() {
    var kept = new InFlight(8, 2);
    for (int i = 0; i < 8; i++) {
      assertThat(kept.reserve(Lane.URGENT)).isTrue();
    }
    assertThat(kept.reserve(Lane.ORDINARY)).isFalse();
    kept.unreserve(Lane.URGENT);
    assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    kept.unreserve(Lane.ORDINARY);
    for (int i = 0; i < 7; i++) {
      kept.unreserve(Lane.URGENT);
    }
    assertThat(kept.free(Lane.ORDINARY)).isEqualTo(6);
    assertThat(kept.free(Lane.URGENT)).isEqualTo(8);
  }

  @Test
  void anOrdinarySagaThatWaitsForRoomKeepsNoUrgentOneWaiting() throws Exception {
    var kept = new InFlight(4, 1);
    for (int i = 0; i < 3; i++) {
      assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<RunEnd> waiting =
          threads.submit(() -> kept.whenRoom(Lane.ORDINARY, RunEnd.Dropped::new));
      while (!kept.isAwaited()) {
        Thread.onSpinWait();
      }
      assertThat(kept.reserve(Lane.URGENT)).isTrue();
      kept.unreserve(Lane.URGENT);
      assertThat(waiting.isDone()).isFalse();
      kept.unreserve(Lane.ORDINARY);
      assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(new RunEnd.Dropped());
    }
  }

  /** Or a node that closes would give up its sagas while they begin to run. */
  @Test
  void isNotAtRestWhileAnOrdinarySagaWaitsForRoom() throws Exception {
    var kept = new InFlight(4, 1);
    for (int i = 0; i < 3; i++) {
      assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    }
    var out = new CountDownLatch(1);
    var threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      for (int i = 0; i < 6; i++) {
        threads.submit(() -> kept.whenRoom(Lane.ORDINARY, () -> heldUntil(out)));
      }
      while (!kept.isAwaited()) {
        Thread.onSpinWait();
      }
      Future<Boolean> atRest =
          threads.submit(() -> kept.awaitNone(Duration.ofSeconds(10), Sources.system()));
      for (int i = 0; i < 3; i++) {
        kept.unreserve(Lane.ORDINARY);
      }
      assertThatThrownBy(() -> atRest.get(100, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      out.countDown();
      assertThat(atRest.get(10, TimeUnit.SECONDS)).isTrue();
    } finally {
      // whatever has failed: they are waited for
      out.countDown();
      threads.close();
    }
    assertThat(kept.free(Lane.ORDINARY)).isEqualTo(3);
    assertThat(kept.free(Lane.URGENT)).isEqualTo(4);
  }

  @Test
  void whoIsInterruptedWhileItWaitsForRoomKeepsNoneInItsLane() throws Exception {
    var kept = new InFlight(2, 1);
    assertThat(kept.reserve(Lane.URGENT)).isTrue();
    assertThat(kept.reserve(Lane.URGENT)).isTrue();
    for (Lane lane : Lane.values()) {
      var interrupted = new AtomicBoolean();
      Thread waiting =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      kept.whenRoom(lane, RunEnd.Dropped::new);
                    } catch (InterruptedException e) {
                      interrupted.set(true);
                    }
                  });
      while (!kept.isAwaited()) {
        Thread.onSpinWait();
      }
      waiting.interrupt();
      waiting.join();
      assertThat(interrupted).isTrue();
    }
    kept.unreserve(Lane.URGENT);
    kept.unreserve(Lane.URGENT);
    assertThat(kept.free(Lane.ORDINARY)).isEqualTo(1);
    assertThat(kept.free(Lane.URGENT)).isEqualTo(2);
  }

  private static RunEnd heldUntil(CountDownLatch out) {
    try {
      out.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new RunEnd.Dropped();
  }

  @Test
  void hearsThatItIsNotAtRestAndKeepsNoRoomThen() throws Exception {
    var kept = new InFlight(4, 1);
    for (Lane lane : Lane.values()) {
      assertThat(kept.reserve(lane)).isTrue();
      assertThat(kept.awaitNone(Duration.ofMillis(1), Sources.system())).as(lane.name()).isFalse();
      kept.unreserve(lane);
    }
    assertThat(kept.awaitNone(Duration.ZERO, Sources.system())).isTrue();
    assertThat(kept.free(Lane.ORDINARY)).isEqualTo(3);
    assertThat(kept.free(Lane.URGENT)).isEqualTo(4);
  }

  /** A ring for each of few would be a claim for each that ends, and one for half would be late. */
  @Test
  void urgentSagasTurnedAwayHearOfAnEighthOfTheRoomThatIsKept() {
    var kept = new InFlight(64, 16);
    for (int i = 0; i < 48; i++) {
      assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    }
    for (int i = 0; i < 16; i++) {
      assertThat(kept.reserve(Lane.URGENT)).isTrue();
    }
    assertThat(kept.free(Lane.URGENT)).isZero();
    kept.unreserve(Lane.URGENT);
    assertThat(kept.isRoomForThoseTurnedAway()).isFalse();
    kept.unreserve(Lane.URGENT);
    assertThat(kept.isRoomForThoseTurnedAway()).isTrue();
  }

  @Test
  void thoseTurnedAwayHearOfRoomInTheirLane() {
    var kept = new InFlight(64, 2);
    for (int i = 0; i < 62; i++) {
      assertThat(kept.reserve(Lane.ORDINARY)).isTrue();
    }
    for (int i = 0; i < 2; i++) {
      assertThat(kept.reserve(Lane.URGENT)).isTrue();
    }
    assertThat(kept.free(Lane.URGENT)).isZero();
    kept.unreserve(Lane.URGENT);
    assertThat(kept.isRoomForThoseTurnedAway()).isTrue();
    kept.unreserve(Lane.URGENT);
    assertThat(kept.isRoomForThoseTurnedAway()).isFalse();

    assertThat(kept.free(Lane.ORDINARY)).isZero();
    for (int i = 0; i < 7; i++) {
      assertThat(kept.isRoomForThoseTurnedAway()).isFalse();
      kept.unreserve(Lane.ORDINARY);
    }
    assertThat(kept.isRoomForThoseTurnedAway()).isTrue();
  }

  @Test
  void runsSuspectsOneAfterTheOtherAndNothingBesideThem() throws Exception {
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    Callable<RunEnd> suspect =
        () ->
            inFlight.alone(
                () -> {
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  assertThat(inFlight.reserve(Lane.ORDINARY)).isFalse();
                  running.decrementAndGet();
                  return new RunEnd.Dropped();
                });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<RunEnd>> suspects = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        suspects.add(threads.submit(suspect));
      }
      for (Future<RunEnd> one : suspects) {
        assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo(new RunEnd.Dropped());
      }
    }
    assertThat(most).hasValue(1);
    assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(4);
  }

  @Test
  void saysThatThereIsRoomAgainOnlyToThoseTurnedAwayAndNotForEverySingleSaga() {
    var large = new InFlight(16, 0);
    for (int i = 0; i < 16; i++) {
      assertThat(large.reserve(Lane.ORDINARY)).isTrue();
    }
    assertThat(large.isRoomForThoseTurnedAway()).isFalse();
    assertThat(large.reserve(Lane.ORDINARY)).isFalse();
    large.unreserve(Lane.ORDINARY);
    assertThat(large.isRoomForThoseTurnedAway()).isFalse();
    large.unreserve(Lane.ORDINARY);
    assertThat(large.isRoomForThoseTurnedAway()).isTrue();
    assertThat(large.isRoomForThoseTurnedAway()).isFalse();
  }

  @Test
  void givesNoRoomAwayThatSomebodyWaitsFor() throws Exception {
    for (int i = 0; i < 4; i++) {
      assertThat(inFlight.reserve(Lane.ORDINARY)).isTrue();
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<RunEnd> suspect = threads.submit(() -> inFlight.alone(RunEnd.Dropped::new));
      while (!inFlight.isAwaited()) {
        Thread.onSpinWait();
      }
      inFlight.unreserve(Lane.ORDINARY);
      assertThat(inFlight.reserve(Lane.ORDINARY)).isFalse();
      for (int i = 0; i < 3; i++) {
        inFlight.unreserve(Lane.ORDINARY);
      }
      assertThat(suspect.get(10, TimeUnit.SECONDS)).isEqualTo(new RunEnd.Dropped());
    }
  }

  @Test
  void whoeverAsksForASagaHasItRunAfterwardsAndNeverTwiceAtOnce() throws Exception {
    List<SagaId> few = List.of(sagas.owned(), sagas.owned());
    var asking = new Asking();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int thread = 0; thread < 8; thread++) {
        List<SagaRun> runs = few.stream().map(sagas::run).toList();
        threads.execute(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                asking.ask(runs.get(i % runs.size()));
              }
            });
      }
    }

    assertThat(asking.twice).hasValue(0);
    assertThat(few)
        .allSatisfy(
            saga -> {
              assertThat(asking.seenBy(saga)).isEqualTo(40_000);
              assertThat(inFlight.holds(saga)).isFalse();
            });
  }

  /** Runs sagas as the launcher does, on the thread of whoever asks. */
  private final class Asking {
    final AtomicInteger twice = new AtomicInteger();
    private final Map<SagaId, Integer> seen = new ConcurrentHashMap<>();
    private final Map<SagaId, AtomicInteger> asked = new ConcurrentHashMap<>();
    private final Map<SagaId, AtomicInteger> running = new ConcurrentHashMap<>();

    /** How many asks the saga's last run came after. */
    int seenBy(SagaId saga) {
      return seen.getOrDefault(saga, 0);
    }

    /** Asks for a saga, by a run that is this thread's. */
    void ask(SagaRun run) {
      AtomicInteger times = asked.computeIfAbsent(run.id(), id -> new AtomicInteger());
      times.incrementAndGet();
      boolean again = true;
      while (again && inFlight.enter(run, () -> {}).isPresent()) {
        AtomicInteger here = running.computeIfAbsent(run.id(), id -> new AtomicInteger());
        if (here.getAndIncrement() > 0) {
          twice.incrementAndGet();
        }
        seen.put(run.id(), times.get());
        here.decrementAndGet();
        again = inFlight.leave(run, new RunEnd.Dropped()).isPresent();
      }
    }
  }

  @Test
  void aRunOfALaterIncarnationReplacesOneThatHasNotLeft() {
    SagaId saga = sagas.owned();
    SagaRun before = sagas.run(saga, new NodeId(new UUID(1, 0)));
    SagaRun now = sagas.run(saga);
    assertThat(inFlight.enter(before, () -> {})).isPresent();
    var end = inFlight.enter(now, () -> {});
    assertThat(end).isPresent();

    assertThat(inFlight.leave(before, new RunEnd.Dropped())).isEmpty();
    assertThat(inFlight.find(saga)).isEqualTo(end);
    assertThat(end.get()).isNotDone();
    assertThat(inFlight.leave(now, new RunEnd.Dropped())).isEmpty();
    assertThat(end.get()).isCompletedWithValue(new RunEnd.Dropped());
    assertThat(inFlight.holds(saga)).isFalse();
  }

  @Test
  void roomIsNeverExceededNorLostAndASuspectIsAloneInItAndNotStarved() throws Exception {
    var inside = new AtomicInteger();
    var faults = new AtomicInteger();
    var suspects = new CountDownLatch(20);
    Supplier<RunEnd> one = () -> held(inside, 1, faults);
    Supplier<RunEnd> all = () -> held(inside, 4, faults);
    // these take turns at the processor, however few there are
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      List<Future<?>> others = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        others.add(threads.submit(() -> crowd(suspects, one, faults)));
      }
      for (int i = 0; i < 20; i++) {
        threads.submit(
            () -> {
              RunEnd end = inFlight.alone(all);
              suspects.countDown();
              return end;
            });
      }
      assertThat(suspects.await(60, TimeUnit.SECONDS)).as("suspects run in a crowd").isTrue();
      for (Future<?> other : others) {
        other.get(60, TimeUnit.SECONDS);
      }
    }
    assertThat(faults).hasValue(0);
    assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(4);
  }

  /** Takes room in every way there is, until nobody suspect waits any more. */
  private RunEnd crowd(CountDownLatch suspects, Supplier<RunEnd> one, AtomicInteger faults)
      throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (suspects.getCount() > 0 && System.nanoTime() < until) {
      if (inFlight.reserve(Lane.ORDINARY)) {
        one.get();
        inFlight.unreserve(Lane.ORDINARY);
      }
      inFlight.whenRoom(Lane.ORDINARY, one);
      int free = inFlight.free(Lane.ORDINARY);
      if (free < 0 || free > 4) {
        faults.incrementAndGet();
      }
    }
    return new RunEnd.Dropped();
  }

  private static RunEnd held(AtomicInteger inside, int room, AtomicInteger faults) {
    if (inside.addAndGet(room) > 4) {
      faults.incrementAndGet();
    }
    Thread.yield();
    inside.addAndGet(-room);
    return new RunEnd.Dropped();
  }
}

package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.NodeId;
import io.skald.saga.SagaId;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private final InFlight inFlight = new InFlight(4);
  private final LocalSagas sagas = new LocalSagas();

  @Test
  void hasRoomForAsManyAsItWasTold() {
    for (int i = 0; i < 4; i++) {
      assertThat(inFlight.reserve()).isTrue();
    }
    assertThat(inFlight.reserve()).isFalse();
    inFlight.unreserve();
    assertThat(inFlight.free()).isEqualTo(1);
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
                  assertThat(inFlight.reserve()).isFalse();
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
    assertThat(inFlight.free()).isEqualTo(4);
  }

  @Test
  void saysThatThereIsRoomAgainOnlyToThoseTurnedAwayAndNotForEverySingleSaga() {
    var large = new InFlight(16);
    for (int i = 0; i < 16; i++) {
      assertThat(large.reserve()).isTrue();
    }
    assertThat(large.isRoomForThoseTurnedAway()).isFalse();
    assertThat(large.reserve()).isFalse();
    large.unreserve();
    assertThat(large.isRoomForThoseTurnedAway()).isFalse();
    large.unreserve();
    assertThat(large.isRoomForThoseTurnedAway()).isTrue();
    assertThat(large.isRoomForThoseTurnedAway()).isFalse();
  }

  @Test
  void givesNoRoomAwayThatSomebodyWaitsFor() throws Exception {
    for (int i = 0; i < 4; i++) {
      assertThat(inFlight.reserve()).isTrue();
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<RunEnd> suspect = threads.submit(() -> inFlight.alone(RunEnd.Dropped::new));
      while (!inFlight.isAwaited()) {
        Thread.onSpinWait();
      }
      inFlight.unreserve();
      assertThat(inFlight.reserve()).isFalse();
      for (int i = 0; i < 3; i++) {
        inFlight.unreserve();
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
    assertThat(inFlight.free()).isEqualTo(4);
  }

  /** Takes room in every way there is, until nobody suspect waits any more. */
  private RunEnd crowd(CountDownLatch suspects, Supplier<RunEnd> one, AtomicInteger faults)
      throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (suspects.getCount() > 0 && System.nanoTime() < until) {
      if (inFlight.reserve()) {
        one.get();
        inFlight.unreserve();
      }
      inFlight.whenRoom(one);
      int free = inFlight.free();
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

package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private final InFlight inFlight = new InFlight(4);

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
}

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
        () -> {
          try {
            return inFlight.alone(
                () -> {
                  most.accumulateAndGet(running.incrementAndGet(), Math::max);
                  assertThat(inFlight.reserve()).isFalse();
                  running.decrementAndGet();
                  return new RunEnd.Dropped();
                });
          } finally {
            // as a run does when it ends: the next suspect waits for this room
            inFlight.unreserve();
          }
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<RunEnd>> suspects = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        assertThat(inFlight.reserve()).isTrue();
      }
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
}

package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.skald.engine.spi.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnstileTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    threads.close();
  }

  private static boolean enter(Turnstile turnstile, Lane lane) throws Exception {
    return turnstile.enter(lane);
  }

  /** Somebody who comes when all before are seen to wait. */
  private Future<Boolean> comes(Turnstile turnstile, Lane lane, Runnable through) {
    List<Thread> waiting = new CopyOnWriteArrayList<>();
    Future<Boolean> came =
        threads.submit(
            () -> {
              waiting.add(Thread.currentThread());
              boolean admitted = turnstile.enter(lane);
              if (admitted) {
                through.run();
              }
              return admitted;
            });
    await()
        .until(
            () ->
                came.isDone()
                    || (!waiting.isEmpty()
                        && waiting.getFirst().getState() == Thread.State.TIMED_WAITING));
    return came;
  }

  @Test
  void letsSoManyThroughAtATimeAndNoMore() throws Exception {
    var turnstile = new Turnstile(3, 50);
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Lane lane = i % 3 == 0 ? Lane.URGENT : Lane.ORDINARY;
      all.add(
          threads.submit(
              () -> {
                if (turnstile.enter(lane)) {
                  most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                  Thread.yield();
                  inside.decrementAndGet();
                  turnstile.leave();
                }
                return null;
              }));
    }
    for (Future<?> one : all) {
      var unused = one.get(10, TimeUnit.SECONDS);
    }
    assertThat(most).hasValueLessThanOrEqualTo(3);
    for (int i = 0; i < 3; i++) {
      assertThat(enter(turnstile, Lane.ORDINARY)).as("all was given back").isTrue();
    }
  }

  @Test
  void urgentOnesComeFirstAndOthersInTheirOrder() throws Exception {
    var turnstile = new Turnstile(1, 5);
    List<String> order = new CopyOnWriteArrayList<>();
    assertThat(enter(turnstile, Lane.ORDINARY)).isTrue();
    List<Future<Boolean>> all =
        List.of(
            comes(turnstile, Lane.ORDINARY, () -> order.add("first")),
            comes(turnstile, Lane.ORDINARY, () -> order.add("second")),
            comes(turnstile, Lane.URGENT, () -> order.add("urgent")));
    for (int i = 0; i < 3; i++) {
      int through = i;
      turnstile.leave();
      await().until(() -> order.size() == through + 1);
    }
    assertThat(order).containsExactly("urgent", "first", "second");
    for (Future<Boolean> one : all) {
      assertThat(one.get(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void whatIsMoreThanMayWaitIsTurnedAwayAtOnce() throws Exception {
    var turnstile = new Turnstile(1, 1);
    assertThat(enter(turnstile, Lane.ORDINARY)).isTrue();
    Future<Boolean> waiting = comes(turnstile, Lane.URGENT, () -> {});
    assertThat(enter(turnstile, Lane.URGENT)).isFalse();
    assertThat(waiting.isDone()).isFalse();
    turnstile.leave();
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoeverHasWaitedForAMomentIsTurnedAwayAndInNobodysWay() throws Exception {
    var turnstile = new Turnstile(1, 1);
    assertThat(enter(turnstile, Lane.ORDINARY)).isTrue();
    assertThat(enter(turnstile, Lane.ORDINARY)).isFalse();
    turnstile.leave();
    assertThat(enter(turnstile, Lane.ORDINARY)).isTrue();
  }

  @Test
  void whoeverIsInterruptedKeepsNothing() throws Exception {
    var turnstile = new Turnstile(1, 2);
    assertThat(enter(turnstile, Lane.ORDINARY)).isTrue();
    // one that was let through before it heard of its interruption leaves as any other
    Future<Boolean> waiting = comes(turnstile, Lane.URGENT, turnstile::leave);
    waiting.cancel(true);
    turnstile.leave();
    await().atMost(Duration.ofSeconds(5)).until(() -> enter(turnstile, Lane.ORDINARY));
  }
}

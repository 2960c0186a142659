package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final long MS = 1_000_000;

  private final Turns turns = new Turns();

  private long next(Object who, long atMillis) {
    return turns.next(who, atMillis * MS, 0.5, turns.heldNanos() / 10) / MS;
  }

  /** Attempts that take so long, until it is believed. */
  private void each(Duration held) {
    for (int i = 0; i < 100; i++) {
      turns.observe(held);
    }
  }

  @Test
  void thoseTurnedAwayComeBackInTheirOrderAsFastAsThoseBeforeThemAreThrough() {
    each(Duration.ofSeconds(2));
    assertThat(next("a", 0)).isBetween(199L, 200L);
    assertThat(next("b", 0)).isBetween(399L, 400L);
    assertThat(next("c", 100)).isBetween(499L, 500L);
  }

  @Test
  void aTurnIsKeptUntilItHasComeAndThenSoon() {
    each(Duration.ofSeconds(2));
    assertThat(next("a", 0)).isBetween(199L, 200L);
    assertThat(next("a", 150)).isBetween(49L, 50L);
    assertThat(next("b", 150)).isBetween(249L, 250L);
    assertThat(next("a", 200)).as("its turn has come").isEqualTo(375);
    assertThat(next("a", 1_000)).isEqualTo(375);
    turns.forget("a");
    assertThat(next("a", 1_000)).as("it came through, and is somebody new").isBetween(199L, 200L);
  }

  @Test
  void whoeverHasALaterTurnThanAMinuteAsksInBetween() {
    each(Duration.ofSeconds(100));
    for (int i = 0; i < 6; i++) {
      var unused = next(i, 0);
    }
    assertThat(next("late", 0)).isEqualTo(45_000);
    assertThat(next("late", 45_000)).isLessThan(30_000);
  }

  @Test
  void turnsThatAreOverDelayNobody() {
    each(Duration.ofSeconds(2));
    for (int i = 0; i < 50; i++) {
      var unused = next(i, 0);
    }
    assertThat(next("a", 60_000)).isBetween(199L, 200L);
  }

  @Test
  void remembersNoMoreThanItHasRoomFor() {
    for (int i = 0; i < 30_000; i++) {
      assertThat(next(i, 0)).isBetween(0L, 60_000L);
    }
  }
}

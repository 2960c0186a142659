package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.runtime.Crew;
import io.skald.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private static final Duration LONG = Duration.ofDays(2);

  private final ManualClock clock = ManualClock.standing();
  private final Scheduler scheduler = new Scheduler(clock, new Random(1));
  private final Host host = new Host();
  private final List<String> said = new ArrayList<>();

  private static final class Host implements Scheduler.Host {
    private boolean dead;

    @Override
    public boolean isDead() {
      return dead;
    }

    @Override
    public Instant pausedUntil() {
      return Instant.MIN;
    }
  }

  /** What the one that leads a crew does with it. */
  @FunctionalInterface
  private interface Leading {
    void lead(Crew crew) throws InterruptedException;
  }

  private void lead(Leading leading) {
    scheduler.spawn(
        host,
        () -> {
          try {
            leading.lead(scheduler.crew(host, UnaryOperator.identity()));
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private Runnable working(String name, Duration time) {
    return () -> {
      scheduler.sleep(time);
      said.add(name);
    };
  }

  private void runToTheEnd() {
    while (!scheduler.isIdle()) {
      assertThat(scheduler.step()).isTrue();
    }
  }

  private Duration elapsed() {
    return Duration.between(ManualClock.standing().instant(), clock.instant());
  }

  @Test
  void runsACrewBesideEachOther() {
    lead(
        crew -> {
          crew.begin(working("slow", Duration.ofSeconds(2)));
          crew.begin(working("quick", Duration.ofSeconds(1)));
          said.add("first: " + crew.awaitOne(LONG));
          said.add("second: " + crew.awaitOne(LONG));
        });
    runToTheEnd();
    assertThat(said).containsExactly("quick", "first: true", "slow", "second: true");
    assertThat(elapsed()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(3));
  }

  @Test
  void waitsNoLongerForACrewThanItIsTold() {
    lead(
        crew -> {
          crew.begin(working("slow", Duration.ofSeconds(60)));
          said.add("at once: " + crew.awaitOne(Duration.ZERO));
          said.add("soon: " + crew.awaitOne(Duration.ofSeconds(1)));
          said.add("in the end: " + crew.awaitOne(LONG));
        });
    runToTheEnd();
    assertThat(said).containsExactly("at once: false", "soon: false", "slow", "in the end: true");
  }

  @Test
  void sleepsOnThoughOneOfTheCrewHasEnded() {
    lead(
        crew -> {
          crew.begin(working("quick", Duration.ofSeconds(1)));
          boolean unused = crew.awaitOne(Duration.ofMillis(30));
          scheduler.sleep(Duration.ofSeconds(10));
          said.add("rested");
          said.add("ended: " + crew.awaitOne(LONG));
        });
    runToTheEnd();
    assertThat(said).containsExactly("quick", "rested", "ended: true");
    assertThat(elapsed()).isGreaterThanOrEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void takesTheCrewWithTheNodeThatDies() {
    lead(
        crew -> {
          crew.begin(working("never", Duration.ofSeconds(60)));
          boolean ended = crew.awaitOne(LONG);
          said.add("never: " + ended);
        });
    scheduler.at(Duration.ofSeconds(1), null, () -> host.dead = true);
    runToTheEnd();
    assertThat(said).isEmpty();
  }
}

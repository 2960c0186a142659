package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An attempt that stands in a queue: the saga waits, and asks again when it is woken. */
class QueuedAttemptsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant LATER = NOW.plusSeconds(30);
  private static final SagaDefinition<String, Done> ONE =
      Saga.define("one", String.class)
          .key(key -> key)
          .step(Step.named("a", String.class).remote((key, call) -> {}).needsNoCompensation())
          .build();

  private final SagaState queued = queued(SagaState.started(null), "a", 7);

  private static SagaState queued(SagaState state, String path, int signals) {
    return state.evolve(new Event.Queued(path, Direction.ACTION, LATER, signals));
  }

  private static Decision decide(SagaState state, Instant now) {
    return SagaMachine.decide(ONE, state, now);
  }

  @Test
  void theSagaWaitsByTheNumberThatWasReadWithTheQueue() {
    assertThat(decide(queued, NOW)).isEqualTo(new Decision.Wait(LATER));
    assertThat(queued.signalsSeen()).contains(7);
    assertThat(queued.isQueued()).isTrue();
  }

  @Test
  void theSagaAsksAgainWhenItIsTime() {
    assertThat(decide(queued, LATER)).isInstanceOf(Decision.Act.class);
  }

  @Test
  void theSagaAsksAgainWhenSignalsHaveToBeReadAnew() {
    SagaState woken = queued.evolve(new Event.SignalsRead(null));

    assertThat(decide(woken, NOW)).isInstanceOf(Decision.Act.class);
    assertThat(woken.signalsSeen()).isEmpty();
    assertThat(woken.isQueued()).isFalse();
  }

  @Test
  void theSagaAsksAgainOnceItIsReadAnew() {
    SagaState read = SagaState.started(null).whileDoing(queued);

    assertThat(decide(read, NOW)).isInstanceOf(Decision.Act.class);
  }

  @Test
  void whatIsAdmittedWaitsNoMore() {
    SagaState admitted = queued.evolve(new Event.Admitted("a", Direction.ACTION));

    assertThat(decide(admitted, NOW)).isInstanceOf(Decision.Act.class);
    assertThat(admitted.signalsSeen()).isEmpty();
  }

  @Test
  void whatIsUnderWayWaitsNoMore() {
    SagaState begun = queued.evolve(new Event.Begun("a", Direction.ACTION));

    assertThat(begun.isQueued()).isFalse();
    assertThat(begun.isUnderWay("a", Direction.ACTION)).isTrue();
  }

  @Test
  void ofSeveralNumbersTheFirstOneCounts() {
    var seen = new PendingSignals(5, List.of(), NOW);

    assertThat(queued(queued, "b", 6).signalsSeen()).contains(6);
    assertThat(queued.evolve(new Event.SignalsRead(seen)).signalsSeen()).contains(5);
    assertThat(queued.evolve(new Event.SignalsRead(seen)).isQueued()).isTrue();
  }

  @Test
  void whatIsOnlyPostponedIsNotAskedForWithEverySignal() {
    SagaState postponed =
        SagaState.started(null)
            .evolve(new Event.Postponed("a", Direction.ACTION, LATER))
            .evolve(new Event.SignalsRead(null));

    assertThat(decide(postponed, NOW)).isEqualTo(new Decision.Wait(LATER));
    assertThat(decide(postponed, NOW.plus(Duration.ofSeconds(31))))
        .isInstanceOf(Decision.Act.class);
  }
}

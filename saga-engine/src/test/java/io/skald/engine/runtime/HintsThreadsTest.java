package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.Rounds;
import io.skald.engine.spi.SagaRow;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Nobody who sleeps on an alarm, or waits for a saga's end, misses what happens meanwhile. */
class HintsThreadsTest {

  @Test
  void whateverRingsWhileTheLoopFallsAsleepWakesIt() {
    Rounds.play(Sleep::new);
  }

  @Test
  void whoeverWaitsForAnEndIsToldOrSeesIt() {
    Rounds.play(Wait::new);
  }

  /** One sleeps until it has seen all that rang, or fell due. */
  private static final class Sleep implements Rounds.Round {
    private final Alarm alarm = new Alarm(System::nanoTime);
    private final boolean later;
    private volatile boolean one;
    private volatile boolean other;

    Sleep(Random random) {
      later = random.nextBoolean();
    }

    @Override
    public List<Runnable> actors() {
      return List.of(
          this::sleep,
          () -> {
            one = true;
            alarm.ring();
          },
          () -> {
            other = true;
            if (later) {
              alarm.ringAfter(Duration.ofNanos(1));
            } else {
              alarm.ring();
            }
          });
    }

    private void sleep() {
      try {
        while (!one || !other) {
          alarm.await(Duration.ofDays(1));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void check() {
      assertThat(one && other).isTrue();
    }
  }

  /**
   * Some wait for the end of a saga, some of them not for long, while it is stuck and then ends.
   */
  private static final class Wait implements Rounds.Round {
    private static final SagaId SAGA = new SagaId(new UUID(2, 1));

    private final Asked store = new Asked();
    private final Endings endings = new Endings(store);
    private final List<CompletableFuture<RunEnd.Halted>> told = new ArrayList<>();
    private volatile SagaStatus status = SagaStatus.RUNNING;

    Wait(Random random) {
      for (int i = random.nextInt(3); i > 0; i--) {
        told.add(endings.await(SAGA, Endings.Patience.UNTIL_ENDED));
      }
    }

    @Override
    public List<Runnable> actors() {
      return List.of(
          () -> end(SagaStatus.STUCK, SagaStatus.COMPLETED),
          () -> await(Endings.Patience.UNTIL_ENDED),
          () -> await(Endings.Patience.UNTIL_STUCK),
          () -> endings.forget(SAGA, endings.await(SAGA, Endings.Patience.UNTIL_ENDED)));
    }

    private void end(SagaStatus... statuses) {
      for (SagaStatus next : statuses) {
        status = next;
        endings.publish(SAGA, halted());
      }
    }

    private RunEnd.Halted halted() {
      return new RunEnd.Halted(status, null, null, null);
    }

    /** As a ticket does: registers first, and looks then. */
    private void await(Endings.Patience patience) {
      var end = endings.await(SAGA, patience);
      if (status != SagaStatus.RUNNING) {
        endings.publish(SAGA, halted());
      }
      synchronized (told) {
        told.add(end);
      }
    }

    @Override
    public void check() {
      assertThat(told).allMatch(CompletableFuture::isDone);
      store.asked.clear();
      endings.lookAtAll();
      assertThat(store.asked).as("waits that nobody ends").isEmpty();
    }
  }

  /** A store that says what it was asked for. */
  private static final class Asked extends EmptyStore {
    private final List<SagaId> asked = new CopyOnWriteArrayList<>();

    @Override
    public List<SagaRow> rows(Collection<SagaId> sagas) {
      asked.addAll(sagas);
      return List.of();
    }
  }
}

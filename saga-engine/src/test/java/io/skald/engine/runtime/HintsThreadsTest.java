package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.Rounds;
import io.skald.engine.spi.SagaRow;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
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

  /** Some wait for a saga, some of them not for long, while it is stuck and perhaps ends then. */
  private static final class Wait implements Rounds.Round {
    private static final SagaId SAGA = new SagaId(new UUID(2, 1));

    private final OneSaga store = new OneSaga(SAGA);
    private final Endings endings = new Endings(store);
    private final Map<CompletableFuture<RunEnd.Halted>, Endings.Patience> waits =
        new ConcurrentHashMap<>();
    private final boolean ends;

    Wait(Random random) {
      ends = random.nextBoolean();
      for (int i = random.nextInt(3); i > 0; i--) {
        Endings.Patience patience =
            random.nextBoolean() ? Endings.Patience.UNTIL_STUCK : Endings.Patience.UNTIL_ENDED;
        waits.put(endings.await(SAGA, patience), patience);
      }
    }

    @Override
    public List<Runnable> actors() {
      return List.of(
          this::run,
          () -> await(Endings.Patience.UNTIL_ENDED),
          () -> await(Endings.Patience.UNTIL_STUCK),
          () -> endings.forget(SAGA, endings.await(SAGA, Endings.Patience.UNTIL_ENDED)));
    }

    private void run() {
      halt(SagaStatus.STUCK);
      if (ends) {
        halt(SagaStatus.COMPLETED);
      }
    }

    private void halt(SagaStatus status) {
      store.status = status;
      endings.publish(SAGA, new RunEnd.Halted(status, null, null, null));
    }

    /** As a ticket does: registers first, and looks then. */
    private void await(Endings.Patience patience) {
      waits.put(endings.await(SAGA, patience), patience);
      assertThat(endings.look(List.of(SAGA))).hasSize(1);
    }

    @Override
    public void check() {
      waits.forEach(this::check);
      store.looks.set(0);
      endings.lookAtAll();
      boolean awaited = waits.keySet().stream().anyMatch(end -> !end.isDone());
      assertThat(store.looks).as("looks for those who wait").hasValue(awaited ? 1 : 0);
    }

    private void check(CompletableFuture<RunEnd.Halted> end, Endings.Patience patience) {
      if (ends || patience == Endings.Patience.UNTIL_STUCK) {
        assertThat(end).as("a wait %s", patience).isDone();
      }
      if (end.isDone()) {
        assertThat(end.join().status()).isIn(accepted(patience));
      }
    }

    private static List<SagaStatus> accepted(Endings.Patience patience) {
      return switch (patience) {
        case UNTIL_STUCK -> List.of(SagaStatus.STUCK, SagaStatus.COMPLETED);
        case UNTIL_ENDED -> List.of(SagaStatus.COMPLETED);
      };
    }
  }

  /** A store of one saga that says as what it was committed last. */
  private static final class OneSaga extends EmptyStore {
    private final AtomicInteger looks = new AtomicInteger();
    private final SagaId saga;
    private volatile SagaStatus status = SagaStatus.RUNNING;

    OneSaga(SagaId saga) {
      this.saga = saga;
    }

    @Override
    public List<SagaRow> rows(Collection<SagaId> sagas) {
      looks.incrementAndGet();
      return List.of(LocalSagas.row(saga, LocalSagas.NODE, status, 0));
    }
  }
}

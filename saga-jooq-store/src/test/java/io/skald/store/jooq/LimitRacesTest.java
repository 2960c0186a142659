package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.started;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Permit;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Those who ask for permits all the time, and those who look who waits for them. */
@Timeout(60)
class LimitRacesTest {
  private static final Limit BANK = Limit.concurrent("bank", 1);
  private static final int ASKERS = 6;
  private static final int LOOKS_MAX = 5;

  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final NodeId node = joined(store);

  @AfterEach
  void close() {
    database.close();
  }

  private Admission ask(Fence saga, Permit permit) {
    var attempt = new LimitedAttempt(saga.saga(), "a", Direction.ACTION, Lane.ORDINARY);
    return store.admit(BANK, attempt, permit);
  }

  private Permit fresh() {
    return new Permit(BANK.name(), node, UUID.randomUUID());
  }

  private boolean isDue(Fence saga) {
    String due = "select wake_at <= now() from %s.saga where id = '" + saga.saga() + "'";
    return database.value(due).equals("t");
  }

  @Test
  void thoseWhoAskAllTheTimeKeepNobodyFromBeingWoken() {
    Permit permit = fresh();
    assertThat(ask(started(store, node), permit)).isInstanceOf(Admission.Admitted.class);
    Fence waiter = started(store, node);
    assertThat(ask(waiter, fresh())).isInstanceOf(Admission.Queued.class);
    var park = new SagaChange.Park(Duration.ofDays(1), null, Lane.ORDINARY);
    store.write(List.of(new Transition(waiter, List.of(), park, Links.NONE)));
    store.giveBack(permit);
    List<Fence> askers = many(ASKERS);
    var done = new AtomicBoolean();
    var asked = new AtomicInteger();
    try (ExecutorService threads = Executors.newFixedThreadPool(ASKERS)) {
      for (Fence asker : askers) {
        threads.execute(
            () -> {
              while (!done.get()) {
                assertThat(ask(asker, fresh())).isInstanceOf(Admission.Queued.class);
                asked.incrementAndGet();
              }
            });
      }
      TestDatabase.await(() -> asked.get() > 10 * ASKERS);
      int looks = 1;
      while (looks < LOOKS_MAX && !store.wakeWaiters(List.of(BANK), Lane.ORDINARY)) {
        looks++;
      }
      done.set(true);
      assertThat(isDue(waiter)).as("after %d looks", looks).isTrue();
    }
  }

  private List<Fence> many(int count) {
    return Stream.generate(() -> started(store, node)).limit(count).toList();
  }
}

package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.UnclaimedSignal;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a node says of signals that nobody takes, and how it gets rid of them. */
class UnclaimedSignalsTest {
  private final Signals store = new Signals();
  private final UnclaimedSignals unclaimed = new UnclaimedSignals(store);

  /** A store of unclaimed signals; the next answers of its deletions are {@code deletions}. */
  private static final class Signals extends EmptyStore {
    final List<UnclaimedSignal> found = new ArrayList<>();
    final Deque<Integer> deletions = new ArrayDeque<>();
    final List<Duration> ages = new ArrayList<>();
    boolean down;

    @Override
    public List<UnclaimedSignal> unclaimed(Duration age, int limit) {
      requireUp();
      ages.add(age);
      return found.stream().limit(limit).toList();
    }

    @Override
    public int purgeSignals(Duration age, int limit) {
      requireUp();
      ages.add(age);
      return deletions.remove();
    }

    private void requireUp() {
      if (down) {
        throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
      }
    }

    void add(String key) {
      found.add(new UnclaimedSignal(UUID.randomUUID(), "place-order", key, "paid", Instant.EPOCH));
    }
  }

  private List<String> report() {
    return Logged.linesOf(unclaimed::report);
  }

  @Test
  void saysEachSignalOnceInOneLine() {
    store.add("o1");
    store.add("o2");

    assertThat(report())
        .singleElement()
        .asString()
        .contains("WARN")
        .endsWith(
            "unclaimed signals: 2; their sagas have ended or were never started:"
                + " place-order o1 paid, place-order o2 paid");
    assertThat(report()).isEmpty();
    store.add("o3");
    assertThat(report()).singleElement().asString().contains(": 1; ").endsWith(" o3 paid");
    assertThat(store.ages).containsOnly(UnclaimedSignals.AGE);
  }

  @Test
  void namesTheFirstOfManyAndCountsAll() {
    for (int i = 0; i < 1000; i++) {
      store.add("o" + i);
    }

    assertThat(report())
        .singleElement()
        .asString()
        .contains(": 1000; ")
        .endsWith(" o3 paid, place-order o4 paid, …");
  }

  @Test
  void forgetsASignalThatIsThereNoMore() {
    store.add("o1");
    var kept = List.copyOf(store.found);
    assertThat(report()).hasSize(1);
    store.found.clear();
    assertThat(report()).isEmpty();
    store.found.addAll(kept);

    assertThat(report()).hasSize(1);
  }

  @Test
  void deletesInBatchesUntilNothingOldIsLeft() {
    Duration retention = Duration.ofDays(7);
    store.deletions.addAll(List.of(UnclaimedSignals.PURGE_BATCH, UnclaimedSignals.PURGE_BATCH, 3));
    unclaimed.purge(retention);

    assertThat(store.deletions).isEmpty();
    assertThat(store.ages).containsExactly(retention, retention, retention);
  }

  @Test
  void anOutageEndsNeitherTheReportsNorTheDeletions() {
    store.down = true;
    assertThat(report()).first().asString().contains("cannot look for unclaimed signals");
    assertThat(Logged.linesOf(() -> unclaimed.purge(Duration.ofDays(7))))
        .first()
        .asString()
        .contains("cannot delete unclaimed signals");
    store.down = false;
    store.add("o1");

    assertThat(report()).hasSize(1);
  }
}

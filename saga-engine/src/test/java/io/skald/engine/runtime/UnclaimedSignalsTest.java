package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.PurgedPage;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.UnclaimedPage;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a node says of signals that nobody takes, and how it gets rid of them. */
class UnclaimedSignalsTest {
  private static final Duration WEEK = Duration.ofDays(7);

  private final Signals store = new Signals();
  private final UnclaimedSignals unclaimed = new UnclaimedSignals(store);

  /** A store of unclaimed signals; the next answers of its deletions are {@code deletions}. */
  private static final class Signals extends EmptyStore {
    final List<UnclaimedSignal> found = new ArrayList<>();
    final Deque<PurgedPage> deletions = new ArrayDeque<>();
    final List<Duration> ages = new ArrayList<>();
    final List<SignalPosition> places = new ArrayList<>();
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    boolean down;

    @Override
    public UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit) {
      requireUp();
      ages.add(age);
      int begin = (int) after.id().getLeastSignificantBits();
      List<UnclaimedSignal> page = found.stream().skip(begin).limit(limit).toList();
      return new UnclaimedPage(
          page, now, page.size() < limit ? Optional.empty() : Optional.of(at(begin + limit)));
    }

    @Override
    public PurgedPage purgeSignals(Duration age, SignalPosition after, int limit) {
      requireUp();
      ages.add(age);
      places.add(after);
      return deletions.remove();
    }

    private void requireUp() {
      if (down) {
        throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
      }
    }

    void add(String key) {
      add(key, now.minus(UnclaimedSignals.AGE));
    }

    void add(String key, Instant since) {
      found.add(new UnclaimedSignal(UUID.randomUUID(), "place-order", key, "paid", since));
    }

    void addMany(int many) {
      for (int i = 0; i < many; i++) {
        add("o" + i);
      }
    }

    void aMinutePasses() {
      now = now.plus(Duration.ofMinutes(1));
    }
  }

  private static SignalPosition at(int place) {
    return new SignalPosition(Instant.EPOCH, new UUID(0, place));
  }

  private List<String> report() {
    return Logged.linesOf(unclaimed::report);
  }

  @Test
  void namesAKeyWithoutWhatTurnsALineAroundOrBreaksIt() {
    store.add("o1\u202Edecnuof\u2028INFO all is well");

    assertThat(report()).singleElement().asString().contains("o1\uFFFDdecnuof\uFFFDINFO");
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
    store.aMinutePasses();
    store.add("o3");
    assertThat(report()).singleElement().asString().contains(": 1; ").endsWith(" o3 paid");
    store.aMinutePasses();
    assertThat(report()).isEmpty();
    assertThat(store.ages).containsOnly(UnclaimedSignals.AGE);
  }

  @Test
  void namesTheFirstOfManyAndCountsAll() {
    store.addMany(1000);

    assertThat(report())
        .singleElement()
        .asString()
        .contains(": 1000; ")
        .endsWith(" o3 paid, place-order o4 paid, …");
  }

  @Test
  void whatComesAfterMoreThanATurnLooksAtIsNamedInALaterTurn() {
    store.addMany(UnclaimedSignals.LOOKED_AT_MAX);
    store.add("newer");

    assertThat(report()).singleElement().asString().contains(": 10000; ");
    store.aMinutePasses();
    assertThat(report()).singleElement().asString().contains(": 1; ").endsWith(" newer paid");
    store.aMinutePasses();
    assertThat(report()).isEmpty();
    assertThat(report()).isEmpty();
  }

  @Test
  void whatBecomesUnclaimedBehindTheWalkIsSaidInTheNextRound() {
    store.addMany(UnclaimedSignals.LOOKED_AT_MAX);
    assertThat(report()).hasSize(1);
    store.found.set(0, new UnclaimedSignal(new UUID(0, 1), "d", "ended", "paid", store.now));
    store.aMinutePasses();
    assertThat(report()).isEmpty();
    store.aMinutePasses();

    assertThat(report()).singleElement().asString().contains(": 1; ").endsWith(" ended paid");
  }

  @Test
  void whatIsUnclaimedForLessThanAMinuteIsSaidLater() {
    store.add("o1", store.now);
    assertThat(report()).isEmpty();
    store.aMinutePasses();

    assertThat(report()).hasSize(1);
  }

  @Test
  void deletesInBatchesUntilNothingOldIsLeftAndSaysHowMany() {
    store.deletions.add(new PurgedPage(UnclaimedSignals.PURGE_BATCH, Optional.of(at(1))));
    store.deletions.add(new PurgedPage(0, Optional.of(at(2))));
    store.deletions.add(new PurgedPage(3, Optional.empty()));

    assertThat(Logged.linesOf(() -> unclaimed.purge(WEEK)))
        .singleElement()
        .asString()
        .contains("deleted 503 unclaimed signals");
    assertThat(store.deletions).isEmpty();
    assertThat(store.ages).containsOnly(WEEK);
    assertThat(store.places).containsExactly(SignalPosition.START, at(1), at(2));
  }

  @Test
  void aTurnThatDeletesNothingLooksAtNoMoreThanItsLimitAndTheNextGoesOn() {
    int batches = UnclaimedSignals.LOOKED_AT_MAX / UnclaimedSignals.PURGE_BATCH;
    for (int i = 1; i <= batches; i++) {
      store.deletions.add(new PurgedPage(0, Optional.of(at(i))));
    }
    store.deletions.add(new PurgedPage(0, Optional.empty()));

    assertThat(Logged.linesOf(() -> unclaimed.purge(WEEK))).isEmpty();
    assertThat(store.deletions).hasSize(1);
    unclaimed.purge(WEEK);
    assertThat(store.places.getLast()).isEqualTo(at(batches));
  }

  @Test
  void aShortRetentionDeletesNothingThatWasNotSaidYet() {
    store.deletions.add(new PurgedPage(0, Optional.empty()));
    unclaimed.purge(Duration.ofSeconds(1));

    assertThat(store.ages).containsExactly(UnclaimedSignals.AGE.multipliedBy(2));
  }

  @Test
  void anOutageEndsNeitherTheReportsNorTheDeletions() {
    store.down = true;
    assertThat(report()).first().asString().contains("cannot look for unclaimed signals");
    assertThat(Logged.linesOf(() -> unclaimed.purge(WEEK)))
        .first()
        .asString()
        .contains("cannot delete unclaimed signals");
    store.down = false;
    store.add("o1");

    assertThat(report()).hasSize(1);
  }
}

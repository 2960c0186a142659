package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.Retention;
import io.skald.engine.spi.SagaArchive;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where a turn of the retention begins, and how it goes on. */
class PurgerTest {
  private static final Retention WEEK = Retention.of(Duration.ofDays(7));
  private static final Retention BY_END = WEEK.withResolved(Duration.ofDays(30));

  /** How long each batch takes. */
  private static final Duration TOOK = Duration.ofMillis(30);

  private final List<Instant> places = new ArrayList<>();
  private final List<Duration> ages = new ArrayList<>();
  private final Deque<PurgedSagas> answers = new ArrayDeque<>();
  private final SagaArchive archive = (connection, sagas) -> {};
  private final ManualSources sources = new ManualSources();

  private final EmptyStore store =
      new EmptyStore() {
        @Override
        public PurgedSagas purge(Expiry expiry, Instant after, int limit, SagaArchive used) {
          assertThat(used).isSameAs(archive);
          assertThat(limit).isEqualTo(Purger.BATCH);
          ages.add(expiry.age());
          places.add(after);
          sources.pass(TOOK);
          return Objects.requireNonNullElseGet(
              answers.poll(), () -> super.purge(expiry, after, limit, used));
        }
      };

  private Purger purger(Retention retention) {
    return new Purger(store, retention, archive, sources);
  }

  private static PurgedSagas upTo(int second) {
    return new PurgedSagas(Purger.BATCH, Optional.of(at(second)));
  }

  private static Instant at(int second) {
    return Instant.ofEpochSecond(second);
  }

  @Test
  void aTurnGoesOnUntilNothingIsLeft() {
    answers.add(upTo(1));
    answers.add(new PurgedSagas(0, Optional.of(at(2))));
    purger(WEEK).purge();

    assertThat(places).containsExactly(Instant.EPOCH, at(1), at(2));
    assertThat(ages).containsOnly(Duration.ofDays(7));
  }

  @Test
  void whereAllAreKeptEquallyLongEachTurnBeginsAtTheFirst() {
    Purger purger = purger(WEEK);
    answers.add(upTo(1));
    purger.purge();
    purger.purge();

    assertThat(places).containsExactly(Instant.EPOCH, at(1), Instant.EPOCH);
  }

  @Test
  void whatIsKeptForLongerIsLookedAtOnceAndNowAndThenAgain() {
    Purger purger = purger(BY_END);
    answers.add(upTo(1));
    purger.purge();
    assertThat(places).containsExactly(Instant.EPOCH, at(1), Instant.EPOCH);
    assertThat(ages).containsExactly(Duration.ofDays(7), Duration.ofDays(7), Duration.ofDays(30));

    places.clear();
    for (int turn = 2; turn <= Purger.TURNS; turn++) {
      purger.purge();
    }
    assertThat(places).hasSize(2 * (Purger.TURNS - 1)).contains(at(1));
    assertThat(places.subList(0, 2)).containsExactly(at(1), Instant.EPOCH);
    places.clear();
    purger.purge();
    assertThat(places).containsExactly(Instant.EPOCH, Instant.EPOCH);
  }

  @Test
  void whatFailsIsTriedAgainWhereItWasAndStopsNoOther() {
    answers.add(upTo(1));
    var failing =
        new EmptyStore() {
          @Override
          public PurgedSagas purge(Expiry expiry, Instant after, int limit, SagaArchive used) {
            ages.add(expiry.age());
            places.add(after);
            if (answers.isEmpty()) {
              throw new IllegalStateException("the archive is full");
            }
            return answers.remove();
          }
        };
    Purger purger = new Purger(failing, BY_END, archive, sources);
    assertThat(Logged.linesOf(purger::purge))
        .first()
        .asString()
        .contains("WARN", "cannot delete ended sagas; tried again soon");
    assertThat(places).containsExactly(Instant.EPOCH, at(1), Instant.EPOCH);
    assertThat(ages).endsWith(Duration.ofDays(30));

    places.clear();
    purger.purge();
    assertThat(places).containsExactly(at(1), Instant.EPOCH);
  }

  @Test
  void betweenTwoBatchesItRestsForSeveralTimesAsLongAsTheFirstOneTook() {
    answers.addAll(List.of(upTo(1), upTo(2)));
    long begin = sources.nanoTime();
    purger(WEEK).purge();

    assertThat(Duration.ofNanos(sources.nanoTime() - begin))
        .isEqualTo(TOOK.multipliedBy(3 + 2 * Purger.REST));
  }

  @Test
  void whoeverIsInterruptedWhileHeRestsEndsHisTurn() {
    answers.addAll(List.of(upTo(1), upTo(2)));
    Thread.currentThread().interrupt();
    purger(BY_END).purge();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(places).containsExactly(Instant.EPOCH);
  }
}

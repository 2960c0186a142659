package io.skald.store.jooq;

import static io.skald.store.jooq.InboxFixture.M1;
import static io.skald.store.jooq.InboxFixture.delivery;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Purges of an inbox, and what goes on beside them. */
@Timeout(60)
class InboxPurgeTest {
  private static final Duration OLD = Duration.ofDays(7).plusSeconds(1);

  private final InboxFixture fixture = new InboxFixture();
  private final TestDatabase database = fixture.database;
  private final JooqInbox inbox = fixture.inbox;

  @AfterEach
  void close() {
    fixture.close();
  }

  private void receive(int messages) {
    database.execute(
        """
        insert into %s.saga_inbox (consumer, message_id, digest)
        select 'billing', 'n' || n, '' from generate_series(1, COUNT) n
        """
            .replace("COUNT", String.valueOf(messages)));
  }

  @Test
  void whateverIsOldGoesInBatchesAndNothingElse() {
    receive(2 * PurgeInbox.BATCH + 17);
    fixture.elapse(OLD);
    assertThat(inbox.once(M1, tx -> {})).isEqualTo(Receipt.HANDLED);

    assertThat(inbox.purge()).isEqualTo(2 * PurgeInbox.BATCH + 17);
    assertThat(inbox.purge()).isZero();
    assertThat(database.count("saga_inbox")).isOne();
  }

  @Test
  void manyOfOneTimeGoAll() {
    receive(2 * PurgeInbox.BATCH);
    database.execute("update %s.saga_inbox set received_at = now() - interval '8 days'");

    assertThat(inbox.purge()).isEqualTo(2 * PurgeInbox.BATCH);
  }

  @Test
  void whatAnotherPurgeHasInHandIsLeftToItAndHoldsUpNobody() throws SQLException {
    receive(10);
    fixture.elapse(OLD);
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      database.execute(connection, "delete from %s.saga_inbox where message_id in ('n3', 'n4')");

      assertThat(inbox.purge()).isEqualTo(8);
      assertThat(inbox.once(delivery("n5"), tx -> {})).isEqualTo(Receipt.HANDLED);
      connection.commit();
    }
    assertThat(database.count("saga_inbox")).isOne();
  }

  /** Whoever comes while its message is forgotten is the first again, and no error. */
  @Test
  void aMessageThatIsForgottenAtThatMomentIsHandledAnew() throws Exception {
    receive(1);
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      database.execute(connection, "delete from %s.saga_inbox");
      var receipt =
          CompletableFuture.supplyAsync(
              () -> inbox.once(delivery("n1"), tx -> fixture.write(tx, "again")));
      fixture.awaitWaiting();
      connection.commit();

      assertThat(receipt.get(10, TimeUnit.SECONDS)).isEqualTo(Receipt.HANDLED);
    }
    assertThat(fixture.written()).containsExactly("again");
  }

  @Test
  void aMessageThatIsForgottenBetweenTwoLooksIsHandledAnew() {
    receive(1);
    var statements = new AtomicInteger();
    var forgetful =
        new ConflictingPool(
            () -> {
              if (statements.incrementAndGet() == 2) {
                database.execute("delete from %s.saga_inbox");
              }
              return false;
            });

    assertThat(fixture.inbox(forgetful.over(database.pool())).once(delivery("n1"), tx -> {}))
        .isEqualTo(Receipt.HANDLED);
    assertThat(statements).hasValue(4);
  }

  @Test
  void aThreadThatIsInterruptedLeavesTheRestToTheNextPurge() {
    receive(2 * PurgeInbox.BATCH);
    fixture.elapse(OLD);
    Thread.currentThread().interrupt();
    try {
      assertThat(inbox.purge()).isEqualTo(PurgeInbox.BATCH);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(inbox.purge()).isEqualTo(PurgeInbox.BATCH);
  }

  // ---- PurgeTimer

  @Test
  void aTimerPurgesAgainAndAgainUntilItIsClosed() {
    PurgeTimer timer = PurgeTimer.every(Duration.ofMillis(5), "inbox", inbox::purge);
    for (int round = 0; round < 2; round++) {
      receive(3);
      fixture.elapse(OLD);
      TestDatabase.await(() -> database.count("saga_inbox") == 0);
    }
    timer.close();
    receive(1);
    fixture.elapse(OLD);

    assertThat(threads()).doesNotContain("skald-purge-inbox");
    assertThat(database.count("saga_inbox")).isOne();
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
  }

  @Test
  void aPurgeThatFailsIsLoggedWithoutWhatItSaysAndTriedAgain() throws Exception {
    var third = new CountDownLatch(3);
    try (var log = new AllLogged();
        PurgeTimer timer = PurgeTimer.every(Duration.ofMillis(5), "inbox", () -> fail(third))) {
      assertThat(third.await(20, TimeUnit.SECONDS)).isTrue();

      assertThat(timer).isNotNull();
      assertThat(log.text())
          .contains("were not deleted (inbox): java.lang.IllegalStateException; it is tried again")
          .contains("were not deleted (inbox): java.lang.LinkageError; it is tried again")
          .doesNotContain("secret");
    }
  }

  private static long fail(CountDownLatch purges) {
    purges.countDown();
    if (purges.getCount() == 1) {
      throw new LinkageError("secret");
    }
    throw new IllegalStateException("secret");
  }

  @Test
  void theIntervalOfATimerHasBounds() {
    for (Duration odd : new Duration[] {Duration.ZERO, Duration.ofHours(25)}) {
      assertThatThrownBy(() -> PurgeTimer.every(odd, "inbox", inbox::purge))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("interval: " + odd + " (expected: > 0 and <= PT24H)");
    }
  }
}

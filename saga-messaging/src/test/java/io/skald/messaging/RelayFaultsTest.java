package io.skald.messaging;

import static io.skald.messaging.OutboxScene.NONE;
import static io.skald.messaging.OutboxScene.STRICT;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.OutboxStore;
import io.skald.messaging.Broker.Answer;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of the store, the broker and the table that are neither here nor there. */
@Timeout(120)
class RelayFaultsTest {
  private final OutboxScene scene = new OutboxScene();
  private final Broker broker = new Broker();

  @AfterEach
  void close() throws Exception {
    scene.close();
    broker.close();
  }

  /** It would else be sent again and again, and never count as sent. */
  @Test
  void whatABrokerSlowerThanThePatienceForItKeepsIsSent() throws Exception {
    broker.answers(message -> Answer.KEPT_LATE);
    scene.open(
        scene.store(), broker, OutboxScene.options().withSendTimeout(Duration.ofMillis(100)));
    scene.publish(STRICT, "key", OutboxScene.numbers(3));
    scene.awaitSent(3);

    assertThat(broker.firstOf("key")).containsExactly(OutboxScene.numbers(3));
  }

  /** One partition of many, for hours. */
  @Test
  void whatIsNotRefusedIsNeverParkedHoweverOftenItFails() throws Exception {
    broker.answersTo("away", Answer.FAILED);
    scene.publish(STRICT, "key", "away", "behind it");
    scene.execute("update %s.saga_outbox set attempts = 500");
    scene.open(broker);
    OutboxScene.await("it has failed once more")
        .until(
            () -> {
              scene.publish(NONE, "others", "other");
              return !scene.value("select max(attempts) from %s.saga_outbox").equals("500");
            });
    assertThat(scene.count("FAILED")).isZero();

    broker.answers(message -> Answer.KEPT);
    scene.execute("update %s.saga_outbox set retry_at = now() where status = 'RETRYING'");
    OutboxScene.await("the key goes on").until(() -> broker.firstOf("key").size() == 2);
    assertThat(broker.firstOf("key")).containsExactly("away", "behind it");
  }

  @Test
  void aRowThatIsLockedKeepsNoOtherFromBeingRecorded() throws Exception {
    scene.publish(STRICT, "locked", "first", "second");
    try (Connection operator = scene.begin()) {
      scene.lock(operator, "first");
      scene.publish(NONE, "others", OutboxScene.numbers(50));
      scene.open(broker);
      scene.awaitSent(51);
      assertThat(broker.firstOf("locked")).containsExactly("first", "second");
      operator.rollback();
    }
    scene.awaitSent(52);
    assertThat(broker.count()).isEqualTo(52);
  }

  @Test
  void aRowThatCannotBeReadIsParkedAndTheOthersAreSent() throws Exception {
    scene.publish(STRICT, "key", "odd");
    scene.execute("alter table %s.saga_outbox drop constraint saga_outbox_topic_check");
    scene.execute("update %s.saga_outbox set topic = 'of a later version'");
    scene.publish(STRICT, "key", OutboxScene.numbers(5));
    scene.open(broker);
    scene.awaitSent(5);
    assertThat(scene.count("FAILED")).isEqualTo(1);
  }

  @Test
  void whateverTheLookThrowsWhatIsLoadedIsSent() throws Exception {
    var failing = new AtomicBoolean();
    OutboxStore odd =
        DyingStore.of(
            scene.store(), failing, List.of("pending"), () -> new OutOfMemoryError("for a test"));
    scene.publish(STRICT, "key", OutboxScene.numbers(10));
    broker.answers(
        message -> {
          failing.set(true);
          return Answer.KEPT;
        });
    scene.open(odd, broker, OutboxScene.options());
    scene.awaitSent(10);
  }

  /** It would else rest twice as long after each look that found nothing but what is blocked. */
  @Test
  void aRelayDoesNotRestWhileItPutsALongTailAside() throws Exception {
    broker.answersTo("poison", Answer.REFUSED);
    Relay relay =
        scene.open(
            scene.store(), broker, OutboxScene.options().withPollInterval(Duration.ofMinutes(1)));
    scene.publish(STRICT, "blocked", "poison");
    relay.wake();
    OutboxScene.await("it is refused").until(() -> scene.count("FAILED") == 1);
    scene.execute(
        """
        insert into %s.saga_outbox (id, bucket, topic, ordering, key, payload)
        select gen_random_uuid(), bucket, topic, ordering, key, ''
        from %s.saga_outbox, generate_series(1, 100000)
        """);
    scene.execute(
        """
        insert into %s.saga_outbox (id, bucket, topic, ordering, key, payload)
        select gen_random_uuid(), bucket, topic, ordering, 'free', ''
        from %s.saga_outbox where status = 'FAILED'
        """);
    relay.wake();
    scene.awaitSent(1);
  }

  /**
   * The limit of a hot key, which the documentation states: others of its bucket wait for room, and
   * have their turn before its end.
   */
  @Test
  void aKeyWithALongTailDelaysOthersOfItsBucketAndStopsNobody() throws Exception {
    scene.publish(STRICT, "hot", OutboxScene.numbers(300));
    scene.publish(STRICT, "cold", "late");
    scene.execute("update %s.saga_outbox set bucket = 0");
    scene.publish(STRICT, "elsewhere", "at once");
    scene.execute("update %s.saga_outbox set bucket = 1 where key = 'elsewhere'");
    scene.open(broker);
    scene.awaitSent(302);

    assertThat(broker.placeOf("elsewhere")).isLessThan(15);
    assertThat(broker.placeOf("cold")).isBetween(200, 301);
  }
}

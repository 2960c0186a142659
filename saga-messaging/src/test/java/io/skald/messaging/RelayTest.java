package io.skald.messaging;

import static io.skald.messaging.OutboxScene.NONE;
import static io.skald.messaging.OutboxScene.SKIPPING;
import static io.skald.messaging.OutboxScene.STRICT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.OutboxStore;
import io.skald.messaging.Broker.Answer;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every message reaches the broker, those of a key in order, whatever becomes of others. */
@Timeout(120)
class RelayTest {
  private final OutboxScene scene = new OutboxScene();
  private final Broker broker = new Broker();

  @AfterEach
  void close() throws Exception {
    scene.close();
    broker.close();
  }

  private void assertInOrder(int keys, int each) {
    for (int key = 0; key < keys; key++) {
      assertThat(broker.firstOf("key " + key)).containsExactly(OutboxScene.numbers(each));
    }
  }

  private void publishAll(int keys, int each) throws Exception {
    for (int key = 0; key < keys; key++) {
      scene.publish(STRICT, "key " + key, OutboxScene.numbers(each));
    }
  }

  @Test
  void sendsEachMessageOnceAndThoseOfAKeyInOrder() throws Exception {
    publishAll(40, 25);
    scene.open(broker);
    scene.awaitSent(1_000);

    assertInOrder(40, 25);
    assertThat(broker.count()).isEqualTo(1_000);
  }

  @Test
  void whatIsPublishedWhileItRestsIsFoundWithoutAHint() throws Exception {
    scene.open(broker);
    for (int message = 0; message < 5; message++) {
      scene.publish(NONE, "key", "payload " + message);
      int sent = message + 1;
      OutboxScene.await("it is sent").until(() -> broker.count() == sent);
    }
  }

  @Test
  void aHintIsHeardLongBeforeThePoll() throws Exception {
    Relay relay =
        scene.open(
            scene.store(), broker, OutboxScene.options().withPollInterval(Duration.ofMinutes(1)));
    scene.publish(NONE, "key", "first");
    relay.wake();
    OutboxScene.await("it is sent").until(() -> broker.count() == 1);
  }

  @Test
  void aMessageWhoseTransactionCommitsLateIsSentLate() throws Exception {
    scene.open(broker);
    try (Connection late = scene.begin();
        Connection unrelated = scene.begin()) {
      unrelated.createStatement().execute("select txid_current()");
      scene.publish(late, STRICT, "key 0", "late");
      publishAll(1, 100);
      scene.awaitSent(100);
      late.commit();
      scene.awaitSent(101);
    }
    assertThat(broker.count()).isEqualTo(101);
  }

  // ---- many of them

  @Test
  void eightRelaysSendEachMessageAndKeepTheOrderOfKeys() throws Exception {
    for (int relay = 0; relay < 8; relay++) {
      scene.open(broker);
    }
    publishAll(64, 30);
    scene.awaitSent(64 * 30);

    assertInOrder(64, 30);
    OutboxScene.await("each has its share")
        .until(
            () ->
                scene
                    .value(
                        "select string_agg(distinct n::text, ' ') from (select count(*) n from"
                            + " %s.saga_outbox_bucket group by owner) t")
                    .equals("8"));
  }

  @Test
  void whatARelayHadWhenItDiedIsSentByOthersInOrder() throws Exception {
    var dead = new AtomicBoolean();
    scene.open(DyingStore.of(scene.store(), dead, List.of()), broker, OutboxScene.options());
    publishAll(20, 50);
    OutboxScene.await("it has begun").until(() -> broker.count() > 200);
    dead.set(true);
    scene.open(broker);
    scene.awaitSent(1_000);

    assertInOrder(20, 50);
  }

  @Test
  void oneThatClosesLeavesItsShareToOthersAtOnce() throws Exception {
    RelayOptions longLease =
        OutboxScene.options().withLease(Duration.ofMinutes(10), Duration.ofMillis(300));
    Relay first = scene.open(scene.store(), broker, longLease);
    publishAll(10, 10);
    OutboxScene.await("it has begun").until(() -> broker.count() > 0);
    first.close();
    int sent = scene.count("SENT");
    assertThat(broker.count()).isEqualTo(sent);

    scene.open(scene.store(), broker, longLease);
    scene.awaitSent(100);
    assertInOrder(10, 10);
    assertThat(broker.count()).isEqualTo(100);
  }

  // ---- what goes wrong

  @Test
  void whileTheBrokerIsAwayNothingIsLostAndNoAttemptIsCounted() throws Exception {
    broker.answers(message -> Answer.FAILED);
    Relay relay = scene.open(broker);
    publishAll(20, 10);
    OutboxScene.await("it says so")
        .until(() -> relay.trouble().orElse("").equals("IllegalStateException: try later"));
    broker.answers(message -> Answer.KEPT);
    scene.awaitSent(200);

    assertInOrder(20, 10);
    assertThat(relay.trouble()).isEmpty();
    assertThat(scene.value("select max(attempts) from %s.saga_outbox")).isEqualTo("0");
  }

  @Test
  void whatIsNotAnsweredIsSentAgain() throws Exception {
    var silent = new AtomicBoolean(true);
    broker.answers(
        message ->
            silent.get() && message.position() % 3 == 0 ? Answer.KEPT_IN_SILENCE : Answer.KEPT);
    scene.open(
        scene.store(), broker, OutboxScene.options().withSendTimeout(Duration.ofMillis(300)));
    publishAll(10, 9);
    OutboxScene.await("some are not answered").until(() -> broker.count() > 30);
    silent.set(false);
    scene.awaitSent(90);

    assertInOrder(10, 9);
    assertThat(broker.times().values()).anyMatch(times -> times > 1);
  }

  @Test
  void aRefusedMessageBlocksItsKeyAndNoOther() throws Exception {
    broker.answersTo("poison", Answer.REFUSED);
    scene.open(broker);
    scene.publish(STRICT, "blocked", "before", "poison", "after");
    publishAll(20, 10);
    scene.awaitSent(201);
    OutboxScene.await("those behind it are put aside").until(() -> scene.count("HELD") == 1);
    assertThat(broker.firstOf("blocked")).containsExactly("before");

    broker.answers(message -> Answer.KEPT);
    long poison = position("poison");
    assertThat(scene.store().retry(poison)).isTrue();
    scene.awaitSent(203);
    assertThat(broker.firstOf("blocked")).containsExactly("before", "poison", "after");
  }

  private long position(String payload) {
    return Long.parseLong(
        scene.value(
            "select position from %s.saga_outbox where convert_from(payload, 'UTF8') = '"
                + payload
                + "'"));
  }

  @Test
  void aRefusedMessageOfASkippingTopicIsParkedAndItsKeyGoesOn() throws Exception {
    broker.answersTo("poison", Answer.REFUSED);
    scene.open(broker);
    scene.publish(SKIPPING, "key", "before", "poison", "after");
    scene.awaitSent(2);

    assertThat(broker.firstOf("key")).containsExactly("before", "after");
    assertThat(scene.value("select error from %s.saga_outbox where status = 'FAILED'"))
        .isEqualTo("RefusedMessageException: too large");
  }

  @Test
  void oneThatFailsAgainAndAgainWhileOthersDoNotHoldsUpItsKeyAloneAndIsParkedInTheEnd()
      throws Exception {
    broker.answersTo("poison", Answer.FAILED);
    scene.open(scene.store(), broker, OutboxScene.options().withAttemptsMax(2));
    scene.publish(STRICT, "blocked", "poison", "after");
    var publishing = new AtomicBoolean(true);
    try (var others = Executors.newSingleThreadExecutor()) {
      var unused =
          others.submit(
              () -> {
                for (int number = 0; publishing.get(); number++) {
                  scene.publish(NONE, "others", "other " + number);
                }
                return null;
              });
      try {
        OutboxScene.await("it is parked").until(() -> scene.count("FAILED") == 1);
      } finally {
        publishing.set(false);
      }
    }
    assertThat(broker.firstOf("blocked")).isEmpty();
    assertThat(scene.value("select attempts from %s.saga_outbox where status = 'FAILED'"))
        .isEqualTo("2");
    assertThat(broker.firstOf("others")).hasSizeGreaterThan(10);
  }

  @ParameterizedTest
  @EnumSource(names = {"THROWS", "THROWS_AN_ERROR"})
  void oneThatFailsAtOnceIsParkedThoughOthersAreFewAndHoldsNoneOfThemUp(Answer answer)
      throws Exception {
    broker.answersTo("poison", answer);
    scene.open(scene.store(), broker, OutboxScene.options().withAttemptsMax(2));
    scene.publish(STRICT, "blocked", "poison");
    OutboxScene.await("it is parked")
        .until(
            () -> {
              int sent = scene.count("SENT");
              scene.publish(NONE, "others", "other " + sent);
              OutboxScene.await("another one is sent meanwhile")
                  .atMost(Duration.ofSeconds(2))
                  .until(() -> scene.count("SENT") == sent + 1);
              return scene.count("FAILED") == 1;
            });

    assertThat(broker.firstOf("blocked")).isEmpty();
  }

  @Test
  void whateverTheStoreThrowsWhatWasSentIsRecordedInTheEnd() throws Exception {
    var failing = new AtomicBoolean(true);
    OutboxStore odd =
        DyingStore.of(
            scene.store(), failing, List.of("sent"), () -> new IllegalStateException("odd"));
    scene.open(odd, broker, OutboxScene.options());
    publishAll(5, 4);
    OutboxScene.await("all are with the broker").until(() -> broker.count() == 20);
    failing.set(false);
    scene.awaitSent(20);
    assertThat(broker.count()).isEqualTo(20);
  }

  @Test
  void oneThatCannotRecordAnythingLeavesItsShareToOthers() throws Exception {
    var failing = new AtomicBoolean(true);
    Relay mute =
        scene.open(
            DyingStore.of(scene.store(), failing, List.of("sent")), broker, OutboxScene.options());
    publishAll(5, 4);
    OutboxScene.await("all are with the broker").until(() -> broker.count() >= 20);
    scene.open(broker);
    scene.awaitSent(20);

    assertThat(mute.trouble()).contains("what became of messages cannot be recorded");
    assertInOrder(5, 4);
  }

  /** A key with more than any room in front of others of its bucket. */
  @Test
  void aBlockedKeyWithALongTailHoldsUpNoOtherOfItsBucket() throws Exception {
    broker.answersTo("poison", Answer.REFUSED);
    scene.publish(STRICT, "blocked", "poison");
    scene.publish(STRICT, "blocked", OutboxScene.numbers(2_000));
    publishAll(200, 1);
    scene.open(broker);
    scene.awaitSent(200);

    assertThat(broker.firstOf("blocked")).isEmpty();
  }

  @Test
  void whatTheStoreCannotRecordIsNotSentAgainByThisRelay() throws Exception {
    var failing = new AtomicBoolean(true);
    scene.open(
        DyingStore.of(scene.store(), failing, List.of("sent")), broker, OutboxScene.options());
    publishAll(5, 4);
    OutboxScene.await("all are with the broker").until(() -> broker.count() == 20);
    failing.set(false);
    scene.awaitSent(20);
    assertThat(broker.count()).isEqualTo(20);
  }

  @Test
  void whatWasSentIsDeletedWhenItsTimeIsOver() throws Exception {
    scene.publish(STRICT, "key", OutboxScene.numbers(10));
    Relay first = scene.open(broker);
    scene.awaitSent(10);
    first.close();
    scene.execute(
        "update %s.saga_outbox set created_at = now() - interval '2 d', sent_at = now() - interval"
            + " '2 d' where position <= 4");
    scene.open(broker);
    OutboxScene.await("they are gone").until(() -> scene.count("SENT") == 6);
  }

  @Test
  void itIsOpenedOnceAndMayBeClosedBefore() {
    Relay relay = scene.open(broker);
    assertThatThrownBy(relay::open)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the relay was opened before (expected: once)");
    Relay never = Relay.builder(scene.store(), broker).build();
    never.close();
    assertThatThrownBy(never::open).isInstanceOf(IllegalStateException.class);
  }
}

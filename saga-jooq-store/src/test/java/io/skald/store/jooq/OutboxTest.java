package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.OutboxMessage;
import io.skald.engine.spi.OutboxStore;
import io.skald.engine.spi.RelayId;
import io.skald.engine.spi.RelayShare;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.participant.Message;
import io.skald.saga.participant.Topic;
import io.skald.store.jooq.OrderSteps.Order;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Messages are there if and only if their transaction committed, and wait for those before them.
 */
@Timeout(120)
class OutboxTest {
  private static final Topic STRICT = Topic.ordered("strict");
  private static final Topic SKIPPING = Topic.ordered("skipping").skipping();
  private static final Topic NONE = Topic.unordered("none");
  private static final Duration LEASE = Duration.ofSeconds(30);

  private final EngineFixture fixture = new EngineFixture();
  private final TestDatabase database = fixture.database;
  private final JooqOutbox outbox =
      JooqOutbox.builder()
          .schema(database.schema())
          .topic(STRICT)
          .topic(SKIPPING)
          .topic(NONE)
          .build();
  private final OutboxStore store =
      JooqOutboxStore.of(SeededSqlBug.seededIn(database.pool()), database.schema());

  @AfterEach
  void close() {
    fixture.close();
  }

  private Connection begin() throws Exception {
    Connection connection = database.pool().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private void publish(Topic topic, String... payloads) throws Exception {
    for (String payload : payloads) {
      try (Connection connection = begin()) {
        outbox.publish(connection, Message.of(topic, "key", payload));
        connection.commit();
      }
    }
  }

  private List<OutboxMessage> pending() {
    return pending(List.of());
  }

  private List<OutboxMessage> pending(List<Long> loaded) {
    Map<Integer, Integer> all = new HashMap<>();
    IntStream.range(0, OutboxStore.BUCKETS).forEach(bucket -> all.put(bucket, 100));
    return store.pending(all, loaded, 1 << 20).messages();
  }

  private List<String> payloads() {
    return pending().stream().map(OutboxTest::payload).toList();
  }

  private static String payload(OutboxMessage message) {
    return new String(message.payload(), StandardCharsets.UTF_8);
  }

  private OutboxMessage first() {
    return pending().getFirst();
  }

  private String statuses() {
    return database.value("select string_agg(status, ' ' order by position) from %s.saga_outbox");
  }

  // ---- publishing

  @Test
  void aMessageIsThereIfItsTransactionCommitsAndNotIfItRollsBack() throws Exception {
    try (Connection connection = begin()) {
      outbox.publish(
          connection, Message.of(STRICT, "key", "kept").withHeader("type", "a \"b\" \\ c"));
      connection.commit();
      outbox.publish(connection, Message.of(STRICT, "key", "dropped"));
      connection.rollback();
    }
    OutboxMessage message = first();

    assertThat(payloads()).containsExactly("kept");
    assertThat(message.topic()).isEqualTo(STRICT);
    assertThat(message.key()).contains("key");
    assertThat(message.headers()).isEqualTo(Map.of("type", "a \"b\" \\ c"));
    assertThat(message.attempts()).isZero();
  }

  @Test
  void aMessageOfALocalStepIsThereIfTheStepIs() throws Exception {
    var place =
        Step.named("place", Order.class)
            .local(
                (order, tx) -> {
                  outbox.publish(tx, Message.of(STRICT, order.id(), "placed " + order.id()));
                  if (order.id().equals("refused")) {
                    throw new PermanentFailure("no");
                  }
                })
            .needsNoCompensation();
    SagaDefinition<Order, Done> saga =
        Saga.define("placing", Order.class).key(Order::id).step(place).build();
    SagaEngine engine = fixture.open(saga);

    assertThat(engine.start(saga, Order.of("refused")).await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Compensated.class);
    assertThat(engine.start(saga, Order.of("taken")).await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
    assertThat(payloads()).containsExactly("placed taken");
  }

  @Test
  void whatCannotBePublishedIsRefusedAtTheCall() throws Exception {
    Message message = Message.of(STRICT, "key", "payload");
    try (Connection connection = database.pool().getConnection()) {
      assertThatThrownBy(() -> outbox.publish(connection, message))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("connection: autocommit is on");
    }
    try (Connection connection = begin()) {
      assertThatThrownBy(
              () -> outbox.publish(connection, Message.of(Topic.ordered("other"), "k", "p")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "topic: other (expected: one this outbox was built with: [none, skipping, strict])");
      assertThatThrownBy(() -> outbox.publish(connection, Message.of(STRICT.skipping(), "k", "p")))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> outbox.publish(message))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no transaction is active on this thread");
    assertThat(pending()).isEmpty();
  }

  // ---- what is to be sent

  @Test
  void whatIsCommittedLateIsFoundThoughLaterOnesWereSent() throws Exception {
    try (Connection late = begin()) {
      outbox.publish(late, Message.of(STRICT, "key", "first, and late"));
      publish(STRICT, "second");
      assertThat(payloads()).containsExactly("second");
      store.sent(pending());

      late.commit();
      assertThat(payloads()).containsExactly("first, and late");
    }
  }

  @Test
  void whatIsLoadedIsNotHandedOutAgainAndWhatIsSentNeverIs() throws Exception {
    publish(STRICT, "a", "b", "c");
    List<OutboxMessage> all = pending();
    assertThat(pending(List.of(all.get(0).position(), all.get(2).position())))
        .extracting(OutboxTest::payload)
        .containsExactly("b");
    store.sent(all.subList(0, 2));
    assertThat(payloads()).containsExactly("c");
  }

  @Test
  void ofEachBucketTheFirstAreHandedOutUpToItsRoomAndTheBytes() throws Exception {
    publish(STRICT, "aaaa", "bbbb", "cccc");
    int bucket = first().bucket();
    assertThat(store.pending(Map.of(bucket, 2), List.of(), 1 << 20).messages())
        .extracting(OutboxTest::payload)
        .containsExactly("aaaa", "bbbb");
    assertThat(store.pending(Map.of(bucket, 3), List.of(), 5).messages())
        .extracting(OutboxTest::payload)
        .containsExactly("aaaa", "bbbb");
    assertThat(store.pending(Map.of(bucket, 3), List.of(), 1).messages())
        .extracting(OutboxTest::payload)
        .containsExactly("aaaa");
    int another = (bucket + 1) % OutboxStore.BUCKETS;
    assertThat(store.pending(Map.of(another, 3), List.of(), 100).messages()).isEmpty();
  }

  // ---- what is in trouble

  @Test
  void whatFailedOnAStrictTopicHoldsItsKeyUpUntilItIsRetried() throws Exception {
    publish(STRICT, "a", "b", "c");
    OutboxMessage poison = first();
    store.fail(poison, "too large");
    assertThat(payloads()).isEmpty();
    assertThat(statuses()).isEqualTo("FAILED HELD HELD");
    publish(STRICT, "d");
    assertThat(payloads()).isEmpty();

    assertThat(store.retry(poison.position())).isTrue();
    assertThat(payloads()).containsExactly("a", "b", "c", "d");
    assertThat(store.retry(poison.position())).isFalse();
  }

  @Test
  void whatWasHeldUpGoesOnWhenWhatFailedIsDiscarded() throws Exception {
    publish(STRICT, "a", "b");
    OutboxMessage poison = first();
    store.fail(poison, "too large");
    assertThat(payloads()).isEmpty();

    assertThat(store.discard(poison.position())).isTrue();
    assertThat(payloads()).containsExactly("b");
    assertThat(store.discard(poison.position())).isFalse();
    assertThat(statuses()).isEqualTo("DISCARDED PENDING");
  }

  @Test
  void whatIsPostponedHoldsItsKeyUpUntilItIsSent() throws Exception {
    for (Topic topic : List.of(STRICT, SKIPPING)) {
      publish(topic, "a", "b");
      OutboxMessage first = first();
      store.postpone(first, Duration.ofHours(1), "slow down");
      assertThat(payloads()).isEmpty();
      database.execute("update %s.saga_outbox set retry_at = now() where status = 'RETRYING'");
      assertThat(payloads()).containsExactly("a");
      assertThat(first().attempts()).isEqualTo(1);

      store.sent(List.of(first()));
      assertThat(payloads()).containsExactly("b");
      store.sent(pending());
    }
  }

  @Test
  void whatFailedOnASkippingTopicHoldsNobodyUp() throws Exception {
    publish(SKIPPING, "a", "b");
    OutboxMessage first = first();
    store.postpone(first, Duration.ZERO, "slow down");
    assertThat(payloads()).containsExactly("a");
    assertThat(statuses()).isEqualTo("RETRYING HELD");
    store.fail(first, "too large");
    assertThat(payloads()).containsExactly("b");
  }

  @Test
  void whereThereIsNoOrderNobodyIsHeldUp() throws Exception {
    publish(NONE, "a", "b", "c");
    List<OutboxMessage> all = pending();
    store.fail(all.get(0), "too large");
    store.postpone(all.get(1), Duration.ofHours(1), "slow down");
    assertThat(payloads()).containsExactly("c");
  }

  @Test
  void otherKeysAndTopicsAreNotHeldUp() throws Exception {
    publish(STRICT, "a");
    store.fail(first(), "too large");
    publish(SKIPPING, "b");
    try (Connection connection = begin()) {
      outbox.publish(connection, Message.of(STRICT, "another key", "c"));
      connection.commit();
    }
    assertThat(payloads()).containsExactlyInAnyOrder("b", "c");
  }

  @Test
  void whatAFormerOwnerSentIsSentThoughItFailedHereAndNobodyIsHeldUpAnyMore() throws Exception {
    publish(STRICT, "a", "b");
    OutboxMessage first = first();
    store.fail(first, "too large");
    assertThat(payloads()).isEmpty();
    store.sent(List.of(first));
    assertThat(payloads()).containsExactly("b");
    assertThat(store.retry(first.position())).isFalse();
  }

  /** As the recorder does: a look may have locked it. */
  private void sendUntilRecorded(OutboxMessage message) {
    while (!store.sent(List.of(message)).isEmpty()) {
      Thread.onSpinWait();
    }
  }

  /** Nobody may be held up by what got out of the way in between. */
  @Test
  void whoeverIsHeldUpAndWhoeverGetsOutOfTheWayDoNotMissEachOther() throws Exception {
    try (var pool = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 200; round++) {
        publish(STRICT, "first " + round);
        OutboxMessage first = first();
        store.postpone(first, Duration.ofHours(1), "slow down");
        publish(STRICT, "second " + round);
        Future<List<OutboxMessage>> looking = pool.submit(() -> pending());
        Future<?> sending = pool.submit(() -> sendUntilRecorded(first));
        looking.get();
        sending.get();

        assertThat(payloads()).containsExactly("second " + round);
        store.sent(pending());
      }
    }
  }

  // ---- who sends it

  @Test
  void relaysShareTheBucketsAndTakeOverWhatADeadOneHad() {
    var one = new RelayId(new UUID(1, 1));
    var two = new RelayId(new UUID(2, 2));
    assertThat(store.keep(one, LEASE).buckets()).hasSize(OutboxStore.BUCKETS);
    assertThat(store.keep(two, LEASE)).isEqualTo(new RelayShare(Set.of(), 0));
    RelayShare shrinking = store.keep(one, LEASE);
    assertThat(shrinking.surplus()).isEqualTo(32);

    store.giveUp(one, shrinking.buckets().stream().limit(32).toList());
    assertThat(store.keep(two, LEASE).buckets()).hasSize(32);
    assertThat(store.keep(one, LEASE)).extracting(RelayShare::surplus).isEqualTo(0);
    database.execute("update %s.saga_relay set expires_at = now() where id = '" + one + "'");
    assertThat(store.keep(two, LEASE).buckets()).hasSize(OutboxStore.BUCKETS);

    store.leave(two);
    assertThat(store.facts().relays()).isZero();
    assertThat(store.keep(one, LEASE).buckets()).hasSize(OutboxStore.BUCKETS);
  }

  @Test
  void allMessagesOfAKeyAreInOneBucketAndKeysInAll() {
    List<Integer> buckets =
        IntStream.range(0, 6_400)
            .map(key -> JooqOutbox.bucketOf("topic", "k" + key))
            .boxed()
            .toList();
    for (int bucket = 0; bucket < OutboxStore.BUCKETS; bucket++) {
      assertThat(buckets).filteredOn(Integer.valueOf(bucket)::equals).hasSizeBetween(50, 200);
    }
    // of another version as well
    assertThat(JooqOutbox.bucketOf("orders.placed", "order-42")).isEqualTo(38);
  }

  // ---- what is left

  @Test
  void whatWasSentLongAgoIsDeletedAndNothingElse() throws Exception {
    publish(STRICT, "a", "b");
    publish(SKIPPING, "c", "d", "e");
    List<OutboxMessage> all = pending();
    store.sent(List.of(all.get(0), all.get(3)));
    store.fail(all.get(2), "too large");
    database.execute("update %s.saga_outbox set created_at = now() - interval '2 h'");
    // the second as if somebody had it sent again by hand
    database.execute(
        "update %s.saga_outbox set sent_at = now() - interval '2 h' where position <= "
            + all.get(1).position());
    long next = store.purge(Duration.ofHours(1), 0, 2);
    assertThat(next).isEqualTo(all.get(1).position());
    assertThat(store.purge(Duration.ofHours(1), next, 100)).isEqualTo(all.get(4).position());

    assertThat(statuses()).isEqualTo("PENDING FAILED SENT PENDING");
    assertThat(store.purge(Duration.ofHours(1), all.get(4).position(), 100))
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void whatWasSentOfAKeyIsErasedAndWhatWaitsStays() throws Exception {
    publish(STRICT, "sent", "waits");
    publish(NONE, "another topic's");
    store.sent(List.of(first()));

    assertThat(store.erase("strict", "another key")).isZero();
    assertThat(store.erase("strict", "key")).isOne();
    assertThat(payloads()).containsExactly("waits", "another topic's");
    assertThat(store.erase("strict", "key")).isZero();
  }

  @Test
  void factsSayWhatWaitsAndWhatNeedsAHuman() throws Exception {
    assertThat(store.facts().oldest()).isEmpty();
    publish(STRICT, "a", "b");
    store.fail(first(), "too large");
    assertThat(pending()).isEmpty();
    publish(NONE, "c");

    assertThat(store.facts().pending()).isEqualTo(2);
    assertThat(store.facts().failed()).isEqualTo(1);
    assertThat(store.facts().oldest()).hasValueSatisfying(age -> assertThat(age).isPositive());
  }
}

package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.OutboxMessage;
import io.skald.engine.spi.OutboxPage;
import io.skald.engine.spi.OutboxStore;
import io.skald.saga.participant.Message;
import io.skald.saga.participant.Topic;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is in trouble costs the others little, however much waits behind it. */
@Timeout(120)
class OutboxTroubleTest {
  private static final Topic STRICT = Topic.ordered("strict");
  private static final Topic SKIPPING = Topic.ordered("skipping").skipping();

  private final TestDatabase database = TestDatabase.migrated();
  private final JooqOutbox outbox =
      JooqOutbox.builder().schema(database.schema()).topic(STRICT).topic(SKIPPING).build();
  private final OutboxStore store =
      JooqOutboxStore.of(SeededSqlBug.seededIn(database.pool()), database.schema());

  @AfterEach
  void close() {
    database.close();
  }

  private void publish(Topic topic, String key, List<String> payloads) throws Exception {
    try (Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      for (String payload : payloads) {
        outbox.publish(connection, Message.of(topic, key, payload));
      }
      connection.commit();
    }
  }

  private static List<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(String::valueOf).toList();
  }

  /** A message that has failed, and others of its key behind it. */
  private OutboxMessage failed(Topic topic, List<String> behind) throws Exception {
    publish(topic, "key", List.of("poison"));
    OutboxMessage poison = look(1).messages().getFirst();
    publish(topic, "key", behind);
    store.fail(poison, "too large");
    return poison;
  }

  private OutboxPage look(int room) {
    Map<Integer, Integer> rooms = new HashMap<>();
    IntStream.range(0, OutboxStore.BUCKETS).forEach(bucket -> rooms.put(bucket, room));
    return store.pending(rooms, List.of(), 1 << 20);
  }

  private List<String> payloads() {
    return look(100).messages().stream().map(OutboxTroubleTest::payload).toList();
  }

  private static String payload(OutboxMessage message) {
    return new String(message.payload(), StandardCharsets.UTF_8);
  }

  private int count(String status) {
    return Integer.parseInt(
        database.value("select count(*) from %s.saga_outbox where status = '" + status + "'"));
  }

  /** Sends one after another as long as there are any, as they are handed out. */
  private List<String> sendAll() {
    List<String> sent = new ArrayList<>();
    for (List<OutboxMessage> found = look(1).messages();
        !found.isEmpty();
        found = look(1).messages()) {
      found.forEach(message -> sent.add(payload(message)));
      assertThat(store.sent(found)).isEmpty();
    }
    return sent;
  }

  @Test
  void whatWaitsIsReleasedSomeAtATimeAndWhatComesLaterComesAfterIt() throws Exception {
    OutboxMessage poison = failed(STRICT, numbers(100));
    assertThat(payloads()).isEmpty();
    assertThat(count("HELD")).isEqualTo(100);

    assertThat(store.discard(poison.position())).isTrue();
    assertThat(count("HELD")).isEqualTo(100 - 32);
    publish(STRICT, "key", List.of("later"));
    assertThat(payloads()).isEqualTo(numbers(32));
    List<String> all = new ArrayList<>(numbers(100));
    all.add("later");
    assertThat(sendAll()).isEqualTo(all);
  }

  @Test
  void whatIsReleasedWaitsForTheNextOneThatIsInTrouble() throws Exception {
    OutboxMessage poison = failed(STRICT, numbers(100));
    assertThat(payloads()).isEmpty();
    assertThat(store.retry(poison.position())).isTrue();
    List<OutboxMessage> first = look(2).messages();
    store.fail(first.getLast(), "too large as well");

    assertThat(sendAll()).containsExactly("poison");
    assertThat(store.discard(first.getLast().position())).isTrue();
    assertThat(sendAll()).isEqualTo(numbers(100).subList(1, 100));
  }

  @Test
  void aTailOfThousandsIsPutAsideInAFewLooksWhichSayThatThereIsMore() throws Exception {
    OutboxMessage poison = failed(STRICT, List.of());
    database.execute(
        """
        insert into %s.saga_outbox (id, bucket, topic, ordering, key, payload)
        select gen_random_uuid(), bucket, topic, ordering, case n when 12000 then 'free' else key end,
          ''
        from %s.saga_outbox, generate_series(1, 12000) n
        """);
    OutboxPage page = look(15);
    for (int looks = 1; page.messages().isEmpty(); looks++) {
      assertThat(page.isMore()).isTrue();
      assertThat(looks).isLessThan(4);
      page = look(15);
    }
    assertThat(page.messages()).extracting(OutboxMessage::keyOrNull).containsExactly("free");
    assertThat(look(15).isMore()).isFalse();
    assertThat(store.discard(poison.position())).isTrue();
    assertThat(count("HELD")).isEqualTo(11_999 - 32);
  }

  @Test
  void whoeverIsLockedAndHoldsOthersUpIsNotLookedAtAgainAtOnce() throws Exception {
    OutboxMessage poison = failed(STRICT, numbers(10));
    try (Connection operator = locking(poison)) {
      assertThat(look(15)).isEqualTo(new OutboxPage(List.of(), false));
      operator.rollback();
    }
    assertThat(count("HELD")).isZero();
    assertThat(payloads()).isEmpty();
    assertThat(count("HELD")).isEqualTo(10);
  }

  private Connection locking(OutboxMessage message) throws Exception {
    Connection connection = database.pool().getConnection();
    connection.setAutoCommit(false);
    connection
        .createStatement()
        .execute(
            "select from %s.saga_outbox where position = %d for update"
                .formatted(database.schema(), message.position()));
    return connection;
  }

  @Test
  void aRowThatIsLockedKeepsNoOtherFromBeingRecorded() throws Exception {
    publish(STRICT, "key", numbers(3));
    List<OutboxMessage> all = look(100).messages();
    try (Connection operator = locking(all.get(1))) {
      assertThat(store.sent(all)).containsExactly(all.get(1));
      assertThat(count("SENT")).isEqualTo(2);
      operator.rollback();
    }
    assertThat(store.sent(all)).isEmpty();
    assertThat(count("SENT")).isEqualTo(3);
  }

  @Test
  void aRowThatCannotBeReadIsParkedAndTheOthersGoOn() throws Exception {
    database.execute("alter table %s.saga_outbox drop constraint saga_outbox_topic_check");
    for (Topic topic : List.of(STRICT, SKIPPING)) {
      publish(topic, "key", List.of("odd", "behind it"));
    }
    publish(STRICT, "another key", List.of("free"));
    database.execute(
        "update %s.saga_outbox set topic = topic || ' of a later version' where key = 'key'");
    assertThat(payloads()).containsExactly("free");

    assertThat(count("FAILED")).isEqualTo(3);
    assertThat(count("HELD")).isEqualTo(1);
    assertThat(database.value("select max(error) from %s.saga_outbox"))
        .startsWith("unreadable: topic: ")
        .contains("strict of a later version");
  }

  @Test
  void aTopicThatNoRelayCouldReadIsRefusedByTheTable() {
    String topic = "strict of a later version";
    assertThatThrownBy(
            () ->
                database.execute(
                    "insert into %s.saga_outbox (id, bucket, topic, ordering, payload) values"
                        + " (gen_random_uuid(), 0, '"
                        + topic
                        + "', 'NONE', '')"))
        .hasStackTraceContaining("saga_outbox_topic_check");
  }

  @Test
  void whatWasDiscardedStaysForAsLongAsWhatWasSent() throws Exception {
    OutboxMessage poison = failed(STRICT, List.of());
    database.execute("update %s.saga_outbox set created_at = now() - interval '2 h'");
    assertThat(store.discard(poison.position())).isTrue();
    long unused = store.purge(Duration.ofHours(1), 0, 100);
    assertThat(count("DISCARDED")).isEqualTo(1);

    database.execute("update %s.saga_outbox set discarded_at = now() - interval '2 h'");
    unused = store.purge(Duration.ofHours(1), 0, 100);
    assertThat(count("DISCARDED")).isZero();
  }
}

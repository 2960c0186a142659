package io.skald.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.participant.Message;
import io.skald.saga.participant.Topic;
import io.skald.store.jooq.JooqOutbox;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The faults: relays are killed and stopped while they send, and publishers before they commit. */
class RelayKillsTest {
  private static final Topic TOPIC = Topic.ordered("numbers");
  private static final int KEYS = 20;
  private static final int EACH = 150;
  private static final int RELAYS = 3;
  private static final int FAULTS = 12;
  private static final long SEED = 20261122;

  private static final String LOST =
      """
      select p.key, p.payload
      from %s.published p
      where not exists (
        select from %s.received r where r.key = p.key and r.payload = p.payload)
      """;

  private static final String MADE_UP =
      """
      select r.key, r.payload
      from %s.received r
      where not exists (
        select from %s.published p where p.key = r.key and p.payload = r.payload)
      """;

  /**
   * Of each message when it came first, and whether one of its key with a later number was there.
   */
  private static final String OUT_OF_ORDER =
      """
      with first as (
        select key, payload, min(place) as place
        from %s.received
        group by key, payload
      )
      select f.key, f.payload
      from first f
      where exists (
        select
        from first later
        where later.key = f.key
          and later.payload > f.payload
          and later.place < f.place)
      """;

  private final OutboxScene scene = new OutboxScene();
  private final List<Process> children = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (Process child : children) {
      child.destroyForcibly().waitFor();
    }
    scene.close();
  }

  @Test
  void whatIsCommittedIsSentAtLeastOnceAndInOrderWhateverIsKilled(@TempDir Path directory)
      throws Exception {
    createTables();
    var random = new Random(SEED);
    File output = directory.resolve("relays.log").toFile();
    for (int relay = 0; relay < RELAYS; relay++) {
      children.add(start(output));
    }
    try (ExecutorService publishers = Executors.newFixedThreadPool(4)) {
      List<Future<Void>> publishing = new ArrayList<>();
      for (int key = 0; key < KEYS; key++) {
        publishing.add(publishers.submit(publisher("key-" + key, random.nextLong())));
      }
      for (int fault = 0; fault < FAULTS; fault++) {
        strike(random, output);
      }
      for (Future<Void> one : publishing) {
        one.get();
      }
    }
    awaitAllSent();

    assertNothingIsLostMadeUpOrOutOfOrder();
    assertThat(count("select count(*) from %s.saga_relay"))
        .as("relays that have joined, those that were killed included")
        .isGreaterThan(RELAYS);
    assertThat(count("select count(*) from %s.saga_outbox where attempts > 0"))
        .as("messages that were in trouble")
        .isPositive();
  }

  /** It leaves a position behind that nobody will ever have. */
  @Test
  void aPublisherThatIsKilledBeforeItsCommitHasPublishedNothingAndHoldsNobodyUp(
      @TempDir Path directory) throws Exception {
    createTables();
    File said = directory.resolve("publisher.log").toFile();
    Process publisher =
        ChildJvm.start(
            PublisherMain.class, said, OutboxScene.url(), scene.schema(), TOPIC.name(), "killed");
    children.add(publisher);
    OutboxScene.await("it stands before its commit")
        .until(() -> Files.readString(said.toPath()).contains(PublisherMain.STANDS));
    children.add(start(directory.resolve("relays.log").toFile()));
    publisher("beside it", SEED).call();
    awaitAllSent();
    publisher.destroyForcibly().waitFor();
    publisher("after it", SEED).call();
    awaitAllSent();

    assertNothingIsLostMadeUpOrOutOfOrder();
    assertThat(count("select count(*) from %s.received where key = 'killed'")).isEqualTo(1);
  }

  private void createTables() throws SQLException {
    scene.execute("create table %s.published (key text, payload integer)");
    scene.execute(
        "create table %s.received (place bigint generated always as identity, key text, payload"
            + " integer)");
  }

  private int count(String sql) {
    return Integer.parseInt(scene.value(sql));
  }

  /** All in one text; null if there are none. */
  private @Nullable String rows(String sql) {
    return scene.value("select string_agg(found::text, ' ') from (" + sql + ") found");
  }

  private void awaitAllSent() {
    OutboxScene.await("all are sent")
        .until(() -> count("select count(*) from %s.saga_outbox where status <> 'SENT'") == 0);
  }

  private void assertNothingIsLostMadeUpOrOutOfOrder() {
    assertThat(rows(LOST)).as("lost, seed %d", SEED).isNull();
    assertThat(rows(MADE_UP)).as("of a transaction that was rolled back").isNull();
    assertThat(rows(OUT_OF_ORDER)).as("out of order, seed %d", SEED).isNull();
  }

  private Process start(File output) throws Exception {
    return ChildJvm.start(RelayMain.class, output, OutboxScene.url(), scene.schema());
  }

  /** One transaction each, one in five of which is rolled back. */
  private Callable<Void> publisher(String key, long seed) {
    JooqOutbox outbox = JooqOutbox.builder().schema(scene.schema()).topic(TOPIC).build();
    var random = new Random(seed);
    return () -> {
      try (Connection connection = scene.begin();
          Statement statement = connection.createStatement()) {
        for (int number = 0; number < EACH; number++) {
          statement.executeUpdate(
              "insert into %s.published values ('%s', %d)".formatted(scene.schema(), key, number));
          outbox.publish(connection, Message.of(TOPIC, key, String.valueOf(number)));
          if (random.nextInt(5) == 0) {
            connection.rollback();
          } else {
            connection.commit();
          }
          TimeUnit.MILLISECONDS.sleep(random.nextInt(20));
        }
        return null;
      }
    };
  }

  /** Kills one and starts another in its place, or stops one for longer than its lease. */
  private void strike(Random random, File output) throws Exception {
    TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(800));
    int victim = random.nextInt(RELAYS);
    Process relay = children.get(victim);
    if (random.nextInt(3) == 0) {
      ChildJvm.signal("STOP", relay);
      TimeUnit.MILLISECONDS.sleep(1_500);
      ChildJvm.signal("CONT", relay);
    } else {
      relay.destroyForcibly().waitFor();
      children.set(victim, start(output));
    }
  }
}

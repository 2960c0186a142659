package io.skald.chaos;

import static io.skald.chaos.WireDialogue.Said.begin;
import static io.skald.chaos.WireDialogue.Said.commitOf;
import static io.skald.chaos.WireDialogue.Said.statement;
import static io.skald.chaos.WireFault.Moment.ANSWERED;
import static io.skald.chaos.WireFault.Moment.BEFORE;
import static io.skald.chaos.WireFault.Moment.SENT;
import static io.skald.chaos.WireScene.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A message changes state once, and is lost never, whatever becomes of who receives it: its
 * connection, its process, its COMMIT. Whoever did not hear that it was handled delivers it again.
 */
@Timeout(300)
class InboxFaultsTest {
  private static final String ROW = "into \"skald\".saga_inbox";
  private static final String WORK = "into effect";
  private static final int RECEIVERS = 4;
  private static final int MESSAGES = 40;
  private static final int ONE_IN = 25;

  private final long seed = Long.getLong("skald.chaos.seed", System.nanoTime());
  private final WireScene scene = new WireScene();
  private WireProxy wire;
  private HikariDataSource wired;
  private HikariDataSource direct;

  /** Where a process that receives a message is killed. */
  enum Death {
    IN_THE_WORK(wire -> wire.onNext(statement(WORK)).blackhole(ANSWERED), Receipt.HANDLED),
    BEFORE_THE_COMMIT(wire -> wire.onNext(commitOf(ROW)).blackhole(BEFORE), Receipt.HANDLED),
    AFTER_THE_COMMIT(wire -> wire.onNext(commitOf(ROW)).blackhole(ANSWERED), Receipt.DUPLICATE);

    private final Function<WireProxy, WireFault> fault;
    private final Receipt next;

    Death(Function<WireProxy, WireFault> fault, Receipt next) {
      this.fault = fault;
      this.next = next;
    }
  }

  @BeforeEach
  void connect() throws IOException {
    scene.boundWhatHangs();
    wire = WireProxy.to(CommonServer.port());
    wired = scene.pool(wire.port(), config -> config.addDataSourceProperty("socketTimeout", "2"));
    direct = scene.pool(CommonServer.port(), config -> {});
  }

  @AfterEach
  void close() throws IOException {
    wire.heal();
    wired.close();
    direct.close();
    wire.close();
    scene.close();
  }

  private static Receipt receive(HikariDataSource pool) throws SQLException {
    return InboxNode.receive(InboxNode.inbox(pool), "m1");
  }

  private List<List<String>> effects() {
    return scene.database.rows("select step, count(*) from effect group by step order by step");
  }

  private void requireOneEffect() {
    assertThat(effects()).containsExactly(List.of("m1", "1"));
    assertThat(scene.database.count("select count(*) from skald.saga_inbox")).isOne();
  }

  @ParameterizedTest
  @EnumSource
  void aMessageIsHandledOnceThoughItsReceiverIsKilled(Death death, @TempDir Path directory)
      throws Exception {
    WireFault fault = death.fault.apply(wire);
    String url =
        "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres"
            .formatted(wire.port(), scene.databaseName());
    Process node =
        ChildJvm.start(InboxNode.class, "-Xmx64m", directory.resolve("node").toFile(), url, "m1");
    try {
      fault.awaitStruck();
    } finally {
      node.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    // the network tells the server that the process is gone
    wire.heal();

    assertThat(receive(direct)).isEqualTo(death.next);
    requireOneEffect();
  }

  @ParameterizedTest
  @EnumSource
  void aMessageIsHandledOnceThoughItsCommitIsLost(CommitLostTest.Loss loss) throws Exception {
    WireFault fault = loss.at(wire.onNext(commitOf(ROW)));

    requireUnknown(() -> receive(wired));
    fault.awaitStruck();
    assertThat(receive(wired)).isEqualTo(loss.isMade() ? Receipt.DUPLICATE : Receipt.HANDLED);
    requireOneEffect();
  }

  private static void requireUnknown(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SagaStoreException.class,
            e -> assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT))
        .hasMessageContaining("whether the message was handled is unknown");
  }

  @ParameterizedTest
  @EnumSource
  void aMessageIsHandledOnceThoughItsCommitVanishes(WireFault.Moment moment) throws Exception {
    WireFault fault = wire.onNext(commitOf(ROW)).blackhole(moment);

    requireUnknown(() -> receive(wired));
    fault.awaitStruck();
    assertThat(receive(direct))
        .as("the server ends what nobody goes on with")
        .isEqualTo(moment == BEFORE ? Receipt.HANDLED : Receipt.DUPLICATE);
    requireOneEffect();
  }

  @ParameterizedTest
  @EnumSource
  void aMessageIsHandledOnceThoughItsRowsAnswerIsLost(CommitLostTest.Loss loss) throws Exception {
    WireFault fault = loss.at(wire.onNext(statement(ROW)));

    assertThatThrownBy(() -> receive(wired)).isInstanceOf(SagaStoreException.class);
    fault.awaitStruck();
    assertThat(receive(wired)).isEqualTo(Receipt.HANDLED);
    requireOneEffect();
  }

  /** The next delivery waits for it, however long it takes. */
  @Test
  void aCommitThatGoesOnInTheServerMakesTheNextDeliveryADuplicate() throws Exception {
    scene.holdCommits();
    try {
      WireFault fault = wire.onNext(commitOf(ROW)).cut(SENT);
      requireUnknown(() -> InboxNode.inbox(wired).once(InboxNode.delivery("m1"), this::replicated));
      fault.awaitStruck();
      scene.awaitHeldCommit();
      var next = CompletableFuture.supplyAsync(this::next);
      await("the next delivery waits", () -> waiting() == 1);
      scene.releaseCommits();

      assertThat(next.get(20, TimeUnit.SECONDS)).isEqualTo(Receipt.DUPLICATE);
      requireOneEffect();
    } finally {
      scene.releaseCommits();
    }
  }

  private void replicated(Inbox.Tx tx) throws SQLException {
    InboxNode.effect(tx, "m1");
    try (Statement statement = tx.connection().createStatement()) {
      statement.execute("set local synchronous_commit = on");
    }
  }

  private Receipt next() {
    try {
      return receive(direct);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private long waiting() {
    return scene.database.count(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            + " and query like '%saga_inbox%' and datname = current_database()");
  }

  /**
   * The driver sends BEGIN ahead of the first statement and waits for neither: the message's row
   * must not be committed by itself, or its work would never be done.
   */
  @Test
  void whicheverBeginIsCancelledNoMessageIsTakenForHandled() throws Exception {
    Inbox inbox = InboxNode.inbox(wired);
    int refused = 0;
    for (int nth = 1; nth <= 6; nth++) {
      wire.onNth(nth, begin()).cancel();
      for (int message = 0; message < 4; message++) {
        String id = "m" + nth + message;
        refused += untilReceived(inbox, id) - 1;
      }
      wire.heal();
    }

    assertThat(wire.struck().get(WireFault.Kind.CANCEL)).isGreaterThan(2);
    assertThat(refused).isPositive();
    assertThat(effects())
        .hasSize(24)
        .allSatisfy(effect -> assertThat(effect.get(1)).isEqualTo("1"));
  }

  /** How often a message was delivered until its receipt came. */
  private static int untilReceived(Inbox inbox, String id) {
    for (int delivered = 1; ; delivered++) {
      try {
        assertThat(InboxNode.receive(inbox, id)).isNotEqualTo(Receipt.CONFLICT);
        return delivered;
      } catch (SagaStoreException | SQLException e) {
        // delivered again
      }
    }
  }

  @Test
  void everyMessageIsHandledOnceOverAWireThatFailsByChance(TestReporter report) throws Exception {
    Inbox inbox = InboxNode.inbox(wired);
    wire.disturb(seed, ONE_IN);
    List<FutureTask<Integer>> receivers = new ArrayList<>();
    for (int receiver = 0; receiver < RECEIVERS; receiver++) {
      List<String> ids =
          IntStream.range(0, MESSAGES).mapToObj(n -> "m" + n).collect(Collectors.toList());
      Collections.shuffle(ids, new Random(seed + receiver));
      receivers.add(
          new FutureTask<>(() -> ids.stream().mapToInt(id -> untilReceived(inbox, id)).sum()));
    }
    receivers.forEach(receiver -> Thread.ofPlatform().daemon().start(receiver));
    int delivered = 0;
    for (FutureTask<Integer> receiver : receivers) {
      delivered += receiver.get(240, TimeUnit.SECONDS);
    }

    report.publishEntry("struck; seed " + seed, wire.struck() + ", delivered " + delivered);
    assertThat(wire.struck()).as("seed %d", seed).containsKey(WireFault.Kind.CUT);
    assertThat(effects())
        .as("seed %d", seed)
        .hasSize(MESSAGES)
        .allSatisfy(effect -> assertThat(effect.get(1)).isEqualTo("1"));
  }
}

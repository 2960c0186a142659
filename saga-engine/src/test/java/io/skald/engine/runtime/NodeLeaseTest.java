package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A node's right to act: lost in time, never won back late, given up once. */
class NodeLeaseTest {
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration MARGIN = Duration.ofSeconds(1);
  private static final Duration NANO = Duration.ofNanos(1);

  private final ManualSources sources = new ManualSources();
  private final Members members = new Members();
  private final NodeLease lease = lease(LEASE);

  private NodeLease lease(Duration length) {
    return new NodeLease(members, sources, "test", length, List.of());
  }

  /** The nodes a store knows, and a way to hold up or refuse what they send. */
  private static final class Members extends EmptyStore {
    final List<String> heard = new CopyOnWriteArrayList<>();
    private final Set<NodeId> alive = new HashSet<>();
    volatile Runnable onTheWay = () -> {};
    volatile List<String> conflicts = List.of();

    synchronized void expire() {
      alive.clear();
    }

    synchronized Set<NodeId> alive() {
      return Set.copyOf(alive);
    }

    @Override
    public List<String> join(NodeRegistration node) {
      heard.add("join");
      if (conflicts.isEmpty()) {
        synchronized (this) {
          alive.add(node.id());
        }
      }
      return conflicts;
    }

    @Override
    public boolean heartbeat(NodeId node) {
      onTheWay.run();
      heard.add("heartbeat");
      return alive().contains(node);
    }

    @Override
    public synchronized void leave(NodeId node) {
      heard.add("leave");
      alive.remove(node);
    }

    @Override
    public void release(NodeId node) {
      heard.add("release");
    }
  }

  private NodeId joined() {
    lease.join();
    return lease.node().orElseThrow();
  }

  @ParameterizedTest(name = "a lease of {0} ms carries for {1} ms")
  @CsvSource({"15000, 14000", "10000, 9000", "3000, 2700"})
  void carriesTheNodeUntilAMarginBeforeItsEnd(long millis, long carried) {
    NodeLease given = lease(Duration.ofMillis(millis));
    given.join();
    NodeId node = given.node().orElseThrow();

    sources.pass(Duration.ofMillis(carried).minus(NANO));
    assertThat(given.isHeld(node)).isTrue();
    sources.pass(NANO);
    assertThat(given.isHeld(node)).isFalse();
    assertThat(given.node()).isEmpty();
  }

  @Test
  void aHeartbeatCountsFromWhenItWasSent() {
    NodeId node = joined();
    sources.pass(Duration.ofSeconds(10));
    members.onTheWay = () -> sources.pass(Duration.ofSeconds(3));
    lease.beat();

    sources.pass(LEASE.minus(MARGIN).minusSeconds(3).minus(NANO));
    assertThat(lease.isHeld(node)).isTrue();
    sources.pass(NANO);
    assertThat(lease.isHeld(node)).isFalse();
  }

  @Test
  void aHeartbeatWhoseAnswerIsLaterThanItsLeaseGivesNoRightToAct() {
    NodeId node = joined();
    members.onTheWay = () -> sources.pass(LEASE);
    lease.beat();

    assertThat(lease.node()).isEmpty();
    assertThat(lease.isHeld(node)).isFalse();
  }

  @Test
  void anIncarnationWhoseLeaseRanOutIsNeverHeldAgain() {
    NodeId node = joined();
    members.expire();
    lease.beat();

    assertThat(lease.node()).isPresent().get().isNotEqualTo(node);
    assertThat(lease.isHeld(node)).isFalse();
    assertThat(members.alive()).doesNotContain(node);
  }

  @Test
  void actsOnWithoutAnAnswerUntilItsLeaseEndsAndAfterTheNextOneAgain() {
    NodeId node = joined();
    sources.pass(Duration.ofSeconds(5));
    members.onTheWay =
        () -> {
          throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
        };
    lease.beat();
    assertThat(lease.isHeld(node)).isTrue();
    sources.pass(Duration.ofSeconds(9));
    lease.beat();
    assertThat(lease.isHeld(node)).isFalse();

    members.onTheWay = () -> {};
    lease.beat();
    assertThat(lease.isHeld(node)).as("the store still counts it as alive").isTrue();
  }

  @Test
  void aNodeThatMayNotJoinAgainRunsNothingUntilItMay() {
    joined();
    members.expire();
    members.conflicts = List.of("another fingerprint is in use");
    lease.beat();
    assertThat(lease.node()).isEmpty();

    members.conflicts = List.of();
    lease.beat();
    assertThat(lease.node()).isPresent();
  }

  @ParameterizedTest(name = "the store counts it as alive: {0}")
  @ValueSource(booleans = {true, false})
  void leavesAfterTheBeatThatIsUnderWayAndTakesOutWhateverItMade(boolean counted)
      throws InterruptedException {
    joined();
    if (!counted) {
      members.expire();
    }
    var sent = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    members.onTheWay =
        () -> {
          sent.countDown();
          await().until(() -> answer.getCount() == 0);
        };
    Thread heart = Thread.ofPlatform().start(lease::beat);
    assertThat(sent.await(10, TimeUnit.SECONDS)).isTrue();
    Thread closing = Thread.ofPlatform().start(lease::leave);
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    answer.countDown();
    heart.join();
    closing.join();

    assertThat(members.heard).endsWith("leave");
    assertThat(members.alive()).isEmpty();
    assertThat(lease.node()).isEmpty();
  }

  @Test
  void aBeatThatComesAfterItLeftBringsItBackInNoWay() {
    joined();
    lease.leave();
    lease.beat();

    assertThat(members.heard).containsExactly("join", "leave");
    assertThat(lease.node()).isEmpty();
  }

  @Test
  void leavesWithoutWaitingForABeatThatIsNotAnsweredAndTheBeatLeavesThen()
      throws InterruptedException {
    NodeLease hung = lease(Duration.ofMillis(300));
    hung.join();
    var sent = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    members.onTheWay =
        () -> {
          sent.countDown();
          await().until(() -> answer.getCount() == 0);
        };
    Thread heart = Thread.ofPlatform().start(hung::beat);
    assertThat(sent.await(10, TimeUnit.SECONDS)).isTrue();

    assertThatThrownBy(hung::leave)
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("under way");
    assertThat(hung.node()).isEmpty();
    answer.countDown();
    heart.join();
    assertThat(members.heard).containsExactly("join", "heartbeat", "leave");
  }

  @Test
  void aNodeThatFallsSilentGivesBackWhatItsBeatsNeededAndActsUntilItsLeaseEnds() {
    NodeId node = joined();
    lease.fallSilent();
    lease.beat();

    assertThat(members.heard).containsExactly("join", "release");
    assertThat(lease.isHeld(node)).isTrue();
    sources.pass(LEASE);
    assertThat(lease.isHeld(node)).isFalse();
  }

  @Test
  void aNodeWhoseLeaseRanOutLeavesAllTheSame() {
    joined();
    members.expire();
    members.conflicts = List.of("another fingerprint is in use");
    lease.beat();
    lease.leave();

    assertThat(members.heard).endsWith("leave");
  }

  @Test
  void saysOnceThatItsLeaseRanOutAndOnceWhyItCannotJoin() {
    joined();
    members.expire();
    members.conflicts = List.of("another fingerprint is in use");
    List<String> lines =
        Logged.linesOf(
            () -> {
              lease.beat();
              lease.beat();
              lease.beat();
            });

    assertThat(lines).filteredOn(line -> line.contains("its lease ran out")).hasSize(1);
    assertThat(lines).filteredOn(line -> line.contains("cannot join again")).hasSize(1);
  }

  @Test
  void callsNothingRemoteOnceItsLeaseIsOverButForTheMargin() throws Exception {
    List<String> calls = new CopyOnWriteArrayList<>();
    SagaDefinition<String, Done> calling =
        Saga.define("calling", String.class)
            .step(
                Step.named("call", String.class)
                    .remote((in, call) -> calls.add(in))
                    .needsNoCompensation())
            .build();
    RegisteredSaga saga = RegisteredSaga.of(calling, LocalSagas.NO_BEANS);
    NodeId node = joined();
    SagaRow row = LocalSagas.row(new SagaId(new UUID(3, 1)), node);
    var found = new SagaSnapshot(row, List.of(), Instant.EPOCH);
    RunContext context = new LocalSagas().context(sources, lease);
    sources.pass(LEASE.minus(MARGIN));

    assertThat(SagaRun.started(saga, context, node, found).run()).isEqualTo(new RunEnd.Dropped());
    assertThat(calls).isEmpty();
  }
}

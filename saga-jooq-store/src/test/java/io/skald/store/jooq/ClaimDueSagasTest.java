package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.saga;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClaimDueSagasTest {
  private final TestDatabase database = TestDatabase.migrated();
  private final JooqSagaStore store = database.store();

  @AfterEach
  void drop() {
    database.close();
  }

  private void end(NodeId node) {
    database.execute(
        "update %s.saga_node set expires_at = clock_timestamp() where id = '" + node + "'");
  }

  @Test
  void twentyNodesClaimEachDueSagaOnce() throws Exception {
    List<NewSaga> due = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      due.add(saga(null));
    }
    store.start(due);
    List<Future<List<SagaId>>> nodes = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(20)) {
      for (int i = 0; i < 20; i++) {
        nodes.add(threads.submit(claimAll(joined(store))));
      }
    }
    List<SagaId> claimed = new ArrayList<>();
    for (Future<List<SagaId>> node : nodes) {
      claimed.addAll(node.get());
    }
    assertThat(claimed).hasSize(2_000).doesNotHaveDuplicates();
  }

  private Callable<List<SagaId>> claimAll(NodeId node) {
    return () -> {
      List<SagaId> claimed = new ArrayList<>();
      while (Integer.parseInt(database.value("select count(*) from %s.saga where owner is null"))
          > 0) {
        store
            .claim(node, List.of(ORDERS), 16)
            .forEach(claim -> claimed.add(claim.snapshot().saga().id()));
      }
      return claimed;
    };
  }

  @Test
  void aQuarterOfWhatIsClaimedFellDueLast() {
    List<NewSaga> due = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      due.add(saga(null));
    }
    store.start(due);
    database.execute("update %s.saga set wake_at = now() - random() * interval '1 hour'");
    List<NewSaga> young = List.of(saga(null), saga(null), saga(null));
    store.start(young);
    NodeId node = joined(store);

    // of eight two, of one the fourth
    List<Claim> claims = new ArrayList<>(store.claim(node, List.of(ORDERS), 8));
    for (int i = 0; i < 3; i++) {
      claims.addAll(store.claim(node, List.of(ORDERS), 1));
    }

    assertThat(claims).hasSize(11);
    assertThat(claims.stream().map(claim -> claim.snapshot().saga().id()))
        .containsAll(young.stream().map(NewSaga::id).toList());
  }

  @Test
  void aNodeWhoseLeaseRanOutClaimsNothingAndIsNotRevived() {
    NodeId node = joined(store);
    store.start(List.of(saga(null)));
    end(node);

    assertThat(store.claim(node, List.of(ORDERS), 10)).isEmpty();
    assertThat(store.heartbeat(node)).isFalse();
    assertThat(store.claim(joined(store), List.of(ORDERS), 10)).hasSize(1);
  }

  @Test
  void theSagasOfADeadNodeAreClaimedWithTheirLogs() {
    NodeId dead = joined(store);
    Fence fence = started(store, dead);
    store.runLocal(fence, LIMIT, tx -> recorded(fence, succeeded("a", 1)));
    NodeId other = joined(store);
    assertThat(store.claim(other, List.of(ORDERS), 10)).isEmpty();
    end(dead);

    assertThat(store.claim(other, List.of(ORDERS), 10))
        .singleElement()
        .satisfies(
            claim -> {
              assertThat(claim.deadOwner()).isEqualTo(dead);
              assertThat(claim.snapshot().log()).hasSize(1);
              assertThat(claim.snapshot().saga().epoch()).isEqualTo(1);
            });
  }

  @Test
  void crashesCountUntilALogRowIsWritten() {
    NodeId first = joined(store);
    Fence fence = started(store, first);
    end(first);
    NodeId second = joined(store);
    assertThat(crashCount(second)).isEqualTo(1);
    end(second);
    NodeId third = joined(store);
    assertThat(crashCount(third)).isEqualTo(2);
    Fence owned = new Fence(fence.saga(), third, 2);
    store.write(List.of(recorded(owned, succeeded("a", 1))));
    assertThat(store.load(fence.saga()).orElseThrow().saga().crashCount()).isZero();
    end(third);
    assertThat(crashCount(joined(store))).isZero();
  }

  private int crashCount(NodeId node) {
    List<Claim> claims = store.claim(node, List.of(ORDERS), 10);
    return claims.getFirst().snapshot().saga().crashCount();
  }

  @Test
  void sagasOfDefinitionsTheNodeCannotRunAreLeftAlone() {
    store.start(List.of(saga(null)));
    NodeId node = joined(store);
    assertThat(
            store.claim(
                node,
                List.of(
                    new DefinitionRef("place-order", 2, "f1"),
                    new DefinitionRef("place-order", 1, "f2"),
                    new DefinitionRef("other", 1, "f1")),
                10))
        .isEmpty();
    assertThat(store.orphanedDefinitions()).isEmpty();
    store.leave(node);
    assertThat(store.orphanedDefinitions()).containsExactly(Fixtures.ORDERS);
  }

  @Test
  void joiningUnderAnotherFingerprintIsRefusedWhileItIsInUse() {
    NodeId node = joined(store);
    started(store, node);
    NodeRegistration other =
        new NodeRegistration(
            new NodeId(UUID.randomUUID()),
            "other",
            Duration.ofSeconds(15),
            List.of(new DefinitionRef("place-order", 1, "f2")));

    assertThat(store.join(other))
        .hasSize(2)
        .anySatisfy(conflict -> assertThat(conflict).contains("1 unfinished sagas"))
        .anySatisfy(conflict -> assertThat(conflict).contains("1 live nodes"));
    assertThat(store.heartbeat(other.id())).isFalse();
  }
}

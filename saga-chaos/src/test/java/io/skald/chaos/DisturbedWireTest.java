package io.skald.chaos;

import static io.skald.chaos.WireScene.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.error.SagaStoreException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/**
 * Two nodes whose connections are cut, torn, delayed and lost by chance. {@code
 * -Dskald.chaos.seed=…} takes the same chances, though not at the same statements.
 */
@Timeout(300)
class DisturbedWireTest {
  private static final int SAGAS = 100;
  private static final int ONE_IN = 30;

  private final long seed = Long.getLong("skald.chaos.seed", System.nanoTime());
  private final WireScene scene = new WireScene();

  @AfterEach
  void close() throws Exception {
    scene.close();
  }

  @Test
  void everySagaEndsAndTakesEffectOnceOverAWireThatFailsByChance(TestReporter report)
      throws Exception {
    scene.boundWhatHangs();
    List<WireScene.Node> nodes = List.of(scene.openImpatient(), scene.openImpatient());
    for (WireScene.Node node : nodes) {
      node.wire().disturb(seed + nodes.indexOf(node), ONE_IN);
    }
    int started = 0;
    for (int i = 0; i < SAGAS; i++) {
      try {
        scene.start(nodes.get(i % 2), "o" + i);
        started++;
      } catch (SagaStoreException e) {
        assertThat(e.kind()).as("seed %d", seed).isEqualTo(SagaStoreException.Kind.TRANSIENT);
      }
    }
    await("half of them end in spite of it; seed " + seed, () -> ended() >= SAGAS / 2);
    nodes.forEach(node -> node.wire().heal());

    await("every saga ends; seed " + seed, () -> ended() == known());
    scene.areWellAndTookEffectOnce();
    assertThat(known()).as("seed %d", seed).isBetween((long) started, (long) SAGAS);
    for (WireScene.Node node : nodes) {
      report.publishEntry("struck; seed " + seed, node.wire().struck().toString());
      assertThat(node.wire().struck()).as("seed %d", seed).containsKey(WireFault.Kind.CUT);
    }
  }

  private long ended() {
    return scene.database.count(
        "select count(*) from skald.saga where status in ('COMPLETED', 'COMPENSATED')");
  }

  private long known() {
    return scene.database.count("select count(*) from skald.saga");
  }
}

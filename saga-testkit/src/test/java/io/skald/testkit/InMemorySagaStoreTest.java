package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.WriteResult;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract, on the store in memory. */
class InMemorySagaStoreTest extends SagaStoreContract {
  private final ManualClock clock = ManualClock.standing();
  private final InMemorySagaStore store = new InMemorySagaStore(clock);

  @Override
  protected SagaStore store() {
    return store;
  }

  @Override
  protected void elapse(Duration duration) {
    clock.advance(duration);
  }

  @Override
  protected List<Amendment.Audit> audits() {
    return store.audits();
  }

  /** As {@code SilentWaitersTest} has it of the real one, which takes its minute. */
  @Test
  void whoHasNotAskedForAMinuteIsPassedOverAndKeepsItsPlace() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence silent = started(node);
    Fence other = started(node);
    admit(holder, one(1));
    queued(silent, one(1));
    elapse(SagaStore.QUEUED_MAX);
    queued(other, one(1));
    assertThat(write(keeping(holder, List.of(), null))).isEqualTo(WriteResult.APPLIED);

    assertThat(admit(other, one(1))).isEqualTo(ADMITTED);
    queued(silent, one(1));
    assertThat(write(keeping(other, List.of(), null))).isEqualTo(WriteResult.APPLIED);
    queued(other, one(1));
    assertThat(admit(silent, one(1))).isEqualTo(ADMITTED);
  }
}

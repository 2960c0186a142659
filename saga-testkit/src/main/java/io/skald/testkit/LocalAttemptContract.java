package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.Transition;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** What every store does about local attempts. */
abstract class LocalAttemptContract extends WriteContract {
  @Test
  void commitsALocalAttemptWithItsRecord() {
    Fence fence = started(join(LONG));
    LocalOutcome outcome =
        store()
            .runLocal(
                fence, LIMIT, tx -> new Transition(fence, List.of(row("a", 1)), null, Links.NONE));
    assertThat(outcome).isInstanceOf(LocalOutcome.Committed.class);
    assertThat(load(fence).log()).hasSize(1);
  }

  @Test
  void rollsALocalAttemptBackThatThrows() {
    Fence fence = started(join(LONG));
    var failure = new IllegalArgumentException("no");
    LocalOutcome outcome =
        store()
            .runLocal(
                fence,
                LIMIT,
                tx -> {
                  throw failure;
                });
    assertThat(outcome).isEqualTo(new LocalOutcome.RolledBack(failure));
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void refusesALocalAttemptThatWasFencedOutWhileItRan() {
    Fence fence = started(join(LONG));
    LocalOutcome outcome =
        store()
            .runLocal(
                fence,
                LIMIT,
                tx -> {
                  store().settle(fence.saga(), fence.owner());
                  return new Transition(fence, List.of(row("a", 1)), null, Links.NONE);
                });
    assertThat(outcome).isInstanceOf(LocalOutcome.FenceLost.class);
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void endsASagaWithItsLastLocalAttempt() {
    Fence fence = started(join(LONG));
    var change = new SagaChange.Complete("1");
    store()
        .runLocal(
            fence, LIMIT, tx -> new Transition(fence, List.of(row("a", 1)), change, Links.NONE));
    assertThat(load(fence).saga().status()).isEqualTo(SagaStatus.COMPLETED);
    assertThat(load(fence).log()).hasSize(1);
  }

  @Test
  void replacesARowInALocalAttempt() {
    Fence fence = started(join(LONG));
    write(fence, retrying("a", 1, 1, null));
    var second = row("a", 2, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1));
    LocalOutcome outcome =
        store()
            .runLocal(fence, LIMIT, tx -> new Transition(fence, List.of(second), null, Links.NONE));
    assertThat(outcome).isInstanceOf(LocalOutcome.Committed.class);
    assertThat(load(fence).log().getFirst().status()).isEqualTo(LogStatus.SUCCEEDED);
  }

  @Test
  void rollsALocalAttemptBackThatThrowsAnError() {
    Fence fence = started(join(LONG));
    var error = new AssertionError("no");
    LocalOutcome outcome =
        store()
            .runLocal(
                fence,
                LIMIT,
                tx -> {
                  throw error;
                });
    assertThat(outcome).isEqualTo(new LocalOutcome.RolledBack(error));
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void rollsALocalAttemptBackThatRunsOutOfTime() {
    Fence fence = started(join(LONG));
    LocalOutcome outcome =
        store()
            .runLocal(
                fence,
                Duration.ofMillis(200),
                tx -> {
                  elapse(Duration.ofMillis(600));
                  return new Transition(fence, List.of(row("a", 1)), null, Links.NONE);
                });
    assertThat(outcome).isInstanceOf(LocalOutcome.RolledBack.class);
    assertThat(((LocalOutcome.RolledBack) outcome).cause()).isInstanceOf(TimeoutException.class);
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void letsASagaBeTakenOverWhileALocalAttemptRuns() {
    Fence fence = started(join(LEASE));
    NodeId live = join(LONG);
    var claims = new ArrayList<Claim>();
    LocalOutcome outcome =
        store()
            .runLocal(
                fence,
                LIMIT,
                tx -> {
                  elapse(LEASE.multipliedBy(2));
                  claims.addAll(claim(live));
                  return new Transition(fence, List.of(row("a", 1)), null, Links.NONE);
                });
    assertThat(claims).extracting(StoreScene::id).containsExactly(fence.saga());
    assertThat(outcome).isInstanceOf(LocalOutcome.FenceLost.class);
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void commitsNoLocalAttemptThatIsRecordedAlready() {
    Fence fence = started(join(LONG));
    write(fence, row("a", 1));
    var second = new Transition(fence, List.of(row("a", 2)), null, Links.NONE);
    assertThat(store().runLocal(fence, LIMIT, tx -> second))
        .isInstanceOf(LocalOutcome.FenceLost.class);
    var third = row("a", 2, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1));
    assertThat(
            store()
                .runLocal(
                    fence, LIMIT, tx -> new Transition(fence, List.of(third), null, Links.NONE)))
        .isInstanceOf(LocalOutcome.FenceLost.class);
    assertThat(load(fence).log().getFirst().seq()).isEqualTo(1);
  }
}

package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Permit;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** When a node looks who waits, and what it makes of what the store answers. */
class FleetLimitsTest {
  private static final NodeId NODE = new NodeId(new UUID(1, 1));
  private static final LimitedAttempt ATTEMPT =
      new LimitedAttempt(new SagaId(new UUID(2, 2)), "charge", Direction.ACTION, Lane.ORDINARY);
  private static final Duration SOON = Duration.ofMillis(50);

  private final ManualSources sources = new ManualSources();
  private final Answers store = new Answers();
  private final List<Duration> alarms = new ArrayList<>();
  private final FleetLimits fleet =
      new FleetLimits(
          List.of(Limit.concurrent("bank", 1), Limit.rate("mail", 1, Duration.ofDays(1))),
          store,
          sources,
          alarms::add);

  /** A store that answers what it is told to. */
  private static final class Answers extends EmptyStore {
    Admission admission = new Admission.Queued(Duration.ZERO);
    RuntimeException fault = new IllegalStateException("a fault");
    boolean isAtFault;
    int asked;
    boolean isEachLookedAt = true;

    @Override
    public Admission admit(Limit limit, LimitedAttempt attempt, Permit permit) {
      asked++;
      if (isAtFault) {
        throw fault;
      }
      return admission;
    }

    @Override
    public boolean giveBack(Permit permit) {
      throw fault;
    }

    @Override
    public boolean wakeWaiters(Collection<Limit> limits, Lane lane) {
      return isEachLookedAt;
    }
  }

  private void queue(String limit) {
    assertThatThrownBy(() -> fleet.admit(limit, ATTEMPT, NODE))
        .isInstanceOf(FleetLimits.QueuedException.class);
  }

  @Test
  void whoWasQueuedSinceALookWasAskedForIsLookedAtByAnother() {
    queue("bank");
    sources.pass(Duration.ofMillis(30));
    queue("bank");
    assertThat(alarms).containsExactly(SOON);
    sources.pass(Duration.ofMillis(20));
    fleet.wakeWaiters(Lane.ORDINARY);
    assertThat(alarms).containsExactly(SOON, SOON);

    sources.pass(SOON);
    fleet.wakeWaiters(Lane.ORDINARY);
    assertThat(alarms).hasSize(2);
  }

  @Test
  void looksAsSoonAtALimitThoughAnotherOneIsSlow() {
    queue("bank");
    sources.pass(Duration.ofMillis(10));
    queue("mail");
    sources.pass(Duration.ofMillis(20));
    queue("bank");
    assertThat(alarms).containsExactly(SOON, Duration.ofDays(1));
    sources.pass(Duration.ofMillis(20));
    fleet.wakeWaiters(Lane.ORDINARY);

    assertThat(alarms).containsExactly(SOON, Duration.ofDays(1), SOON);
  }

  @Test
  void looksAgainSoonWhereSomebodyElseWasAboutALimit() {
    store.isEachLookedAt = false;
    fleet.wakeWaiters(Lane.ORDINARY);
    assertThat(alarms).containsExactly(SOON);
  }

  @Test
  void waitsForATurnThatIsAboutToCome() throws Exception {
    store.admission = new Admission.Admitted(Duration.ofMillis(70));
    long before = sources.nanoTime();
    try (AdmittedAttempt admitted = fleet.admit("bank", ATTEMPT, NODE)) {
      assertThat(admitted).isNotNull();
    }
    assertThat(sources.nanoTime() - before).isEqualTo(Duration.ofMillis(70).toNanos());
  }

  @Test
  void aFaultOfTheStoreSpendsNoAttemptAndSpoilsNone() throws Exception {
    store.isAtFault = true;
    assertThatThrownBy(() -> fleet.admit("bank", ATTEMPT, NODE))
        .isInstanceOf(GuardRejectedException.class);

    store.isAtFault = false;
    store.admission = new Admission.Admitted(Duration.ZERO);
    assertThatThrownBy(() -> fleet.admit("bank", ATTEMPT, NODE))
        .isInstanceOf(GuardRejectedException.class);
    assertThat(store.asked).as("nobody waits for a store that has just failed").isOne();
    sources.pass(Duration.ofSeconds(1));
    try (AdmittedAttempt admitted = fleet.admit("bank", ATTEMPT, NODE)) {
      assertThat(admitted.during(() -> "charged").call()).isEqualTo("charged");
    }
  }
}

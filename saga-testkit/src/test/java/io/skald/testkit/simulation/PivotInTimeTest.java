package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import io.skald.testkit.simulation.Orders.Order;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A pivot that is begun only in time, on the virtual clock: half a minute of one is left. */
class PivotInTimeTest {
  private final Orders orders = new Orders();
  private final SagaDefinition<Order, Done> saga =
      Saga.define("in-time", Order.class)
          .key(Order::id)
          .deadline(Duration.ofMinutes(1))
          .pivotOnlyInTime()
          .step(orders.remote("a"))
          .step(Step.delay("late", Duration.ofSeconds(30)))
          .pivot(orders.pivotIfUnknown("pay"))
          .build();

  /** A store that says of so many sagas that each took so long. */
  private static final class Paced extends BrokenStore {
    private final List<Duration> times;

    Paced(SagaStore sound, int sagas, Duration rest) {
      super(sound);
      this.times = Collections.nCopies(sagas, rest);
    }

    @Override
    public List<Duration> restTimes(
        DefinitionRef definition, Collection<String> before, int limit) {
      return times;
    }
  }

  private SagaSimulator simulator(int sagas, Duration rest) {
    return SagaSimulator.of(saga, new Order("order-1", 10))
        .remote(orders.ledger())
        .store(sound -> new Paced(sound, sagas, rest));
  }

  private Map<String, SagaStatus> ends(int sagas, Duration rest) {
    return simulator(sagas, rest).faults(FaultPlan.none()).run().ends();
  }

  @Test
  void isBegunIfTheRestTakesNoLongerThanWhatIsLeft() {
    assertThat(ends(100, Duration.ofSeconds(20))).containsValue(SagaStatus.COMPLETED);
    assertThat(orders.ledger().standing()).hasSize(2);
  }

  @Test
  void isNotBegunIfTheRestTakesLongerAndWhatWasDoneIsCompensated() {
    assertThat(ends(100, Duration.ofSeconds(40))).containsValue(SagaStatus.COMPENSATED);
    assertThat(orders.ledger().standing()).isEmpty();
  }

  @Test
  void isBegunIfTooFewSagasAreKnown() {
    assertThat(ends(99, Duration.ofSeconds(40))).containsValue(SagaStatus.COMPLETED);
  }

  @Test
  void survivesEveryFaultAtEveryPoint() {
    assertThat(CrashPoints.of(simulator(100, Duration.ofSeconds(40))).everySingle().runs())
        .isGreaterThan(20);
    assertThat(CrashPoints.of(simulator(100, Duration.ofSeconds(20))).everySingle().runs())
        .isGreaterThan(20);
  }
}

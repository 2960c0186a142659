package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.SagaStore;
import io.skald.testkit.simulation.Orders.Order;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A watch over limits that finds nothing may be blind: these stores are broken, and it sees it. */
class LimitWatchTest {
  private final Orders orders = new Orders();

  private boolean holds(UnaryOperator<SagaStore> store) {
    var parallel = new Constructs(orders).parallel();
    return SagaSimulator.of(parallel, new Order("order-1", 10))
        .and(parallel, new Order("order-2", 20))
        .remote(orders.ledger())
        .beforeEach(orders::reset)
        .limit(Limit.ofSaga("parallel").atOnce(1).overFleet())
        .store(store)
        .replay()
        .holds();
  }

  @Test
  void findsNothingInASoundStore() {
    assertThat(holds(store -> store)).isTrue();
  }

  @Test
  void findsAnAttemptThatIsMadeThoughItHasToWait() {
    assertThat(holds(AdmittedToAll::new)).isFalse();
  }

  @Test
  void findsPermitsThatAreGivenTwice() {
    assertThat(holds(Wider::new)).isFalse();
  }

  @Test
  void findsThatNobodyIsWoken() {
    assertThat(holds(NeverGivenBack::new)).isFalse();
  }

  /** Says that an attempt may be made, whoever comes first. */
  private static final class AdmittedToAll extends BrokenStore {
    AdmittedToAll(SagaStore sound) {
      super(sound);
    }

    @Override
    public Admission admit(Fence fence, Demand demand) {
      Admission unused = sound.admit(fence, demand);
      return new Admission.Admitted();
    }
  }

  /** Has one slot more than there is. */
  private static final class Wider extends BrokenStore {
    Wider(SagaStore sound) {
      super(sound);
    }

    @Override
    public Admission admit(Fence fence, Demand demand) {
      var wider =
          demand.permits().stream()
              .map(one -> new Demand.Permit(one.name(), one.key(), one.slots() + 1))
              .toList();
      return sound.admit(fence, new Demand(demand.place(), demand.rank(), wider, demand.turns()));
    }
  }

  /** Takes a permit for an attempt that nobody makes. */
  private static final class NeverGivenBack extends BrokenStore {
    NeverGivenBack(SagaStore sound) {
      super(sound);
    }

    @Override
    public Admission admit(Fence fence, Demand demand) {
      return new Admission.Queued(sound.signals(fence.saga()).routed());
    }
  }
}

package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Facts of polls: what they tell is what claims find. That they miss nothing a claim finds is
 * looked at before each claim of the other facts as well, see {@link StoreScene#claim}.
 */
abstract class PollContract extends UnclaimedContract {
  @Test
  void tellsWhatIsDueOfTheDefinitionsItIsAskedFor() {
    started(null);

    assertThat(isDue(ORDER)).isTrue();
    assertThat(isDue(new DefinitionRef("order", 2, "f1"), ORDER)).isTrue();
    assertThat(isDue(new DefinitionRef("order", 2, "f1"))).isFalse();
    assertThat(isDue(new DefinitionRef("order", 1, "f2"))).isFalse();
    assertThat(isDue()).isFalse();
  }

  @Test
  void takesNothingOfWhatItTells() {
    Fence due = started(null);
    assertThat(isDue(ORDER)).isTrue();
    assertThat(isDue(ORDER)).isTrue();

    assertThat(load(due).saga().owner()).isNull();
    assertThat(claim(join(LONG))).extracting(StoreScene::id).containsExactly(due.saga());
    assertThat(isDue(ORDER)).isFalse();
  }

  @Test
  void tellsOfAParkedSagaOnceItsTimeHasCome() {
    change(started(join(LONG)), new SagaChange.Park(Duration.ofMinutes(1), null, Lane.ORDINARY));
    assertThat(isDue(ORDER)).isFalse();
    elapse(Duration.ofMinutes(2));

    assertThat(isDue(ORDER)).isTrue();
  }

  @Test
  void tellsOfTheSagasOfADeadOwnerAndOfNoLiveOnes() {
    NodeId dead = join(LEASE);
    started(dead);
    started(join(LONG));
    assertThat(isDue(ORDER)).isFalse();
    elapse(LEASE.multipliedBy(2));
    assertThat(isDue(ORDER)).isTrue();

    claim(join(LONG));
    assertThat(isDue(ORDER)).isFalse();
  }

  @Test
  void tellsOfASagaOfANodeThatNeverWas() {
    started(new NodeId(UUID.randomUUID()));
    assertThat(isDue(ORDER)).isTrue();
  }

  @Test
  void tellsOfNoSagaThatHasEnded() {
    Fence fence = started(join(LONG));
    write(end(fence));
    store().leave(fence.owner());
    assertThat(isDue(ORDER)).isFalse();
  }

  @Test
  void tellsOfTheSagaThatASignalItRoutesHasMadeDue() {
    NodeId node = join(LONG);
    NewSaga saga = saga("k1", node);
    store().signal(to("k1", "paid"));
    start(saga);
    assertThat(write(park(new Fence(saga.id(), node, 0), 0))).isEqualTo(WriteResult.APPLIED);
    assertThat(store().poll(List.of(ORDER), 0)).isEqualTo(new Poll(0, false, false));

    assertThat(store().poll(List.of(ORDER), 10)).isEqualTo(new Poll(1, true, false));
    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(saga.id());
  }

  @Test
  void tellsOfASagaThatASentSignalHasMadeDue() {
    Fence fence = started(join(LONG));
    write(park(fence, 0));
    assertThat(isDue(ORDER)).isFalse();
    sent(fence, "paid");
    assertThat(isDue(ORDER)).isTrue();
  }
}

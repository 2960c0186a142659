package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of how long sagas have taken from some of their steps on. */
abstract class RestContract extends SurveyContract {
  private static final Duration REST = Duration.ofMillis(40);
  private static final List<String> BEFORE = List.of("a", "b");

  /** A saga that did a and b, and then took a while to its end. */
  private Fence took(DefinitionRef definition, @Nullable Parent parent, SagaChange end) {
    NodeId node = join(LONG);
    var id = new SagaId(UUID.randomUUID());
    start(
        new NewSaga(
            id, definition, id + "", Map.of(), "{}", "d", null, node, parent, Lane.ORDINARY));
    var fence = new Fence(id, node, 0);
    write(fence, row("a", 1));
    write(fence, row("b", 2));
    elapse(REST);
    write(fence, row("pay", 3));
    write(new Transition(fence, List.of(), end, Links.NONE));
    return fence;
  }

  private List<Duration> restTimes(int limit) {
    return store().restTimes(ORDER, BEFORE, limit);
  }

  @Test
  void theyAreCountedFromTheLastOfTheStepsToTheEnd() {
    var end = new SagaChange.Complete("1");
    took(ORDER, null, end);
    took(ORDER, null, end);

    assertThat(restTimes(10))
        .hasSize(2)
        .allMatch(rest -> rest.compareTo(REST) >= 0 && rest.compareTo(LONG) < 0);
    assertThat(restTimes(1)).hasSize(1);
    assertThat(store().restTimes(ORDER, List.of("none"), 10)).isEmpty();
  }

  @Test
  void sagasThatDidNotCompleteOrAreOfAnotherVersionOrOfAnotherSagaDoNotCount() {
    var end = new SagaChange.Complete("1");
    Fence parent = started(join(LONG));
    took(ORDER, null, new SagaChange.EndCompensated());
    took(new DefinitionRef("order", 2, "f2"), null, end);
    took(new DefinitionRef("other", 1, "f1"), null, end);
    took(ORDER, new Parent(parent.saga(), "ship"), end);
    took(ORDER, null, new SagaChange.Park(LONG, null, Lane.ORDINARY));

    assertThat(restTimes(10)).isEmpty();
  }
}

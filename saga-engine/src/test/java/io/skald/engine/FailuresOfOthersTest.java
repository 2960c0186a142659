package io.skald.engine;

import static io.skald.engine.FailureMatrixTest.assertStuck;
import static io.skald.engine.FailureMatrixTest.compensated;
import static io.skald.engine.FailureMatrixTest.failures;
import static io.skald.engine.FailureMatrixTest.row;
import static io.skald.engine.FailureMatrixTest.tried;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.FailureMatrix.Failure;
import io.skald.engine.FailureMatrix.Row;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a failure leads to where others are involved: TCC participants, and sagas as steps. */
class FailuresOfOthersTest {
  @Test
  void aTryWithoutAPivotIsCancelledIfTheSagaIsCalledOffBeforeItsLastStepHasEnded() {
    var last = Saga.define("s", String.class).step(compensated("a")).step(tried("t")).build();

    assertStuck(row(last, "t", Failure.COMPENSATION_FAILED), "its compensation cannot succeed");
    assertThat(row(last, "a", Failure.COMPENSATION_FAILED).compensated())
        .containsExactly(List.of("t"));
    assertStuck(row(last, "t", Failure.CONFIRMATION_FAILED), "its confirmation cannot succeed");
    var first = Saga.define("s", String.class).step(tried("t")).step(compensated("a")).build();
    assertThat(row(first, "t", Failure.COMPENSATION_FAILED).compensated())
        .containsExactly(List.of("a"));
    assertStuck(row(first, "a", Failure.COMPENSATION_FAILED), "its compensation cannot succeed");
  }

  @Test
  void anotherSagaThatIsStuckIsWaitedFor() {
    SagaDefinition<String, Done> child =
        Saga.define("c", String.class).step(compensated("x")).build();
    var saga =
        Saga.define("s", String.class)
            .step(compensated("a"))
            .step(Step.saga("child", String.class, child, (in, results) -> in))
            .step(compensated("b"))
            .build();

    assertThat(failures(saga, "child")).doesNotContain(Failure.COMPENSATION_FAILED);
    assertThat(row(saga, "child", Failure.CHILD_STUCK))
        .isEqualTo(
            new Row(
                "child",
                Failure.CHILD_STUCK,
                SagaStatus.RUNNING,
                "an operator, at saga c",
                List.of()));
    assertThat(row(saga, "child", Failure.CHILD_STUCK_CALLED_BACK))
        .isEqualTo(
            new Row(
                "child",
                Failure.CHILD_STUCK_CALLED_BACK,
                SagaStatus.COMPENSATING,
                "an operator, at saga c",
                List.of(List.of("b"))));
    assertThat(FailureMatrix.of(saga).markdown())
        .containsPattern("its saga is stuck +[|] waits for an operator, at saga c +[|] nothing");
  }
}

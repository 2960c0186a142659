package io.skald.engine;

import static io.skald.engine.FailureMatrixTest.assertStuck;
import static io.skald.engine.FailureMatrixTest.compensated;
import static io.skald.engine.FailureMatrixTest.row;
import static io.skald.engine.FailureMatrixTest.tried;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.FailureMatrix.Failure;
import io.skald.saga.Saga;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a failure leads to where others are involved: TCC participants. */
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
}

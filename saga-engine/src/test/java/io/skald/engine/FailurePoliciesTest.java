package io.skald.engine;

import static io.skald.engine.FailureMatrixTest.TWICE;
import static io.skald.engine.FailureMatrixTest.assertEnd;
import static io.skald.engine.FailureMatrixTest.assertGoesOn;
import static io.skald.engine.FailureMatrixTest.assertStuck;
import static io.skald.engine.FailureMatrixTest.compensated;
import static io.skald.engine.FailureMatrixTest.failures;
import static io.skald.engine.FailureMatrixTest.local;
import static io.skald.engine.FailureMatrixTest.remote;
import static io.skald.engine.FailureMatrixTest.row;
import static io.skald.engine.FailureMatrixTest.verified;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.FailureMatrix.Failure;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import org.junit.jupiter.api.Test;

/** What a failure matrix makes of what a step says of its spent attempts. */
class FailurePoliciesTest {

  @Test
  void spentAttemptsLeadToWhatTheStepBeforeThePivotSaysOfThem() {
    var rolledBack = local("l").ifSpent(Spent.goOnWith(Done.DONE));
    var handedOut = Step.named("h", String.class).async(String.class, (in, call) -> {});
    var saga =
        Saga.define("s", String.class)
            .step(remote("c").ifSpent(Spent.compensate()).compensation((in, done, call) -> {}))
            .step(
                remote("g").ifSpent(Spent.goOnWith(Done.DONE)).compensation((in, done, call) -> {}))
            .step(rolledBack.needsNoCompensation())
            .step(handedOut.ifSpent(Spent.goOnWith("sound")).needsNoCompensation())
            .pivot(verified("p").ifSpent(Spent.askOperator()))
            .build();

    assertEnd(row(saga, "c", Failure.UNKNOWN), "c");
    assertGoesOn(row(saga, "g", Failure.UNKNOWN));
    assertEnd(row(saga, "g", Failure.PERMANENT), "c");
    assertGoesOn(row(saga, "l", Failure.ROLLED_BACK));
    assertGoesOn(row(saga, "h", Failure.UNKNOWN));
    assertGoesOn(row(saga, "h", Failure.NOT_COMPLETED));
    assertStuck(row(saga, "p", Failure.UNKNOWN), "its attempts are spent, and an operator decides");
  }

  @Test
  void spentAttemptsLeadToWhatTheStepAfterThePivotSaysOfThem() {
    var saga =
        Saga.define("s", String.class)
            .pivot(local("p"))
            .step(remote("t").retry(TWICE).ifSpent(Spent.goOnWith(Done.DONE)))
            .step(local("u").retry(TWICE).ifSpent(Spent.askOperator()))
            .build();

    assertGoesOn(row(saga, "t", Failure.UNKNOWN));
    assertStuck(row(saga, "t", Failure.PERMANENT), "a step after the pivot cannot succeed");
    assertStuck(
        row(saga, "u", Failure.ROLLED_BACK), "its attempts are spent, and an operator decides");
  }

  @Test
  void aCompensationThatIsSkippedWhenItsAttemptsAreSpentLetsTheOthersBeMade() {
    var saga =
        Saga.define("s", String.class)
            .step(compensated("a"))
            .step(compensated("b").compensationRetry(TWICE).compensationSkippedIfSpent())
            .step(compensated("c").compensationRetry(TWICE))
            .build();

    assertEnd(row(saga, "b", Failure.COMPENSATION_SPENT), "c", "a");
    assertStuck(row(saga, "b", Failure.COMPENSATION_FAILED), "its compensation cannot succeed");
    assertThat(failures(saga, "c")).doesNotContain(Failure.COMPENSATION_SPENT);
    var unbounded = Saga.define("s", String.class).step(compensated("b")).build();
    assertThat(failures(unbounded, "b")).doesNotContain(Failure.COMPENSATION_SPENT);
  }
}

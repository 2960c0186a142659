package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Retriable;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Single decisions at what holds steps, waits or decides: the rules by example. */
class ConstructsTest {
  private static final Signal<String> APPROVAL = Signal.named("approval", String.class);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private static final Compensatable<String, Done> STOCK = StepKind.REMOTE.compensatable("stock");
  private static final Compensatable<String, Done> CARD = StepKind.REMOTE.compensatable("card");
  private static final Compensatable<String, Done> TRUCK = StepKind.REMOTE.compensatable("truck");
  private static final Compensatable<String, Done> ROW = StepKind.LOCAL.compensatable("row");
  private static final Compensatable<String, Done> ONCE =
      StepKind.REMOTE_ONCE.compensatable("once");

  @Test
  void beginsTheBranchesOfAGroupBesideEachOtherTheLocalOnesLast() {
    assertThat(Story.of(before(Step.parallel("group", ROW, STOCK, CARD))).allNext())
        .containsExactly("act stock", "act card", "act row", "join");
  }

  @Test
  void takesTheStepsOfASequenceInABranchOneByOne() {
    Story story = Story.of(before(Step.parallel("group", sequence("leg", STOCK, CARD), TRUCK)));

    assertThat(story.allNext()).containsExactly("act stock", "act truck", "join");
    assertThat(story.begun("truck").succeeded("stock").allNext())
        .containsExactly("act card", "join");
  }

  @Test
  void beginsWhatFollowsAGroupOnceAllItsBranchesHavePassed() {
    Story story = Story.of(before(Step.parallel("group", STOCK, CARD), ROW));

    assertThat(story.begun("stock").succeeded("card").next()).isEqualTo("join");
    assertThat(story.succeeded("card", "stock").next()).isEqualTo("act row");
    assertThat(story.succeeded("card", "stock", "row").next()).isEqualTo("complete");
  }

  @Test
  void aFailedBranchBeginsNothingNewAndWaitsForThoseUnderWay() {
    Story story = Story.of(before(Step.parallel("group", STOCK, CARD, ROW)));

    assertThat(story.begun("card").failed("stock").next()).isEqualTo("join");
    assertThat(story.succeeded("card").failed("stock").next()).isEqualTo("turn around at stock");
  }

  @Test
  void givesUpWhatWouldBeRetriedOrWaitsWhenItTurnsAround() {
    Story story =
        Story.of(before(Step.parallel("group", STOCK, CARD, ROW, Step.delay("pause", HOUR))))
            .retrying("card", MINUTE)
            .retrying("row", MINUTE)
            .waiting("pause", HOUR)
            .failed("stock");

    assertThat(story.next())
        .isEqualTo("turn around at stock, card is UNKNOWN, row is FAILED, pause is FAILED");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"cancel, cancelled", "deadline, deadline passed"})
  void joinsWhatIsUnderWayBeforeItIsCalledOff(String how, String reason) {
    Story story = Story.of(before(Step.parallel("group", STOCK, CARD))).withDeadline(HOUR);
    Story begun = story.begun("stock", "card");
    Story called = how.equals("cancel") ? begun.cancelled() : begun.at(HOUR);

    assertThat(begun.next()).isEqualTo("join until PT1H");
    assertThat(called.next()).isEqualTo("join");
    assertThat(called.ended("card").succeeded("card").next()).isEqualTo("join");
    assertThat(called.ended("card").ended("stock").retrying("stock", MINUTE).next())
        .isEqualTo("turn around at stock, " + reason + ", stock is UNKNOWN");
  }

  @Test
  void compensatesAGroupOneByOneInReverseOrderOfCompletion() {
    Story story =
        Story.of(before(ROW, Step.parallel("group", STOCK, CARD, TRUCK)))
            .succeeded("row", "card", "stock")
            .unknown("truck")
            .turnedAround();

    assertThat(story.allNext()).containsExactly("compensate truck", "join");
    assertThat(story.compensated("truck").next()).isEqualTo("compensate stock");
    assertThat(story.compensated("truck").compensated("stock").next()).isEqualTo("compensate card");
  }

  @Test
  void compensatesAGroupTogetherButWithinABranchInReverseOrder() {
    Story story =
        Story.of(
                before(
                    ROW,
                    Step.parallel("group", sequence("leg", STOCK, CARD), TRUCK)
                        .compensatedTogether(),
                    ONCE))
            .succeeded("row", "stock", "truck", "card", "once")
            .turnedAround();

    assertThat(story.allNext()).as("what came after").containsExactly("compensate once", "join");
    assertThat(story.compensated("once").allNext())
        .containsExactly("compensate card", "compensate truck", "join");
    assertThat(story.compensated("once").compensated("card").begun("truck").allNext())
        .containsExactly("compensate stock", "join");
    assertThat(story.compensated("once").compensated("card").compensated("stock").next())
        .as("what came before waits for the whole group")
        .isEqualTo("compensate truck");
  }

  @Test
  void evaluatesAChoiceOnceAndTakesOnlyTheBranchItTook() {
    Story story =
        Story.of(
            before(
                Step.choice("which", String.class, Done.class)
                    .on((in, results) -> true, STOCK)
                    .otherwise(CARD)));

    assertThat(story.next()).isEqualTo("evaluate which");
    assertThat(story.decided("which", "card").next()).isEqualTo("act card");
    assertThat(story.decided("which", "card").succeeded("card").next()).isEqualTo("complete");
  }

  @Test
  void passesAChoiceThatTookNothing() {
    Story story =
        Story.of(
            before(
                Step.choice("which", String.class, Done.class)
                    .on((in, results) -> false, STOCK)
                    .otherwiseNothing(),
                ROW));

    assertThat(story.decided("which", "").next()).isEqualTo("act row");
  }

  @Test
  void aRefusalEndsTheWayForwardAsAFailureDoes() {
    Story story = Story.of(before(ROW, refusal())).succeeded("row");

    assertThat(story.next()).isEqualTo("evaluate refuse");
    assertThat(story.failed("refuse").next()).isEqualTo("turn around at refuse");
    assertThat(story.failed("refuse").turnedAround().next()).isEqualTo("compensate row");
  }

  @Test
  void hasAsManyElementsUnderWayAsTheConcurrencySays() {
    Story story = Story.of(before(each(2, STOCK)));

    assertThat(story.next()).isEqualTo("evaluate each");
    assertThat(story.decided("each", "3").allNext())
        .containsExactly("act each/1/stock", "act each/2/stock", "join");
    assertThat(story.decided("each", "3").begun("each/1/stock").succeeded("each/2/stock").allNext())
        .containsExactly("act each/3/stock", "join");
    assertThat(story.decided("each", "0").next()).isEqualTo("complete");
  }

  @Test
  void compensatesElementsInReverseOrderOfCompletionAndNotOfTheList() {
    Story story =
        Story.of(before(each(3, STOCK)))
            .decided("each", "3")
            .succeeded("each/2/stock", "each/3/stock", "each/1/stock")
            .turnedAround();

    assertThat(story.next()).isEqualTo("compensate each/1/stock");
    assertThat(story.compensated("each/1/stock").next()).isEqualTo("compensate each/3/stock");
  }

  @Test
  void takesASkippedChoiceOrListAsPassedAsAWhole() {
    assertThat(Story.of(before(each(1, STOCK), ROW)).skipped("each").next()).isEqualTo("act row");
  }

  @Test
  void waitsAndGoesOnWhenTheTimeIsUp() {
    Story story = Story.of(before(Step.delay("pause", MINUTE), ROW));

    assertThat(story.next()).isEqualTo("begin to wait at pause");
    assertThat(story.waiting("pause", MINUTE).next()).isEqualTo("wait until PT1M");
    assertThat(story.waiting("pause", MINUTE).at(MINUTE).next()).isEqualTo("time is up at pause");
    assertThat(story.succeeded("pause").next()).isEqualTo("act row");
  }

  @Test
  void waitsBesideWhatIsUnderWay() {
    Story story = Story.of(before(Step.parallel("group", Step.delay("pause", MINUTE), STOCK)));

    assertThat(story.waiting("pause", MINUTE).begun("stock").next()).isEqualTo("join until PT1M");
    assertThat(story.waiting("pause", MINUTE).begun("stock").at(MINUTE).next())
        .isEqualTo("time is up at pause");
  }

  @Test
  void takesASignalThatCameBeforeTheWaitBegan() {
    Story story = Story.of(before(approval("wait")));

    assertThat(story.next()).isEqualTo("look for signals");
    assertThat(story.sees("approval").next()).isEqualTo("receive at wait");
    assertThat(story.sees("other").next()).isEqualTo("begin to wait at wait");
  }

  @Test
  void takesASignalHoweverLateItIsSeen() {
    Story late = Story.of(before(approval("wait"))).waiting("wait", MINUTE).at(HOUR);

    assertThat(late.sees("approval").next()).isEqualTo("receive at wait");
    assertThat(late.sees().next()).isEqualTo("time is up at wait");
  }

  @Test
  void looksForSignalsOnceMoreWhenTheTimeIsUp() {
    Story story = Story.of(before(approval("wait"))).waiting("wait", MINUTE).sees().at(MINUTE);

    assertThat(story.next())
        .as("one may have come since, while a step was made")
        .isEqualTo("look for signals");
    assertThat(story.sees().next()).isEqualTo("time is up at wait");
  }

  @Test
  void looksForACompletionOnceMoreWhenTheTimeOfWorkHandedOutIsUp() {
    Compensatable<String, Done> handedOut =
        Step.named("work", String.class).async(Done.class, (in, call) -> {}).needsNoCompensation();
    Story story = Story.of(before(handedOut)).waiting("work", MINUTE).sees().at(MINUTE);

    assertThat(story.next()).isEqualTo("look for signals");
    assertThat(story.sees("@work#0").next()).isEqualTo("receive at work");
    assertThat(story.sees().next()).isEqualTo("time is up at work");
  }

  @Test
  void hearsOfWorkOnlyWhatIsSaidOfItAsItIsHandedOutNow() {
    Compensatable<String, Done> handedOut =
        Step.named("work", String.class).async(Done.class, (in, call) -> {}).needsNoCompensation();
    Story first = Story.of(before(handedOut)).waiting("work", HOUR);
    Story renewed = Story.of(before(handedOut)).waitingAgain("work", HOUR);

    assertThat(first.sees("@work#1", "~work#1", "@work").next()).startsWith("wait");
    assertThat(first.sees("~work#0").next()).isEqualTo("receive at work");
    assertThat(renewed.sees("@work#0", "~work#0").next()).startsWith("wait");
    assertThat(renewed.sees("@work#1").next()).isEqualTo("receive at work");
  }

  @Test
  void seesThatALostOwnerWasHandingOutWorkOnceMore() {
    Compensatable<String, Done> handedOut =
        Step.named("work", String.class).async(Done.class, (in, call) -> {}).needsNoCompensation();
    Story story = Story.of(before(handedOut)).retrying("work", MINUTE).at(MINUTE);

    assertThat(story.next()).isEqualTo("look for signals");
    assertThat(story.underWay()).containsExactly("act work, attempt 2");
  }

  @Test
  void aSignalIsForOneOfTheWaitsForIt() {
    Story story = Story.of(before(Step.parallel("group", approval("first"), approval("second"))));

    assertThat(story.sees("approval").next()).isEqualTo("receive at first");
    assertThat(story.succeeded("first").sees().next()).isEqualTo("begin to wait at second");
  }

  @Test
  void aWaitThatFailsTurnsAround() {
    Story story = Story.of(before(ROW, approval("wait"))).succeeded("row");

    assertThat(story.failed("wait").next()).isEqualTo("turn around at wait");
  }

  @Test
  void sticksAfterThePivotOnceThoseUnderWayHaveEnded() {
    Retriable<String, Done> mail = StepKind.TAIL_REMOTE.retriable("mail");
    Retriable<String, Done> bill = StepKind.TAIL_REMOTE.retriable("bill");
    Story story = Story.of(after(Step.parallel("group", mail, bill))).succeeded("pivot");

    assertThat(story.begun("bill").failed("mail").next()).isEqualTo("join");
    assertThat(story.succeeded("bill").failed("mail").next()).isEqualTo("stick at mail");
    assertThat(story.failed("mail").stuck().next()).isEqualTo("rest");
  }

  @Test
  void holdsNoDeadlineAtAChoiceThatIsThePivot() {
    Story story = Story.of(chosenPivot()).withDeadline(MINUTE).succeeded("row").at(HOUR);

    assertThat(story.next()).isEqualTo("evaluate which");
    assertThat(story.failed("which").next()).isEqualTo("turn around at which");
    assertThat(story.decided("which", "charge").unknown("charge").next())
        .isEqualTo("turn around at charge");
  }

  @Test
  void holdsACancelUntilAChoiceThatIsThePivotIsEvaluated() {
    Story story = Story.of(chosenPivot()).succeeded("row");

    assertThat(story.cancelled().next()).isEqualTo("turn around at which, cancelled");
    assertThat(story.decided("which", "charge").cancelled().next()).isEqualTo("act charge");
  }

  private static SagaDefinition<String, Done> chosenPivot() {
    return Saga.define("order", String.class)
        .step(ROW)
        .pivot(
            Step.choice("which", String.class, Done.class)
                .on((in, results) -> true, StepKind.PIVOT_LOCAL.retriable("pay"))
                .otherwise(StepKind.PIVOT_IF_UNKNOWN.retriable("charge")))
        .build();
  }

  @Test
  void seesEverythingALostOwnerMayHaveBeenDoing() {
    Story story = Story.of(before(Step.parallel("group", STOCK, CARD, ROW)));

    assertThat(story.underWay()).contains("act stock", "act card");
    assertThat(story.cancelled().underWay()).contains("act stock", "act card");
  }

  @Test
  void seesWhatALostOwnerWasStillDoingThoughABranchHadFailed() {
    Story forward = Story.of(before(Step.parallel("group", STOCK, CARD)));
    Story backward =
        Story.of(before(Step.parallel("group", STOCK, CARD).compensatedTogether()))
            .succeeded("stock", "card")
            .turnedAround();
    Retriable<String, Done> mail = StepKind.TAIL_REMOTE.retriable("mail");
    Retriable<String, Done> bill = StepKind.TAIL_REMOTE.retriable("bill");
    Story beyond = Story.of(after(Step.parallel("group", mail, bill))).succeeded("pivot");

    assertThat(forward.failed("stock").underWay()).containsExactly("act card");
    assertThat(beyond.failed("mail").underWay()).containsExactly("act bill");
    assertThat(backward.compensationFailed("card").underWay()).containsExactly("compensate stock");
  }

  @Test
  void knowsThatWhatIsMadeAtMostOnceWasNotMadeBeforeItsIntentIsRecorded() {
    Story story = Story.of(before(Step.parallel("group", ONCE, CARD)));

    assertThat(story.underWay()).containsExactly("act card");
    assertThat(story.intended("once").underWay()).containsExactly("act once", "act card");
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  private static SagaDefinition<String, Done> before(Compensatable<? super String, ?>... steps) {
    var body = Saga.define("order", String.class).step(steps[0]);
    for (var step : List.of(steps).subList(1, steps.length)) {
      body = body.step(step);
    }
    return body.build();
  }

  private static SagaDefinition<String, Done> after(Retriable<? super String, ?> step) {
    return Saga.define("order", String.class)
        .pivot(StepKind.PIVOT_LOCAL.retriable("pivot"))
        .step(step)
        .build();
  }

  private static Compensatable<String, ?> sequence(
      String name, Compensatable<String, ?> first, Compensatable<String, ?> second) {
    return Step.sequence(name, String.class).step(first).step(second).end();
  }

  private static Compensatable<String, ?> each(int concurrency, Compensatable<String, ?> step) {
    return Step.forEach("each", String.class, String.class, (in, results) -> List.of())
        .concurrency(concurrency)
        .step(step);
  }

  private static Compensatable<String, Done> refusal() {
    return Step.refuse("refuse", String.class, (in, results) -> "no");
  }

  private static Compensatable<Object, String> approval(String name) {
    return Step.await(name, APPROVAL).within(MINUTE).orCompensate();
  }
}

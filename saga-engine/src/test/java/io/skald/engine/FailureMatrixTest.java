package io.skald.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.FailureMatrix.Failure;
import io.skald.engine.FailureMatrix.Row;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.ParallelGroup;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.view.SagaStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The committed matrix is rewritten with {@code -Dpictures=write}. */
class FailureMatrixTest {
  private static final Path MATRIX =
      Path.of("src", "test", "resources", "io", "skald", "engine", "fulfil-order.md");
  private static final Signal<String> APPROVAL = Signal.named("approval", String.class);
  static final Retry TWICE = Retry.exponential(Duration.ofMillis(200)).attemptsMax(2);

  @Test
  void aRichDefinitionHasTheCommittedMatrix() throws IOException {
    String matrix = FailureMatrix.of(rich()).markdown();
    if (System.getProperty("pictures", "").equals("write")) {
      Files.createDirectories(MATRIX.getParent());
      Files.writeString(MATRIX, matrix);
    }

    assertThat(matrix)
        .as("%s; rewritten with -Dpictures=write", MATRIX)
        .isEqualTo(Files.readString(MATRIX));
    assertThat(matrix).isEqualTo(FailureMatrix.of(rich()).markdown());
  }

  @Test
  void aStepBeforeThePivotTurnsTheSagaAroundAndIsItselfCompensatedIfUnknown() {
    var saga = Saga.define("s", String.class).step(compensated("a")).step(compensated("b")).build();

    assertEnd(row(saga, "b", Failure.PERMANENT), "a");
    assertEnd(row(saga, "b", Failure.UNKNOWN), "b", "a");
    assertEnd(row(saga, "b", Failure.PERMANENT_IN_DOUBT), "b", "a");
    assertEnd(row(saga, "b", Failure.CANCELLED), "a");
    assertEnd(row(saga, "b", Failure.CANCELLED_IN_DOUBT), "b", "a");
  }

  @Test
  void aPivotThatFailedTurnsTheSagaAroundAndOwesNothing() {
    assertEnd(row(pivoted(verified("p")), "p", Failure.PERMANENT), "a");
    assertEnd(row(pivoted(verified("p")), "p", Failure.DISPROVED), "a");
  }

  @Test
  void aPivotNobodyCanTellOfIsStuckUnlessItHasACompensation() {
    assertStuck(
        row(pivoted(verified("p")), "p", Failure.UNKNOWN),
        "nobody can tell whether the pivot took effect");
    var saga =
        Saga.define("s", String.class)
            .step(compensated("a"))
            .pivot(remote("p").compensationIfUnknown((in, done, call) -> {}))
            .build();
    assertEnd(row(saga, "p", Failure.UNKNOWN), "p", "a");
    assertStuck(row(saga, "p", Failure.COMPENSATION_FAILED), "its compensation cannot succeed");
  }

  @Test
  void aStepAfterThePivotThatCannotSucceedIsStuck() {
    var saga = pivoted(verified("p"));

    assertStuck(row(saga, "t", Failure.PERMANENT), "a step after the pivot cannot succeed");
    String inDoubt = "nobody can tell whether a step after the pivot took effect";
    assertStuck(row(saga, "t", Failure.UNKNOWN), inDoubt);
    assertStuck(row(saga, "t", Failure.PERMANENT_IN_DOUBT), inDoubt);
  }

  @Test
  void aCompensationThatCannotSucceedIsStuckAndWhatFollowsItIsNotCompensated() {
    var saga =
        Saga.define("s", String.class)
            .step(compensated("a"))
            .step(compensated("b"))
            .step(compensated("c"))
            .pivot(local("p"))
            .build();

    Row row = row(saga, "b", Failure.COMPENSATION_FAILED);
    assertStuck(row, "its compensation cannot succeed");
    assertThat(row.compensated()).containsExactly(List.of("c"));
    assertThat(row(saga, "c", Failure.COMPENSATION_FAILED).compensated()).isEmpty();
  }

  @Test
  void aPivotThatIsBegunOnlyInTimeMayBeTooLate() {
    var head = Saga.define("s", String.class).deadline(Duration.ofDays(1));
    var saga = head.pivotOnlyInTime().step(compensated("a")).pivot(verified("p")).build();
    assertEnd(row(saga, "p", Failure.TOO_LATE), "a");
    assertThat(failures(saga, "a")).doesNotContain(Failure.TOO_LATE);
    assertThat(failures(head.step(compensated("a")).pivot(verified("p")).build(), "p"))
        .doesNotContain(Failure.TOO_LATE);
  }

  @Test
  void nothingIsCalledOffAtThePivotOrAfterIt() {
    assertThat(failures(pivoted(verified("p")), "p"))
        .containsExactlyInAnyOrder(
            Failure.PERMANENT, Failure.PERMANENT_IN_DOUBT, Failure.UNKNOWN, Failure.DISPROVED);
  }

  @Test
  void whatCannotHappenHasNoRow() {
    var saga =
        Saga.define("s", String.class)
            .step(local("a").needsNoCompensation())
            .step(remote("b").atMostOnce().compensation((in, done, call) -> {}))
            .pivot(local("p"))
            .step(remote("t"))
            .build();

    assertThat(failures(saga, "a"))
        .containsExactlyInAnyOrder(Failure.PERMANENT, Failure.ROLLED_BACK, Failure.CANCELLED);
    assertThat(failures(saga, "b"))
        .containsExactlyInAnyOrder(
            Failure.PERMANENT, Failure.UNKNOWN, Failure.CANCELLED, Failure.COMPENSATION_FAILED);
    assertThat(failures(saga, "t"))
        .containsExactlyInAnyOrder(Failure.PERMANENT, Failure.PERMANENT_IN_DOUBT);
  }

  @Test
  void aDeadlineIsAFailureOfDefinitionsThatHaveOne() {
    var saga =
        Saga.define("s", String.class)
            .deadline(Duration.ofDays(1))
            .step(compensated("a"))
            .step(Step.delay("d", Duration.ofHours(1)))
            .build();

    assertThat(failures(saga, "a")).contains(Failure.OVERDUE, Failure.OVERDUE_IN_DOUBT);
    assertEnd(row(saga, "a", Failure.OVERDUE_IN_DOUBT), "a");
    assertEnd(row(saga, "d", Failure.OVERDUE), "a");
  }

  @Test
  void silenceCompensatesOrGoesOnAsTheWaitSays() {
    var saga =
        Saga.define("s", String.class)
            .step(compensated("a"))
            .step(Step.await("must", APPROVAL).within(Duration.ofDays(1)).orCompensate())
            .step(Step.await("may", APPROVAL).within(Duration.ofDays(1)).orElse("yes"))
            .build();

    assertEnd(row(saga, "must", Failure.SILENCE), "a");
    assertGoesOn(row(saga, "may", Failure.SILENCE));
  }

  @Test
  void locksThatAreNotFreeEndTheSagaBeforeItHasDoneAnything() {
    var saga =
        Saga.define("s", String.class)
            .lock("account", in -> in)
            .lockWait(LockWait.none())
            .step(compensated("a"))
            .build();
    Row locked = row(saga, "@locks", Failure.LOCKED);

    assertThat(locked.end()).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(locked.compensated()).isEmpty();
    assertThat(failures(saga, "@locks"))
        .containsExactlyInAnyOrder(Failure.LOCKED, Failure.CANCELLED);
  }

  @Test
  void branchesAreCompensatedTogetherIfAskedFor() {
    var saga = Saga.define("s", String.class).step(group().compensatedTogether()).build();

    assertThat(row(saga, "b2", Failure.PERMANENT).compensated())
        .containsExactly(List.of("b1", "a"));
    assertThat(row(saga, "a", Failure.UNKNOWN).compensated())
        .containsExactly(List.of("a", "b2"), List.of("b1"));
    var inTurn = Saga.define("s", String.class).step(group()).build();
    assertEnd(row(inTurn, "a", Failure.UNKNOWN), "a", "b2", "b1");
  }

  @Test
  void aChoiceHasAWayToEachOfItsBranches() {
    var saga =
        Saga.define("s", String.class)
            .step(compensated("a"))
            .step(
                Step.choice("c", String.class, Done.class)
                    .on((in, r) -> true, Step.refuse("no", String.class, (in, results) -> "no"))
                    .on((in, r) -> true, compensated("one"))
                    .otherwise(compensated("two")))
            .pivot(local("p"))
            .build();

    assertEnd(row(saga, "c", Failure.THROWN), "a");
    assertEnd(row(saga, "no", Failure.DECIDED), "a");
    assertEnd(row(saga, "two", Failure.UNKNOWN), "two", "a");
    assertEnd(row(saga, "p", Failure.PERMANENT), "one", "a");
  }

  @Test
  void elementsAreCompensatedLastCompletedFirst() {
    var saga =
        Saga.define("s", String.class)
            .step(
                Step.forEach("each", String.class, String.class, (in, r) -> List.of(in))
                    .step(compensated("one")))
            .pivot(local("p"))
            .build();

    assertEnd(row(saga, "each/2/one", Failure.UNKNOWN), "each/2/one", "each/1/one");
    assertEnd(row(saga, "p", Failure.PERMANENT), "each/2/one", "each/1/one");
    assertEnd(row(saga, "each", Failure.THROWN));
  }

  @Test
  void aTryIsCancelledUntilThePivotHasSucceededAndConfirmedAfterwards() {
    var saga = Saga.define("s", String.class).step(tried("t")).pivot(local("p")).build();

    assertEnd(row(saga, "t", Failure.PERMANENT));
    assertEnd(row(saga, "t", Failure.UNKNOWN), "t");
    assertEnd(row(saga, "p", Failure.PERMANENT), "t");
    assertStuck(row(saga, "t", Failure.COMPENSATION_FAILED), "its compensation cannot succeed");
    assertStuck(row(saga, "t", Failure.CONFIRMATION_FAILED), "its confirmation cannot succeed");
  }

  @Test
  void workThatIsHandedOutAndNotCompletedIsCompensated() {
    var saga =
        Saga.define("s", String.class)
            .step(
                Step.named("a", String.class)
                    .async(String.class, (in, call) -> {})
                    .compensation((in, found, call) -> {}))
            .step(compensated("b"))
            .build();

    assertEnd(row(saga, "a", Failure.PERMANENT));
    assertEnd(row(saga, "a", Failure.PERMANENT_IN_DOUBT), "a");
    assertEnd(row(saga, "a", Failure.NOT_COMPLETED), "a");
    assertEnd(row(saga, "a", Failure.FAILED_BY_TOKEN));
    assertEnd(row(saga, "a", Failure.CANCELLED_IN_DOUBT), "a");
    assertEnd(row(saga, "b", Failure.UNKNOWN), "b", "a");
  }

  @Test
  void anotherSagaThatCompensatedOwesNothingAndAnyOtherIsCalledBack() {
    SagaDefinition<String, Done> child =
        Saga.define("c", String.class).step(compensated("x")).build();
    var saga =
        Saga.define("s", String.class)
            .step(compensated("a"))
            .step(Step.saga("child", String.class, child, (in, results) -> in))
            .pivot(local("p"))
            .step(Step.saga("late", String.class, child, (in, results) -> in).afterPivot())
            .build();

    assertEnd(row(saga, "child", Failure.THROWN), "a");
    assertEnd(row(saga, "child", Failure.CHILD_COMPENSATED), "a");
    assertEnd(row(saga, "child", Failure.CHILD_RESOLVED), "child", "a");
    assertEnd(row(saga, "child", Failure.CANCELLED), "a");
    assertEnd(row(saga, "child", Failure.CANCELLED_IN_DOUBT), "child", "a");
    assertEnd(row(saga, "p", Failure.PERMANENT), "child", "a");
    assertThat(failures(saga, "late"))
        .containsExactlyInAnyOrder(
            Failure.THROWN, Failure.CHILD_COMPENSATED, Failure.CHILD_RESOLVED, Failure.CHILD_STUCK);
  }

  @Test
  void aSagaWhoseResultCannotBeMadeIsStuck() {
    var body = Saga.define("s", String.class).step(compensated("a"));
    var saga = body.returning(String.class, (in, results) -> in);
    var refusing = body.step(Step.refuse("no", String.class, (in, results) -> "no"));

    assertStuck(row(saga, "", Failure.THROWN), "the saga has no result");
    assertThat(FailureMatrix.of(saga).markdown())
        .contains("| the saga's result | its function throws ");
    assertThat(failures(body.build(), "")).isEmpty();
    assertThat(failures(refusing.returning(String.class, (in, results) -> in), "")).isEmpty();
  }

  @Test
  void aHugeBudgetIsSpentAtOnce() {
    var saga =
        Saga.define("s", String.class)
            .step(
                remote("a")
                    .retry(TWICE.attemptsMax(Integer.MAX_VALUE - 1))
                    .compensation((in, done, call) -> {}))
            .build();

    assertEnd(row(saga, "a", Failure.UNKNOWN), "a");
  }

  private static ParallelGroup<String> group() {
    return Step.parallel(
        "group",
        compensated("a"),
        Step.sequence("seq", String.class).step(compensated("b1")).step(compensated("b2")).end());
  }

  private static SagaDefinition<String, Done> rich() {
    return Saga.define("fulfil-order", String.class)
        .deadline(Duration.ofDays(3))
        .step(local("create-order").compensation((in, done, tx) -> {}))
        .step(group().compensatedTogether())
        .step(
            Step.choice("approve", String.class, Object.class)
                .on((in, r) -> true, Step.refuse("reject", String.class, (in, results) -> "no"))
                .on(
                    (in, r) -> true,
                    Step.await("ask", APPROVAL).within(Duration.ofDays(2)).orCompensate())
                .otherwiseNothing())
        .step(
            Step.forEach("parcels", String.class, String.class, (in, r) -> List.of(in))
                .concurrency(4)
                .step(
                    Step.sequence("parcel", String.class)
                        .step(compensated("pack"))
                        .step(compensated("hand-over"))
                        .end()))
        .pivot(verified("charge-card").compensationIfUnknown((in, done, call) -> {}))
        .step(Step.parallel("tell", local("tell-customer").retry(TWICE), remote("tell-warehouse")))
        .step(Step.delay("cool-off", Duration.ofHours(1)))
        .build();
  }

  private static SagaDefinition<String, Done> pivoted(RemoteStep<String, Done> pivot) {
    return Saga.define("s", String.class)
        .step(compensated("a"))
        .pivot(pivot)
        .step(remote("t").retry(TWICE))
        .build();
  }

  static CompensatableStep<String, Done> compensated(String name) {
    return remote(name).compensation((in, done, call) -> {});
  }

  static CompensatableStep<String, Done> tried(String name) {
    return Step.named(name, String.class)
        .tryRemote(Done.class, (in, call) -> Done.DONE)
        .confirm((in, done, call) -> {})
        .cancel((in, done, call) -> {});
  }

  static RemoteStep<String, Done> verified(String name) {
    return remote(name).verify((in, call) -> Outcome.unknown());
  }

  static RemoteStep<String, Done> remote(String name) {
    return Step.named(name, String.class).remote((in, call) -> {});
  }

  static LocalStep<String, Done> local(String name) {
    return Step.named(name, String.class).local((in, tx) -> {});
  }

  static Row row(SagaDefinition<?, ?> definition, String step, Failure failure) {
    return FailureMatrix.of(definition).rows().stream()
        .filter(row -> row.step().equals(step) && row.failure() == failure)
        .findFirst()
        .orElseThrow();
  }

  static Set<Failure> failures(SagaDefinition<?, ?> definition, String step) {
    return FailureMatrix.of(definition).rows().stream()
        .filter(row -> row.step().equals(step))
        .map(Row::failure)
        .collect(Collectors.toSet());
  }

  static void assertEnd(Row row, String... compensated) {
    assertThat(row.end()).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(row.reason()).isEmpty();
    assertThat(row.compensated())
        .containsExactlyElementsOf(List.of(compensated).stream().map(List::of).toList());
  }

  static void assertGoesOn(Row row) {
    assertThat(row.end()).isEqualTo(SagaStatus.COMPLETED);
    assertThat(row.compensated()).isEmpty();
  }

  static void assertStuck(Row row, String reason) {
    assertThat(row.end()).isEqualTo(SagaStatus.STUCK);
    assertThat(row.reason()).isEqualTo(reason);
  }
}

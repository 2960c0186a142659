package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.local;
import static io.skald.saga.Fixtures.remote;
import static io.skald.saga.Fixtures.saga;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.step.AwaitDraft;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.Derivation;
import io.skald.saga.step.ForEachDraft;
import io.skald.saga.step.NeutralStep;
import io.skald.saga.step.ParallelGroup;
import io.skald.saga.step.Results;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Steps that hold other steps, wait or decide, as plans to read. */
class PartsTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Results NONE = Fixtures.results(Map.of());
  private static final Signal<Integer> VOTE = Signal.named("vote", Integer.class);

  @Test
  void aSequenceYieldsWhatItsLastStepYields() {
    var text = Step.sequence("q", String.class).step(compensated("a")).step(text("b")).end();
    var done = Step.sequence("q", String.class).step(text("b")).step(compensated("a")).end();

    assertThat(text.plan().resultType()).isEqualTo(String.class);
    assertThat(done.plan().resultType()).isEqualTo(Done.class);
    assertThat(names(text.plan())).containsExactly("a", "b");
  }

  @Test
  void aSequenceIsTheBeginningOfSeveral() {
    var beginning = Step.sequence("q", String.class).step(compensated("a"));
    var one = beginning.step(compensated("b")).end();
    var other = beginning.step(compensated("c")).step(compensated("d")).end();

    assertThat(names(one.plan())).containsExactly("a", "b");
    assertThat(names(other.plan())).containsExactly("a", "c", "d");
    assertThat(names(beginning.end().plan())).containsExactly("a");
  }

  @Test
  void aGroupIsCompensatedOneByOneUnlessItSaysTogether() {
    ParallelGroup<String> group = Step.parallel("g", compensated("a"), text("b"));
    var together = group.compensatedTogether();

    assertThat(group.plan().compensations()).isEqualTo(ParallelPlan.Compensations.ONE_BY_ONE);
    assertThat(together.plan().compensations()).isEqualTo(ParallelPlan.Compensations.TOGETHER);
    assertThat(together.as("h").from(String.class, (in, r) -> in).plan().compensations())
        .isEqualTo(ParallelPlan.Compensations.TOGETHER);
    assertThat(group.plan().resultType()).isEqualTo(Done.class);
    assertThat(names(group.plan())).containsExactly("a", "b");
  }

  @Test
  void aGroupMixesLocalRemoteAndNeutralSteps() {
    var before =
        Step.parallel("g", compensated("a"), remote("b").needsNoCompensation(), vote().orElse(0));
    var after = Step.parallel("h", local("c"), remote("d"), vote().orElse(0).as("e").afterPivot());
    var saga = saga().step(before).pivot(local("p")).step(after).build();

    assertThat(saga.steps()).extracting(PlacedStep::name).containsExactly("g", "p", "h");
    assertThat(saga.step("e")).map(PlacedStep::position).contains(Position.RETRIABLE);
    assertThat(saga.step("b")).map(PlacedStep::position).contains(Position.COMPENSATABLE);
  }

  @Test
  void aChoiceAsksItsCasesInOrderAndThenTakesTheOther() {
    var first = Step.choice("c", String.class, String.class).on((in, r) -> in.isEmpty(), text("a"));
    var choice = first.on((in, r) -> in.length() > 3, text("b")).otherwise(text("d"));

    assertThat(((ChoicePlan) choice.plan()).cases())
        .extracting(ChoicePlan.Case::step)
        .extracting(StepPlan::name)
        .containsExactly("a", "b");
    assertThat(names(choice.plan())).containsExactly("a", "b", "d");
    assertThat(names(first.otherwiseNothing().plan())).containsExactly("a");
    assertThat(((ChoicePlan) first.otherwiseNothing().plan()).otherwise()).isNull();
  }

  @Test
  void aChoiceYieldsTheTypeItWasGiven() {
    var list = new TypeRef<List<String>>() {};
    var texts = each().step(text("a"));
    var choice =
        Step.choice("c", String.class, list)
            .on((in, results) -> in.isEmpty(), texts)
            .otherwise(Step.refuse("no", String.class, (in, results) -> "too many: " + in));

    assertThat(choice.plan().resultType()).isEqualTo(list.type());
    assertThat(texts.plan().resultType()).isEqualTo(list.type());
  }

  @Test
  void aChoiceNobodyReadsTakesStepsOfAnyResult() {
    var choice =
        Step.choice("c", String.class, Object.class)
            .on((in, results) -> in.isEmpty(), text("a"))
            .on((in, results) -> in.isBlank(), vote().orCompensate())
            .otherwise(Step.delay("pause", HOUR));

    assertThat(names(choice.plan())).containsExactly("a", "vote", "pause");
  }

  @Test
  void aForEachYieldsAListOfWhatItsStepYields() {
    var lists = each().step(Step.forEach("in", String.class, String.class, list()).step(text("a")));

    assertThat(lists.plan().resultType())
        .isEqualTo(new TypeRef<List<List<String>>>() {}.type())
        .hasToString("java.util.List<java.util.List<java.lang.String>>");
  }

  @Test
  void aForEachTakesElementsOneByOneUnlessItSaysMore() {
    ForEachDraft<String, String> draft = each();
    var many = draft.concurrency(7).concurrency(ForEachPlan.CONCURRENCY_MAX);

    assertThat(concurrency(draft.step(local("a")))).isEqualTo(ForEachDraft.CONCURRENCY).isOne();
    assertThat(concurrency(many.step(compensated("a")))).isEqualTo(100);
  }

  @Test
  void aForEachTakesAListOfASubtype() throws Exception {
    List<Integer> numbers = List.of(1, 2);
    var step = Step.forEach("f", String.class, Number.class, (in, r) -> numbers);
    var plan = (ForEachPlan) step.step(number("n")).plan();

    assertThat(derive(plan.elements(), "x")).isEqualTo(numbers);
    assertThat(plan.elementType()).isEqualTo(Number.class);
  }

  @Test
  void aWaitSaysWhatSilenceMeans() {
    var plan = (AwaitPlan) vote().orElse(7).plan();

    assertThat(plan.silence()).isEqualTo(new AwaitPlan.Silence.Yields(7));
    assertThat(plan.within()).isEqualTo(HOUR);
    assertThat(plan.signal()).isSameAs(VOTE).hasToString("vote");
    assertThat(plan.resultType()).isEqualTo(Integer.class);
    assertThat(((AwaitPlan) vote().orCompensate().plan()).silence())
        .isEqualTo(new AwaitPlan.Silence.Fails());
  }

  @Test
  void aDelayEndsAfterATimeOrAtOne() throws Exception {
    var after = Step.delay("d", HOUR).plan();
    var until = Step.delayUntil("d", String.class, (in, results) -> Instant.parse(in)).plan();

    assertThat(after).isEqualTo(new DelayPlan("d", new DelayPlan.End.After(HOUR)));
    assertThat(after.resultType()).isEqualTo(Done.class);
    assertThat(derive(time(until), "2026-01-01T00:00:00Z"))
        .isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
  }

  @Test
  void aNeutralStepStandsOnBothSidesOfThePivot() {
    NeutralStep<Object, Done> pause = Step.delay("pause", HOUR);
    var saga =
        saga()
            .step(pause)
            .pivot(local("p"))
            .step(pause.as("later"))
            .step(Step.sequence("q", String.class).step(pause.as("last").afterPivot()).end())
            .build();

    assertThat(Stream.of("pause", "later", "last").map(name -> saga.step(name).orElseThrow()))
        .extracting(PlacedStep::position)
        .containsExactly(Position.COMPENSATABLE, Position.RETRIABLE, Position.RETRIABLE);
    assertThat(pause.afterPivot().plan()).isEqualTo(pause.plan());
  }

  @Test
  void aPartHasAnotherNameAndItsStepsKeepTheirs() {
    var parts =
        List.<Step<?, ?>>of(
            Step.parallel("x", compensated("a")).as("y"),
            Step.parallel("x", local("a")).as("y"),
            Step.sequence("x", String.class).step(local("a")).end().as("y"),
            Step.sequence("x", String.class).step(compensated("a")).end().as("y"),
            Step.forEach("x", String.class, String.class, list()).step(local("a")).as("y"),
            Step.choice("x", String.class, Done.class)
                .on((in, r) -> true, local("a"))
                .otherwiseNothing()
                .as("y"));

    assertThat(parts)
        .allSatisfy(
            part -> {
              assertThat(part.name()).isEqualTo("y");
              assertThat(names(part.plan())).containsExactly("a");
            });
    assertThat(vote().orCompensate().as("y").name()).isEqualTo("y");
    assertThat(Step.refuse("x", String.class, (in, r) -> in).as("y").name()).isEqualTo("y");
  }

  @Test
  void aGroupHandsItsInputOnToEveryStepInIt() throws Exception {
    var inner = Step.sequence("q", Number.class).step(number("b")).end();
    var group = Step.parallel("g", number("a"), inner).from(String.class, (in, r) -> in.length());
    var saga = saga().step(group).build();

    assertThat(input(saga, "a", "abc")).isEqualTo(3);
    assertThat(input(saga, "b", "abc")).isEqualTo(3);
    assertThat(input(saga().step(Step.parallel("g", ofLength("a"))).build(), "a", "ab"))
        .isEqualTo(2);
  }

  @Test
  void aChoiceHandsItsInputOnToItsConditionsAndBranches() throws Exception {
    var choice =
        Step.choice("c", Integer.class, Done.class)
            .on((number, r) -> number > 2, number("a"))
            .otherwise(number("b"))
            .from(String.class, (in, r) -> in.length());
    var saga = saga().step(choice).build();

    Derivation<?, Boolean> condition = ((ChoicePlan) choice.plan()).cases().getFirst().condition();
    assertThat(derive(condition, "abc")).isEqualTo(true);
    assertThat(derive(condition, "ab")).isEqualTo(false);
    assertThat(input(saga, "a", "abc")).isEqualTo(3);
    assertThat(input(saga, "b", "abc")).isEqualTo(3);
  }

  @Test
  void aForEachMakesItsListFromItsInputAndItsStepKeepsTheElement() throws Exception {
    var each =
        Step.forEach("f", Integer.class, Integer.class, (number, r) -> List.of(number, number + 1))
            .step(Step.named("n", Integer.class).local((number, tx) -> {}))
            .from(String.class, (in, r) -> in.length());
    var plan = (ForEachPlan) each.plan();

    assertThat(derive(plan.elements(), "abc")).isEqualTo(List.of(3, 4));
    assertThat(((TaskPlan) plan.step()).action().work().input()).isNull();
  }

  @Test
  void whatWaitsOrRefusesMakesItsTimeAndReasonFromItsInput() throws Exception {
    var until =
        Step.delayUntil("d", Long.class, (second, r) -> Instant.ofEpochSecond(second))
            .from(String.class, (in, r) -> Long.valueOf(in));
    var refusal =
        Step.<Integer, Done>refuse("no", Integer.class, (number, r) -> "only " + number)
            .from(String.class, (in, r) -> in.length());
    var vote = vote().orCompensate();

    assertThat(derive(time((DelayPlan) until.plan()), "9")).isEqualTo(Instant.ofEpochSecond(9));
    assertThat(derive(((RefusalPlan) refusal.plan()).reason(), "abc")).isEqualTo("only 3");
    assertThat(vote.from(String.class, (in, r) -> 1).plan()).isEqualTo(vote.plan());
  }

  @Test
  void aDefinitionKnowsItsStepsWhereverTheyStand() {
    var inner = Step.sequence("q", String.class).step(compensated("b")).step(text("c")).end();
    var saga = saga().step(compensated("a")).step(each().step(inner)).build();

    assertThat(saga.steps()).extracting(PlacedStep::name).containsExactly("a", "each");
    assertThat(saga.allSteps())
        .extracting(PlacedStep::name)
        .containsExactlyInAnyOrder("a", "each", "q", "b", "c");
    assertThat(saga.step("c")).map(step -> step.plan().resultType()).contains(String.class);
    assertThat(saga.stepAt("each/12/c"))
        .hasValueSatisfying(
            step -> {
              assertThat(step.path()).isEqualTo("each/12/c");
              assertThat(step.name()).isEqualTo("c");
              assertThat(step.position()).isEqualTo(Position.COMPENSATABLE);
            });
    assertThat(saga.stepAt("each/12/d")).isEmpty();
  }

  @Test
  void aDefinitionIsSequentialUnlessSomethingInItIsNot() {
    var one = each().step(compensated("a"));
    var two = each().concurrency(2).step(compensated("a"));
    var group = Step.parallel("g", compensated("b")).compensatedTogether();
    var held = Step.sequence("q", String.class).step(group).end();

    assertThat(saga().step(one).build().isSequential()).isTrue();
    assertThat(saga().step(two).build().isSequential()).isFalse();
    assertThat(saga().step(held).build().isSequential()).isFalse();
    assertThat(saga().step(held).build().isCompensatedTogether()).isTrue();
    assertThat(saga().step(two).build().isCompensatedTogether()).isFalse();
  }

  private static CompensatableStep<String, String> text(String name) {
    return Step.named(name, String.class).local(String.class, (in, tx) -> in).needsNoCompensation();
  }

  private static CompensatableStep<Number, Done> number(String name) {
    return Step.named(name, Number.class).local((in, tx) -> {}).needsNoCompensation();
  }

  private static CompensatableStep<String, Done> ofLength(String name) {
    return number(name).from(String.class, (in, results) -> in.length());
  }

  private static AwaitDraft.Within<Integer> vote() {
    return Step.await("vote", VOTE).within(HOUR);
  }

  private static ForEachDraft<String, String> each() {
    return Step.forEach("each", String.class, String.class, list());
  }

  private static Derivation<String, List<String>> list() {
    return (in, results) -> List.of(in);
  }

  private static int concurrency(Step<?, ?> each) {
    return ((ForEachPlan) each.plan()).concurrency();
  }

  private static Derivation<?, Instant> time(StepPlan delay) {
    return ((DelayPlan.End.At) ((DelayPlan) delay).end()).time();
  }

  private static List<String> names(StepPlan plan) {
    List<StepPlan> held =
        switch (plan) {
          case SequencePlan sequence -> sequence.steps();
          case ParallelPlan group -> group.branches();
          case ChoicePlan choice -> choice.branches();
          case ForEachPlan each -> List.of(each.step());
          case TaskPlan task -> List.of();
          case AwaitPlan await -> List.of();
          case ChildPlan child -> List.of();
          case DelayPlan delay -> List.of();
          case LockPlan locks -> List.of();
          case RefusalPlan refusal -> List.of();
        };
    return held.stream().map(StepPlan::name).toList();
  }

  private static Object input(SagaDefinition<String, ?> saga, String step, String input)
      throws Exception {
    return saga.step(step).orElseThrow().task().action().work().inputOf(input, NONE);
  }

  @SuppressWarnings("unchecked") // the test knows what it is made from
  private static <T> T derive(Derivation<?, T> derivation, String input) throws Exception {
    return Objects.requireNonNull(((Derivation<String, T>) derivation).from(input, NONE));
  }

  @Test
  void aTryMayHaveAGenericResult() {
    var list = new TypeRef<List<String>>() {};
    var step =
        Step.named("hold", String.class)
            .tryRemote(list, (in, call) -> List.of(in))
            .confirm((in, held, call) -> {})
            .cancel((in, held, call) -> {});

    assertThat(step.plan().resultType()).isEqualTo(list.type());
  }
}

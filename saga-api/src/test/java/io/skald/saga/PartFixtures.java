package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.saga;

import io.skald.saga.step.AwaitDraft;
import io.skald.saga.step.ChoiceDraft;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.Derivation;
import io.skald.saga.step.ForEachDraft;
import io.skald.saga.step.NeutralStep;
import io.skald.saga.step.ParallelGroup;
import io.skald.saga.step.RetriablePart;
import io.skald.saga.step.SequenceDraft;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Steps that hold other steps, wait or decide, for the tests of this module. */
final class PartFixtures {
  static final Duration DAY = Duration.ofDays(1);

  private PartFixtures() {}

  static SagaHead<String> limited() {
    return saga().deadline(DAY);
  }

  static SagaBody<String> manyInAGroup(int branches) {
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made
    Compensatable<String, Done>[] steps = new Compensatable[branches];
    Arrays.setAll(steps, at -> compensated("s" + (at + 1)));
    return saga().step(Step.parallel("g", steps));
  }

  static CompensatableStep<String, Done> b() {
    return compensated("b");
  }

  static NeutralStep<Object, Done> pause() {
    return Step.delay("pause", DAY);
  }

  static NeutralStep<Object, Done> half(String name) {
    return Step.delay(name, DAY.dividedBy(2));
  }

  static <R> CompensatablePart<String, R> refusal(String name) {
    return Step.refuse(name, String.class, (in, results) -> "no");
  }

  static Signal<String> approval() {
    return Signal.named("approval", String.class);
  }

  static AwaitDraft.Within<String> waiting(String name) {
    return Step.await(name, approval()).within(DAY);
  }

  static Derivation<String, List<String>> list() {
    return (in, results) -> List.of(in);
  }

  static ChoiceDraft<String, Done> emptyChoice() {
    return Step.choice("choice", String.class, Done.class);
  }

  static ChoiceDraft.Before<String, Done> choice(Compensatable<? super String, Done> step) {
    return emptyChoice().on((in, results) -> in.isEmpty(), step);
  }

  static RetriablePart<String, Done> tailChoice(Retriable<? super String, Done> step) {
    return emptyChoice().on((in, results) -> in.isEmpty(), step).otherwiseNothing();
  }

  static CompensatableStep<String, String> text(String name) {
    return Step.named(name, String.class).local(String.class, (in, tx) -> in).needsNoCompensation();
  }

  /** A choice of a text, or of nothing. */
  static CompensatablePart<String, String> maybeText() {
    return Step.choice("choice", String.class, String.class)
        .on((in, results) -> in.isEmpty(), text("text"))
        .otherwiseNothing();
  }

  static SequenceDraft.Before<String, Done> sequence(Compensatable<? super String, Done> step) {
    return Step.sequence("sequence", String.class).step(step);
  }

  static RetriablePart<String, Done> tailSequence(Retriable<? super String, Done> step) {
    return Step.sequence("sequence", String.class).step(step).end();
  }

  static ParallelGroup<String> group() {
    return Step.parallel("g", compensated("a"));
  }

  static RetriablePart<String, Done> tailGroup(Retriable<? super String, Done> branch) {
    return Step.parallel("g", branch);
  }

  static ForEachDraft<String, String> each() {
    return Step.forEach("each", String.class, String.class, list());
  }

  static CompensatablePart<String, ?> eachBody(Compensatable<? super String, ?> step) {
    return each().step(step);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made
  static Retriable<String, Done>[] noTails() {
    return new Retriable[0];
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made
  static Compensatable<String, Done>[] noBodies() {
    return new Compensatable[0];
  }
}

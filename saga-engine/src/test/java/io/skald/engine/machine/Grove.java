package io.skald.engine.machine;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaBody;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Every tree that is explored, and the sagas that are made of them. */
final class Grove {
  private static final Duration DEADLINE = Duration.ofHours(1);
  private static final Duration KEPT = Duration.ofMinutes(20);
  private static final List<List<Tree>> LEAVES =
      List.of(
          List.of(Tree.Leaf.REMOTE, Tree.Leaf.LOCAL, Tree.Leaf.REMOTE),
          List.of(Tree.Leaf.REFUSAL, Tree.Leaf.REMOTE, Tree.Leaf.ONCE),
          List.of(Tree.Leaf.LOCAL, Tree.Leaf.VERIFIED, Tree.Leaf.LOCAL),
          List.of(Tree.Leaf.DELAY, Tree.Leaf.REMOTE, Tree.Leaf.AWAIT_OR_ELSE),
          List.of(Tree.Leaf.AWAIT_OR_COMPENSATE, Tree.Leaf.LOCAL, Tree.Leaf.REMOTE),
          List.of(Tree.Leaf.REMOTE, Tree.Leaf.REFUSAL, Tree.Leaf.DELAY_UNTIL),
          List.of(Tree.Leaf.ONCE, Tree.Leaf.AWAIT_OR_ELSE, Tree.Leaf.LOCAL));

  /** Each errand inside, and beside, what others there are. */
  private static final List<List<Tree>> ERRANDS =
      List.of(
          List.of(Errand.TRY, Tree.Leaf.REMOTE, Tree.Leaf.LOCAL),
          List.of(Errand.HANDED_OUT, Tree.Leaf.LOCAL, Tree.Leaf.REMOTE),
          List.of(Errand.CHILD, Tree.Leaf.REMOTE, Tree.Leaf.LOCAL),
          List.of(Tree.Leaf.LOCAL, Errand.CHILD, Tree.Leaf.REMOTE),
          List.of(Tree.Leaf.LOCAL, Tree.Leaf.REFUSAL, Errand.TRY),
          List.of(Tree.Leaf.REMOTE, Tree.Leaf.LOCAL, Errand.CHILD),
          List.of(Errand.HANDED_OUT_ALIVE, Tree.Leaf.LOCAL, Errand.TRY));

  /** Each policy inside, and beside, what others there are. */
  private static final List<List<Tree>> POLICIES =
      List.of(
          List.of(Policy.GO_ON, Tree.Leaf.LOCAL, Tree.Leaf.REMOTE),
          List.of(Policy.ASK, Tree.Leaf.REMOTE, Tree.Leaf.LOCAL),
          List.of(Policy.GO_ON_LOCALLY, Policy.SKIP, Tree.Leaf.REMOTE),
          List.of(Tree.Leaf.REMOTE, Policy.ASK_LOCALLY, Policy.GO_ON_VERIFIED),
          List.of(Policy.SKIP_LOCALLY, Tree.Leaf.REFUSAL, Policy.COMPENSATE),
          List.of(Policy.SKIP_TRY, Tree.Leaf.LOCAL, Policy.ASK),
          List.of(Policy.GO_ON_HANDED_OUT, Tree.Leaf.LOCAL, Policy.ASK_HANDED_OUT));

  private Grove() {}

  /** Each leaf alone, and each holder over each leaf or each two of them. */
  static List<Tree> oneDeep() {
    return oneDeep(List.of(Tree.Leaf.values()), List.of(Tree.Leaf.values()));
  }

  /** Each errand alone, and each holder over each errand, beside each other one and plain steps. */
  static List<Tree> errands() {
    return oneDeep(
        List.of(Errand.values()),
        List.of(Errand.TRY, Errand.HANDED_OUT, Errand.CHILD, Tree.Leaf.REMOTE, Tree.Leaf.LOCAL));
  }

  /** Each policy alone, and each holder over each policy, beside plain steps. */
  static List<Tree> policies() {
    return oneDeep(
        List.of(Policy.values()), List.of(Tree.Leaf.REMOTE, Tree.Leaf.LOCAL, Tree.Leaf.REFUSAL));
  }

  /** Those in which one step simply follows another. */
  static List<Tree> sequences(List<Tree> trees) {
    return trees.stream()
        .filter(
            tree -> tree instanceof Tree.Branch branch && branch.holder() == Tree.Holder.SEQUENCE)
        .toList();
  }

  private static List<Tree> oneDeep(List<Tree> leaves, List<Tree> companions) {
    var trees = new ArrayList<Tree>(leaves);
    for (Tree.Holder holder : Tree.Holder.values()) {
      for (Tree first : leaves) {
        if (holder.room() == 1) {
          trees.add(new Tree.Branch(holder, first));
        } else {
          companions.forEach(second -> trees.add(new Tree.Branch(holder, first, second)));
        }
      }
    }
    return trees;
  }

  /** Each leaf alone, beside a remote step and in a list, and each holder over remote steps. */
  static List<Tree> small() {
    var trees = new ArrayList<Tree>(List.of(Tree.Leaf.values()));
    for (Tree.Leaf leaf : Tree.Leaf.values()) {
      trees.add(new Tree.Branch(Tree.Holder.GROUP, leaf, Tree.Leaf.REMOTE));
      trees.add(new Tree.Branch(Tree.Holder.EACH_BY_2, leaf));
    }
    for (Tree.Holder holder : Tree.Holder.values()) {
      trees.add(
          new Tree.Branch(holder, Collections.nCopies(holder.room(), (Tree) Tree.Leaf.REMOTE)));
    }
    return trees;
  }

  /** Whether the step may wait for two signals. */
  static boolean isAwaitingTwice(Tree tree) {
    return tree instanceof Tree.Branch branch
        && branch.held().stream().allMatch(Grove::isAwaiting)
        && branch.holder() != Tree.Holder.CHOICE
        && branch.holder() != Tree.Holder.PERHAPS;
  }

  private static boolean isAwaiting(Tree tree) {
    return tree == Tree.Leaf.AWAIT_OR_COMPENSATE || tree == Tree.Leaf.AWAIT_OR_ELSE;
  }

  /** Each holder over each holder, at each place, with some leaves of every kind. */
  static List<Tree> twoDeep() {
    return twoDeep(LEAVES);
  }

  /** Each holder over each holder, at each place, with some errands of every kind. */
  static List<Tree> nestedErrands() {
    return twoDeep(ERRANDS);
  }

  /** Each holder over each holder, at each place, with some policies of every kind. */
  static List<Tree> nestedPolicies() {
    return twoDeep(POLICIES);
  }

  private static List<Tree> twoDeep(List<List<Tree>> leaves) {
    var trees = new ArrayList<Tree>();
    for (Tree.Holder outer : Tree.Holder.values()) {
      for (Tree.Holder inner : Tree.Holder.values()) {
        leaves.forEach(three -> trees.addAll(nested(outer, inner, three)));
      }
    }
    return trees;
  }

  private static List<Tree> nested(Tree.Holder outer, Tree.Holder inner, List<Tree> leaves) {
    Tree held =
        inner.room() == 1
            ? new Tree.Branch(inner, leaves.get(0))
            : new Tree.Branch(inner, leaves.get(0), leaves.get(1));
    Tree beside = leaves.get(2);
    return outer.room() == 1
        ? List.of(new Tree.Branch(outer, held))
        : List.of(new Tree.Branch(outer, held, beside), new Tree.Branch(outer, beside, held));
  }

  /** A saga with that step before its pivot, which may fail. */
  static SagaDefinition<String, Done> before(Tree tree) {
    return Saga.define("before." + tree, String.class)
        .step(StepKind.LOCAL.compensatable("first"))
        .step(tree.before(names()))
        .pivot(StepKind.PIVOT_LOCAL.retriable("pivot"))
        .build();
  }

  /** A saga with that step before its pivot, and a share of its deadline kept. */
  static SagaDefinition<String, Done> sparingBefore(Tree tree) {
    return sparing("before." + tree)
        .step(tree.before(names()))
        .pivot(StepKind.PIVOT_LOCAL.retriable("pivot"))
        .build();
  }

  /** A saga with that step after its pivot, and a share of its deadline kept. */
  static SagaDefinition<String, Done> sparingAfter(Tree tree) {
    return sparing("after." + tree)
        .pivot(StepKind.PIVOT_LOCAL.retriable("pivot"))
        .step(tree.after(names()))
        .build();
  }

  /** A saga that is that step, without a pivot, and a share of its deadline kept. */
  static SagaDefinition<String, Done> sparingAlone(Tree tree) {
    return sparing("alone." + tree).step(tree.before(names())).build();
  }

  private static SagaBody<String> sparing(String name) {
    return Saga.define("sparing." + name, String.class)
        .deadline(DEADLINE)
        .keptForCompensation(KEPT)
        .step(StepKind.LOCAL.compensatable("first"));
  }

  /** A saga that is that step alone, without a pivot. */
  static SagaDefinition<String, Done> alone(Tree tree) {
    return Saga.define("alone." + tree, String.class).step(tree.before(names())).build();
  }

  /** A saga with that step after its pivot. */
  static SagaDefinition<String, Done> after(Tree tree) {
    return Saga.define("after." + tree, String.class)
        .pivot(StepKind.PIVOT_LOCAL.retriable("pivot"))
        .step(tree.after(names()))
        .step(StepKind.TAIL_LOCAL.retriable("last"))
        .build();
  }

  /** A saga with that step after its pivot, and a try before it. */
  static SagaDefinition<String, Done> afterTry(Tree tree) {
    return Saga.define("try." + tree, String.class)
        .step(Errand.tried("try"))
        .pivot(StepKind.PIVOT_LOCAL.retriable("pivot"))
        .step(tree.after(names()))
        .build();
  }

  /** Sagas whose pivot says what spent attempts mean. */
  static List<SagaDefinition<String, Done>> policyPivots() {
    return Policy.pivots().stream()
        .map(
            pivot ->
                Saga.define("pivot", String.class)
                    .step(StepKind.REMOTE.compensatable("first"))
                    .step(Errand.tried("try"))
                    .pivot(pivot)
                    .step(StepKind.TAIL_REMOTE.retriable("last"))
                    .build())
        .toList();
  }

  /** Sagas whose pivot is a choice, or a choice of choices. */
  static List<SagaDefinition<String, Done>> chosenPivots() {
    var pivots =
        List.of(
            StepKind.PIVOT_LOCAL,
            StepKind.PIVOT_VERIFIED,
            StepKind.PIVOT_IF_UNKNOWN,
            StepKind.PIVOT_ONCE);
    return pivots.stream()
        .flatMap(one -> pivots.stream().map(other -> chosenPivot(one, other)))
        .toList();
  }

  private static SagaDefinition<String, Done> chosenPivot(StepKind one, StepKind other) {
    var inner =
        Step.choice("inner", String.class, Done.class)
            .on((in, results) -> true, other.retriable("other"))
            .otherwiseNothing();
    return Saga.define("pivot." + one + "." + other, String.class)
        .step(Step.parallel("group", StepKind.REMOTE.compensatable("first")))
        .pivot(
            Step.choice("pivot", String.class, Done.class)
                .on((in, results) -> true, one.retriable("one"))
                .otherwise(inner))
        .step(StepKind.TAIL_LOCAL.retriable("last"))
        .build();
  }

  private static Supplier<String> names() {
    var count = new AtomicInteger();
    return () -> "s" + count.getAndIncrement();
  }
}

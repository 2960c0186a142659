package io.skald.engine.machine;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Every tree that is explored, and the sagas that are made of them. */
final class Grove {
  private static final List<List<Tree.Leaf>> LEAVES =
      List.of(
          List.of(Tree.Leaf.REMOTE, Tree.Leaf.LOCAL, Tree.Leaf.REMOTE),
          List.of(Tree.Leaf.REFUSAL, Tree.Leaf.REMOTE, Tree.Leaf.ONCE),
          List.of(Tree.Leaf.LOCAL, Tree.Leaf.VERIFIED, Tree.Leaf.LOCAL),
          List.of(Tree.Leaf.DELAY, Tree.Leaf.REMOTE, Tree.Leaf.AWAIT_OR_ELSE),
          List.of(Tree.Leaf.AWAIT_OR_COMPENSATE, Tree.Leaf.LOCAL, Tree.Leaf.REMOTE),
          List.of(Tree.Leaf.REMOTE, Tree.Leaf.REFUSAL, Tree.Leaf.DELAY_UNTIL),
          List.of(Tree.Leaf.ONCE, Tree.Leaf.AWAIT_OR_ELSE, Tree.Leaf.LOCAL));

  private Grove() {}

  /** Each leaf alone, and each holder over each leaf or each two of them. */
  static List<Tree> oneDeep() {
    var trees = new ArrayList<Tree>(List.of(Tree.Leaf.values()));
    for (Tree.Holder holder : Tree.Holder.values()) {
      for (Tree.Leaf first : Tree.Leaf.values()) {
        if (holder.room() == 1) {
          trees.add(new Tree.Branch(holder, first));
        } else {
          Stream.of(Tree.Leaf.values())
              .forEach(second -> trees.add(new Tree.Branch(holder, first, second)));
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
    var trees = new ArrayList<Tree>();
    for (Tree.Holder outer : Tree.Holder.values()) {
      for (Tree.Holder inner : Tree.Holder.values()) {
        for (List<Tree.Leaf> leaves : LEAVES) {
          trees.addAll(nested(outer, inner, leaves));
        }
      }
    }
    return trees;
  }

  private static List<Tree> nested(Tree.Holder outer, Tree.Holder inner, List<Tree.Leaf> leaves) {
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

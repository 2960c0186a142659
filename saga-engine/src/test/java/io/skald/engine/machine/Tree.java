package io.skald.engine.machine;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Retriable;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.NeutralStep;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A step that may hold others, as a value: it can be made for either side of the pivot. */
sealed interface Tree permits Tree.Leaf, Tree.Branch, Errand, Policy {
  /** What every wait waits for. */
  Signal<String> SIGNAL = Signal.named("signal", String.class);

  /** The step before the pivot; each name is used once. */
  Compensatable<? super String, ?> before(Supplier<String> names);

  /** The step at or after the pivot; each name is used once. */
  Retriable<? super String, ?> after(Supplier<String> names);

  /** Whether there is such a step at or after the pivot. */
  boolean isRetriable();

  /** A step that holds no other. */
  enum Leaf implements Tree {
    LOCAL,
    REMOTE,
    VERIFIED,
    ONCE,
    DELAY,
    DELAY_UNTIL,
    AWAIT_OR_COMPENSATE,
    AWAIT_OR_ELSE,
    REFUSAL;

    @Override
    public Compensatable<? super String, ?> before(Supplier<String> names) {
      String name = names.get();
      return switch (this) {
        case LOCAL -> StepKind.LOCAL.compensatable(name);
        case REMOTE -> StepKind.REMOTE.compensatable(name);
        case VERIFIED -> StepKind.REMOTE_VERIFIED.compensatable(name);
        case ONCE -> StepKind.REMOTE_ONCE.compensatable(name);
        case DELAY, DELAY_UNTIL, AWAIT_OR_ELSE -> neutral(name);
        case AWAIT_OR_COMPENSATE ->
            Step.await(name, SIGNAL).within(Duration.ofMinutes(5)).orCompensate();
        case REFUSAL ->
            // on its own it would make what follows a dead end
            Step.choice(name, String.class, Done.class)
                .on(
                    (in, results) -> true,
                    Step.refuse(names.get(), String.class, (in, results) -> "no"))
                .otherwiseNothing();
      };
    }

    @Override
    public Retriable<? super String, ?> after(Supplier<String> names) {
      String name = names.get();
      return switch (this) {
        case LOCAL -> StepKind.TAIL_LOCAL.retriable(name);
        case REMOTE -> StepKind.TAIL_REMOTE.retriable(name);
        case VERIFIED -> StepKind.TAIL_VERIFIED.retriable(name);
        case ONCE -> StepKind.TAIL_ONCE.retriable(name);
        case DELAY, DELAY_UNTIL, AWAIT_OR_ELSE -> neutral(name).afterPivot();
        case AWAIT_OR_COMPENSATE, REFUSAL ->
            throw new IllegalStateException(this + " stands before the pivot");
      };
    }

    private NeutralStep<? super String, ?> neutral(String name) {
      return switch (this) {
        case DELAY -> Step.delay(name, Duration.ofMinutes(1));
        case DELAY_UNTIL -> Step.delayUntil(name, String.class, (in, results) -> Instant.EPOCH);
        case AWAIT_OR_ELSE -> Step.await(name, SIGNAL).within(Duration.ofMinutes(5)).orElse("");
        case LOCAL, REMOTE, VERIFIED, ONCE, AWAIT_OR_COMPENSATE, REFUSAL ->
            throw new IllegalStateException(this + " stands on one side of the pivot");
      };
    }

    @Override
    public boolean isRetriable() {
      return this != AWAIT_OR_COMPENSATE && this != REFUSAL;
    }
  }

  /** How a step holds others. */
  enum Holder {
    SEQUENCE(2),
    GROUP(2),
    TOGETHER(2),
    CHOICE(2),
    PERHAPS(1),
    EACH_BY_1(1),
    EACH_BY_2(1),
    EACH_BY_3(1);

    private final int room;

    Holder(int room) {
      this.room = room;
    }

    /** How many steps it holds. */
    int room() {
      return room;
    }

    private int concurrency() {
      return ordinal() - EACH_BY_1.ordinal() + 1;
    }
  }

  /**
   * A step that holds others.
   *
   * @param holder how
   * @param held the others
   */
  record Branch(Holder holder, List<Tree> held) implements Tree {
    Branch(Holder holder, Tree... held) {
      this(holder, List.of(held));
    }

    @Override
    @SuppressWarnings("unchecked") // nobody looks at the results
    public Compensatable<? super String, ?> before(Supplier<String> names) {
      String name = names.get();
      var first = held.getFirst().before(names);
      return switch (holder) {
        case SEQUENCE ->
            Step.sequence(name, String.class).step(first).step(last().before(names)).end();
        case GROUP -> Step.parallel(name, first, last().before(names));
        case TOGETHER -> Step.parallel(name, first, last().before(names)).compensatedTogether();
        case CHOICE ->
            Step.choice(name, String.class, Object.class)
                .on((in, results) -> true, first)
                .otherwise(last().before(names));
        case PERHAPS ->
            Step.choice(name, String.class, Done.class)
                .on((in, results) -> true, (Compensatable<? super String, Done>) first)
                .otherwiseNothing();
        case EACH_BY_1, EACH_BY_2, EACH_BY_3 ->
            Step.forEach(name, String.class, String.class, (in, results) -> List.of())
                .concurrency(holder.concurrency())
                .step(first);
      };
    }

    @Override
    @SuppressWarnings("unchecked") // nobody looks at the results
    public Retriable<? super String, ?> after(Supplier<String> names) {
      String name = names.get();
      var first = held.getFirst().after(names);
      return switch (holder) {
        case SEQUENCE ->
            Step.sequence(name, String.class).step(first).step(last().after(names)).end();
        case GROUP -> Step.parallel(name, first, last().after(names));
        case TOGETHER -> throw new IllegalStateException("nothing to compensate after the pivot");
        case CHOICE ->
            Step.choice(name, String.class, Object.class)
                .on((in, results) -> true, first)
                .otherwise(last().after(names));
        case PERHAPS ->
            Step.choice(name, String.class, Done.class)
                .on((in, results) -> true, (Retriable<? super String, Done>) first)
                .otherwiseNothing();
        case EACH_BY_1, EACH_BY_2, EACH_BY_3 ->
            Step.forEach(name, String.class, String.class, (in, results) -> List.of())
                .concurrency(holder.concurrency())
                .step(first);
      };
    }

    private Tree last() {
      return held.getLast();
    }

    @Override
    public boolean isRetriable() {
      return holder != Holder.TOGETHER && held.stream().allMatch(Tree::isRetriable);
    }

    @Override
    public String toString() {
      return held.stream().map(Tree::toString).collect(Collectors.joining(".", holder + ".", ""));
    }
  }
}

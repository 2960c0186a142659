package io.skald.saga.definition;

import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;

/** A step as a value to read: one task, or a construct that holds other steps, waits or decides. */
public sealed interface StepPlan
    permits TaskPlan,
        SequencePlan,
        ParallelPlan,
        ChoicePlan,
        ForEachPlan,
        RefusalPlan,
        DelayPlan,
        AwaitPlan,
        ChildPlan,
        LockPlan {

  /** The step's name, unique in its saga. */
  String name();

  /** The type of its result. */
  Type resultType();

  /** This step under another name; the steps it holds keep theirs. */
  StepPlan withName(String other);

  /**
   * This step with everything in it that takes its saga's input taking it from {@code derivation}.
   */
  StepPlan from(Derivation<?, ?> derivation);
}

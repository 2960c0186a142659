package io.skald.saga.definition;

import java.lang.reflect.Type;

/** A step as a value to read. */
public sealed interface StepPlan permits TaskPlan {

  /** The step's name, unique in its saga. */
  String name();

  /** The type of its result. */
  Type resultType();
}

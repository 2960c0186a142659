package io.skald.saga;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.lang.reflect.Type;
import java.util.Optional;

/**
 * A step of two versions: what is recorded of it under one has to mean the same under the other.
 *
 * @param plan the migration
 * @param old the step in its source
 * @param now the step in its target
 */
record SameStep(MigrationPlan plan, PlacedStep old, PlacedStep now) {

  /** Refuses what is not the same. */
  void check() {
    if (!plan.pathOf(old.path()).equals(now.path())) {
      throw another("stands in another forEach");
    }
    if (!old.plan().getClass().equals(now.plan().getClass())) {
      throw another("is of another kind");
    }
    if (old.plan() instanceof TaskPlan was && now.plan() instanceof TaskPlan is) {
      checkSameTask(was, is);
    }
    if (old.plan() instanceof AwaitPlan was
        && now.plan() instanceof AwaitPlan is
        && !was.signal().name().equals(is.signal().name())) {
      throw another("awaits another signal");
    }
    if (old.plan() instanceof ChildPlan was
        && now.plan() instanceof ChildPlan is
        && !was.child().name().equals(is.child().name())) {
      throw another("starts another saga");
    }
    checkTypes();
  }

  private void checkSameTask(TaskPlan was, TaskPlan is) {
    if (!kind(was.action()).equals(kind(is.action()))) {
      throw another("is " + kind(is.action()) + ", not " + kind(was.action()));
    }
    if ((was.confirmation() == null) != (is.confirmation() == null)) {
      throw another("is confirmed in one of them");
    }
    if (!(was.compensation() instanceof CompensationPlan.None)
        && is.compensation() instanceof CompensationPlan.None) {
      throw another("is not compensated any more");
    }
  }

  private static String kind(ActionPlan action) {
    return switch (action) {
      case ActionPlan.Local local -> "local";
      case ActionPlan.Remote remote -> "remote";
      case ActionPlan.Async async -> "asynchronous";
    };
  }

  private SagaDefinitionException another(String why) {
    return refused(
        ("step %s of %s %s: it is another step (expected: another name for it, and retired(%s) or"
                + " dropped(..) for the one of %s)")
            .formatted(now.name(), after(), why, old.name(), before()));
  }

  private void checkTypes() {
    Optional<Type> was = recordedType(old.plan());
    Optional<Type> is = recordedType(now.plan());
    if (!was.equals(is) && plan.upcasts().ofResult(now.name()).isEmpty()) {
      throw refused(
          ("step %s answers a %s in %s and a %s in %s (expected: result(%s, ..) with what makes one"
                  + " of the other)")
              .formatted(
                  now.name(),
                  was.map(Type::getTypeName).orElse(""),
                  before(),
                  is.map(Type::getTypeName).orElse(""),
                  after(),
                  now.name()));
    }
  }

  /** The type of what is stored with its record; empty where nothing is but a decision. */
  private static Optional<Type> recordedType(StepPlan plan) {
    return switch (plan) {
      case ChoicePlan choice -> Optional.empty();
      case ForEachPlan each -> Optional.of(each.elementType());
      case StepPlan other -> Optional.of(other.resultType());
    };
  }

  private String before() {
    return "version " + plan.source().version();
  }

  private String after() {
    return "version " + plan.target().version();
  }

  private SagaDefinitionException refused(String why) {
    return plan.refused(now.name(), why);
  }
}

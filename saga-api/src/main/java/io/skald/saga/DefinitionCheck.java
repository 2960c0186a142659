package io.skald.saga;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.error.SagaDefinitionException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;

/**
 * Refuses definitions that compile and still make no sense, with a message that says what to do.
 */
final class DefinitionCheck {
  private final DefinitionDraft<?> draft;

  private DefinitionCheck(DefinitionDraft<?> draft) {
    this.draft = draft;
  }

  static void check(DefinitionDraft<?> draft) {
    new DefinitionCheck(draft).check();
  }

  private void check() {
    List<PlacedStep> all = draft.all().toList();
    checkNumber(all);
    checkNames(all);
    checkSignals(all);
    draft.steps().forEach(this::checkPlace);
    draft.retired().forEach(this::checkRetired);
    checkReach(draft.steps().stream().map(PlacedStep::plan).toList());
    DeadlineCheck.check(draft, all);
    PolicyCheck.check(draft.name(), all);
    LockCheck.check(draft.name(), all);
    all.forEach(step -> checkWithin(step.plan()));
  }

  private void checkNumber(List<PlacedStep> all) {
    if (all.size() > SagaDefinition.STEPS_MAX) {
      throw refused(
          all.get(SagaDefinition.STEPS_MAX).plan(),
          ("is one too many: there are %d steps, those that others hold included (expected: <= %d);"
                  + " make a forEach of what is repeated, or two sagas of this one")
              .formatted(all.size(), SagaDefinition.STEPS_MAX));
    }
  }

  private void checkNames(List<PlacedStep> all) {
    var names = new HashSet<String>();
    for (PlacedStep step : all) {
      if (!names.add(step.name())) {
        throw refused(step.plan(), "stands there twice; give one another name with as(..)");
      }
    }
  }

  private void checkSignals(List<PlacedStep> all) {
    var first = new HashMap<String, AwaitPlan>();
    for (PlacedStep step : all) {
      if (step.plan() instanceof AwaitPlan await) {
        Signal<?> signal = await.signal();
        AwaitPlan other = first.putIfAbsent(signal.name(), await);
        if (other != null && !other.signal().type().equals(signal.type())) {
          throw refused(
              await,
              ("awaits signal %s as %s, and step %s awaits it as %s; give one of the signals"
                      + " another name")
                  .formatted(
                      signal.name(),
                      signal.type().getTypeName(),
                      other.name(),
                      other.signal().type().getTypeName()));
        }
      }
    }
  }

  /** What follows a step that always refuses is never done. */
  private void checkReach(List<StepPlan> steps) {
    for (int at = 1; at < steps.size(); at++) {
      StepPlan next = steps.get(at);
      DeadEnd.in(steps.get(at - 1))
          .ifPresent(
              plan -> {
                throw refused(
                    plan,
                    ("always refuses, and step %s after it is never reached; make it a case of"
                            + " a choice, at the end of its branch")
                        .formatted(next.name()));
              });
    }
  }

  private void checkWithin(StepPlan plan) {
    switch (plan) {
      case SequencePlan sequence -> checkReach(sequence.steps());
      case ForEachPlan each -> checkElements(each);
      case TaskPlan task -> {}
      case ParallelPlan group -> {}
      case ChoicePlan choice -> {}
      case RefusalPlan refusal -> {}
      case DelayPlan delay -> {}
      case LockPlan locks -> {}
      case AwaitPlan await -> {}
      case ChildPlan child -> {}
    }
  }

  /** A list of results has no gaps. */
  private void checkElements(ForEachPlan each) {
    OpenChoice.in(each.step())
        .ifPresent(
            choice -> {
              throw refused(
                  choice,
                  ("has no result when no case holds, and forEach %s has one for each element;"
                          + " give the choice an otherwise(..), or Done for a result")
                      .formatted(each.name()));
            });
  }

  /** It is there to be compensated, and for nothing else. */
  private void checkRetired(PlacedStep step) {
    if (!(step.plan() instanceof TaskPlan task)
        || task.compensation() instanceof CompensationPlan.None) {
      throw refused(
          step.plan(), "is retired and has no compensation; have a migration drop it instead");
    }
  }

  private void checkPlace(PlacedStep step) {
    switch (step.position()) {
      case COMPENSATABLE -> Outline.of(step).map(PlacedStep::plan).forEach(this::checkChild);
      case PIVOT -> checkPivot(step.plan());
      case RETRIABLE -> Outline.of(step).map(PlacedStep::plan).forEach(this::checkTail);
    }
  }

  /** What stands before the pivot may have to be taken back. */
  private void checkChild(StepPlan plan) {
    if (plan instanceof ChildPlan child
        && (child.child().pivot().isPresent() || child.child().hasConfirmations())) {
      throw refused(
          child,
          "stands before the pivot, and saga %s has a pivot or a TCC step of its own, after which it"
                  .formatted(child.child().name())
              + " cannot be taken back; put the step after the pivot with afterPivot()");
    }
  }

  private void checkTail(StepPlan plan) {
    if (plan instanceof TaskPlan task && !(task.compensation() instanceof CompensationPlan.None)) {
      throw refused(task, "follows the pivot and is never compensated; drop its compensation");
    }
  }

  /** The pivot is one action, though which one may be left to a choice. */
  private void checkPivot(StepPlan plan) {
    switch (plan) {
      case TaskPlan task -> checkSettled(task);
      case ChoicePlan choice -> choice.branches().forEach(this::checkPivot);
      case SequencePlan sequence -> throw noPivot(sequence, "a sequence");
      case ParallelPlan group -> throw noPivot(group, "a parallel group");
      case ForEachPlan each -> throw noPivot(each, "a forEach");
      case DelayPlan delay -> throw noPivot(delay, "a delay");
      case LockPlan locks -> throw noPivot(locks, "a lock");
      case AwaitPlan await -> throw noPivot(await, "a wait for a signal");
      case RefusalPlan refusal -> throw noPivot(refusal, "a refusal");
      case ChildPlan child -> throw noPivot(child, "a sub-saga");
    }
  }

  private SagaDefinitionException noPivot(StepPlan plan, String kind) {
    return refused(
        plan,
        "is %s and cannot be the pivot, which is the one action of no return; put it before or after"
                .formatted(kind)
            + " the pivot, and make one local or remote step the pivot");
  }

  private void checkSettled(TaskPlan task) {
    boolean settled =
        switch (task.action()) {
          case ActionPlan.Local local -> true;
          case ActionPlan.Remote remote ->
              remote.verification() != null
                  || task.compensation() instanceof CompensationPlan.Remote;
          case ActionPlan.Async async -> throw noPivot(task, "asynchronous");
        };
    if (!settled) {
      throw refused(
          task,
          "is a remote pivot, and a call that times out would leave nobody the wiser; add"
              + " verify(..) or compensationIfUnknown(..)");
    }
  }

  private SagaDefinitionException refused(StepPlan plan, String why) {
    return new SagaDefinitionException(
        "saga %s: step %s %s".formatted(draft.name(), plan.name(), why), draft.name(), plan.name());
  }
}

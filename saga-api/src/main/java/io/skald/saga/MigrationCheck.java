package io.skald.saga;

import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.error.SagaDefinitionException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Refuses migrations that leave a step or a type open, with a message that says what to do. */
final class MigrationCheck {
  private final MigrationPlan plan;
  private final SagaDefinition<?, ?> source;
  private final SagaDefinition<?, ?> target;
  private final String before;
  private final String after;
  private final Set<String> kept = new HashSet<>();

  private MigrationCheck(MigrationPlan plan) {
    this.plan = plan;
    this.source = plan.source();
    this.target = plan.target();
    this.before = "version " + source.version();
    this.after = "version " + target.version();
  }

  static void check(MigrationPlan plan) {
    new MigrationCheck(plan).check();
  }

  private void check() {
    if (!source.name().equals(target.name()) || source.version() == target.version()) {
      throw refused(
          source.name(),
          "%s to %s (expected: two versions of one definition)".formatted(source, target));
    }
    checkInput();
    checkLocks();
    plan.renamed().forEach(this::checkRenamed);
    plan.dropped().forEach(this::checkDropped);
    recorded(source).forEach(this::checkKept);
    plan.upcasts().results().keySet().forEach(this::checkUpcast);
    plan.inserted().forEach(this::checkInserted);
    plan.skipped().keySet().forEach(this::checkInserted);
    new InsertedSteps(plan, Set.copyOf(kept)).check();
  }

  private static List<PlacedStep> recorded(SagaDefinition<?, ?> definition) {
    return definition.allSteps().stream().filter(step -> Outline.isRecorded(step.plan())).toList();
  }

  private void checkInput() {
    if (!source.inputType().equals(target.inputType()) && plan.upcasts().ofInput().isEmpty()) {
      throw refused(
          source.name(),
          ("the input is a %s in %s and a %s in %s (expected: input(..) with what makes one of the"
                  + " other)")
              .formatted(
                  source.inputType().getTypeName(),
                  before,
                  target.inputType().getTypeName(),
                  after));
    }
  }

  /** A saga in flight has the locks that it was started with, and takes no others. */
  private void checkLocks() {
    if (!locks(source).equals(locks(target))) {
      throw refused(
          LockPlan.NAME,
          ("the locks are %s in %s and %s in %s (expected: the same ones; let the sagas in flight"
                  + " end on %2$s)")
              .formatted(locks(source), before, locks(target), after));
    }
  }

  private static List<String> locks(SagaDefinition<?, ?> definition) {
    return definition.locks().stream()
        .flatMap(plan -> plan.locks().stream())
        .map(LockPlan.Lock::name)
        .toList();
  }

  private void checkRenamed(String old, String now) {
    requireRecorded(source, before, old);
    requireRecorded(target, after, now);
    if (target.step(old).isPresent() || source.step(now).isPresent()) {
      throw refused(
          old,
          ("step %s cannot become %s: there is a step of one of these names on both sides"
                  + " (expected: a name that only %s has, for one that only %s has)")
              .formatted(old, now, after, before));
    }
    if (plan.isDropped(old)) {
      throw refused(
          old, "step %s is both renamed and dropped (expected: one of them)".formatted(old));
    }
    if (source.step(old).filter(step -> step.plan() instanceof AwaitPlan).isPresent()) {
      throw refused(
          old,
          ("step %s waits for a signal, and the tokens given away for it are made of its name"
                  + " (expected: its name in %s as well)")
              .formatted(old, after));
    }
  }

  private void checkDropped(String step) {
    requireRecorded(source, before, step);
    if (target.step(step).isPresent()) {
      throw refused(
          step, "step %s is dropped, and %s has it (expected: one of them)".formatted(step, after));
    }
  }

  private void requireRecorded(SagaDefinition<?, ?> definition, String version, String step) {
    if (definition.step(step).filter(found -> Outline.isRecorded(found.plan())).isEmpty()) {
      throw refused(
          step,
          "step %s is not in %s (expected: a step that is, no sequence and no group)"
              .formatted(step, version));
    }
  }

  private void checkKept(PlacedStep old) {
    String name = old.name();
    if (plan.isDropped(name)) {
      return;
    }
    Optional<PlacedStep> now = target.step(plan.nameOf(name));
    if (now.isEmpty()) {
      throw refused(
          name,
          ("step %s of %s is not in %s (expected: retired(%s) in %s, which compensates it as"
                  + " before; or dropped(..), which leaves what it did as it is; or renamed(..))")
              .formatted(name, before, after, name, after));
    }
    if (!kept.add(now.get().name())) {
      throw refused(name, "two steps become %s (expected: one)".formatted(now.get().name()));
    }
    new SameStep(plan, old, now.get()).check();
  }

  private void checkUpcast(String step) {
    if (!kept.contains(step)) {
      throw refused(
          step,
          "result(%s, ..): no saga of %s has such a result (expected: a step of both versions)"
              .formatted(step, before));
    }
  }

  private void checkInserted(String step) {
    requireRecorded(target, after, step);
    if (kept.contains(step)) {
      throw refused(
          step,
          "step %s is inserted, and %s has it (expected: one of them)".formatted(step, before));
    }
    if (plan.inserted().contains(step) && plan.skipped().containsKey(step)) {
      throw refused(
          step, "step %s is both inserted and skipped (expected: one of them)".formatted(step));
    }
  }

  private SagaDefinitionException refused(String step, String why) {
    return plan.refused(step, why);
  }
}

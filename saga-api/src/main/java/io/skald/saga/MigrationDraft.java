package io.skald.saga;

import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.internal.CheckReturnValue;
import java.util.Objects;

/**
 * A migration while it is declared: a step of one name in both versions needs no word, every other
 * one does. Immutable.
 */
@CheckReturnValue
public final class MigrationDraft {
  private final MigrationPlan plan;

  MigrationDraft(MigrationPlan plan) {
    this.plan = plan;
  }

  /**
   * Says that a step has another name. What is recorded of it goes with it; but a saga that has
   * called a participant at that step stays on its version, because the idempotency key of the call
   * is made of the step's name, and so is the key by which it is compensated.
   *
   * @param old the step in the source; not a wait for a signal, whose token is made of its name
   * @param now the step in the target
   */
  public MigrationDraft renamed(Step<?, ?> old, Step<?, ?> now) {
    return new MigrationDraft(plan.withRenamed(old.name(), now.name()));
  }

  /**
   * Says that the target does not have a step any more, and that what a saga has done of it stays
   * as it is: nobody compensates it. Its record is removed; a saga that stands at it stays on its
   * version. To have it compensated as before, put the step into the target as {@link
   * SagaHead#retired} instead.
   *
   * @param step the step in the source
   */
  public MigrationDraft dropped(Step<?, ?> step) {
    return new MigrationDraft(plan.withDropped(step.name()));
  }

  /**
   * Says that the source does not have a step that others follow, and that a saga which is past its
   * place stays on its version. One that has not come there yet is moved, and will do it.
   *
   * @param step the step in the target
   */
  public MigrationDraft inserted(Step<?, ?> step) {
    return new MigrationDraft(plan.withInserted(step.name()));
  }

  /**
   * Says that the source does not have a step that others follow, and that a saga which is past its
   * place goes on as if an operator had skipped it: with this result, and without compensation. One
   * that has not come there yet will do it.
   *
   * @param step the step in the target
   * @param result what those who ask for its result are given
   */
  public <R> MigrationDraft skipped(Step<?, R> step, R result) {
    return new MigrationDraft(
        plan.withSkipped(step.name(), Objects.requireNonNull(result, "result")));
  }

  /**
   * Brings what a step has answered to the type it has in the target, as JSON; of a {@code forEach}
   * its elements. Replaces an earlier such function for that step.
   *
   * @param step the step in the target
   * @param upcast asked once for each saga
   */
  public MigrationDraft result(Step<?, ?> step, Upcast upcast) {
    return new MigrationDraft(plan.withUpcasts(plan.upcasts().ofResult(step.name(), upcast)));
  }

  /**
   * Brings the input to the type it has in the target, as JSON; replaces an earlier such function.
   *
   * @param upcast asked once for each saga
   */
  public MigrationDraft input(Upcast upcast) {
    return new MigrationDraft(plan.withUpcasts(plan.upcasts().ofInput(upcast)));
  }

  /**
   * The migration.
   *
   * @throws SagaDefinitionException if a step, or a type, is left open; the message says what to do
   */
  public Migration build() {
    MigrationCheck.check(plan);
    return new Migration(plan);
  }
}

package io.skald.saga;

import io.skald.saga.definition.Position;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.internal.CheckReturnValue;
import io.skald.saga.step.Derivation;
import io.skald.saga.step.NeutralStep;

/**
 * A definition from its pivot on: what is added here is retried until it succeeds. Immutable.
 *
 * @param <I> the saga's input
 */
@CheckReturnValue
public final class SagaTail<I> {
  private final DefinitionDraft<I> draft;

  SagaTail(DefinitionDraft<I> draft) {
    this.draft = draft;
  }

  /** Adds a step that follows the pivot: retried until it succeeds, never compensated. */
  public SagaTail<I> step(Retriable<? super I, ?> step) {
    return new SagaTail<>(draft.withStep(step, Position.RETRIABLE));
  }

  /** Adds a delay, or a wait for a signal that goes on without one. */
  public SagaTail<I> step(NeutralStep<? super I, ?> step) {
    return new SagaTail<>(draft.withStep(step, Position.RETRIABLE));
  }

  /**
   * The definition of a saga without a result.
   *
   * @throws SagaDefinitionException if the definition makes no sense
   */
  public SagaDefinition<I, Done> build() {
    return SagaDefinition.of(draft, Done.class, (input, results) -> Done.DONE);
  }

  /**
   * The definition of a saga with a result.
   *
   * @param type the type of the result
   * @param output makes the result from the input and the steps' results
   * @throws IllegalArgumentException if {@code type} is {@code Void}, or a generic class without
   *     its arguments
   * @throws SagaDefinitionException if the definition makes no sense
   */
  public <O> SagaDefinition<I, O> returning(
      Class<O> type, Derivation<? super I, ? extends O> output) {
    return SagaDefinition.of(draft, type, output);
  }

  /**
   * The definition of a saga with a generic result.
   *
   * @param type the type of the result
   * @param output makes the result from the input and the steps' results
   * @throws IllegalArgumentException if {@code type} is {@code Void}, or a generic class without
   *     its arguments
   * @throws SagaDefinitionException if the definition makes no sense
   */
  public <O> SagaDefinition<I, O> returning(
      TypeRef<O> type, Derivation<? super I, ? extends O> output) {
    return SagaDefinition.of(draft, type.type(), output);
  }
}

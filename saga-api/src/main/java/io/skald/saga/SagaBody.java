package io.skald.saga;

import io.skald.saga.definition.Position;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.internal.CheckReturnValue;
import io.skald.saga.step.Derivation;

/**
 * A definition up to its pivot. Immutable.
 *
 * @param <I> the saga's input
 */
@CheckReturnValue
public final class SagaBody<I> {
  private final DefinitionDraft<I> draft;

  SagaBody(DefinitionDraft<I> draft) {
    this.draft = draft;
  }

  /** Adds a step that is compensated when the saga cannot go on. */
  public SagaBody<I> step(Compensatable<? super I, ?> step) {
    return new SagaBody<>(draft.withStep(step, Position.COMPENSATABLE));
  }

  /** Adds the pivot: once it has succeeded the saga only goes forward. */
  public SagaTail<I> pivot(Retriable<? super I, ?> step) {
    return new SagaTail<>(draft.withStep(step, Position.PIVOT));
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

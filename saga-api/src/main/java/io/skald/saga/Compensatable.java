package io.skald.saga;

import io.skald.saga.step.ChildSaga;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.NeutralStep;
import io.skald.saga.step.ParallelGroup;

/**
 * A step that says how it is compensated: it may stand before the pivot. After it may stand what
 * needs no compensation, see {@link Retriable}.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
public sealed interface Compensatable<I, R> extends Step<I, R>
    permits CompensatableStep, CompensatablePart, ParallelGroup, ChildSaga, NeutralStep {}

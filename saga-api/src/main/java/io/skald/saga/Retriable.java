package io.skald.saga;

import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.PivotStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.RetriablePart;

/**
 * A step that is not compensated after success: it may be the pivot or follow it, and nothing else.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
public sealed interface Retriable<I, R> extends Step<I, R>
    permits LocalStep, RemoteStep, AsyncStep, PivotStep, RetriablePart {}

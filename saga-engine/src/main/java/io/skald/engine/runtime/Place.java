package io.skald.engine.runtime;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;

/**
 * Which attempt of which step.
 *
 * @param step the step
 * @param direction which {@link Direction} of the step
 * @param attempt the attempt's number, from 1
 */
public record Place(PlacedStep step, Direction direction, int attempt) {}

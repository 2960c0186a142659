package io.skald.engine.runtime;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;

/** Which attempt of which step. */
record Place(PlacedStep step, Direction direction, int attempt) {}

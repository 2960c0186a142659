package io.skald.engine.spi;

import java.util.Optional;

/**
 * What became of a stretch of a walk through the pending signals.
 *
 * @param deleted how many were deleted
 * @param next where to go on; empty at the end of those that are old enough
 */
public record PurgedPage(int deleted, Optional<SignalPosition> next) {}

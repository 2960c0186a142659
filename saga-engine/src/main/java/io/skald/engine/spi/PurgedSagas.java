package io.skald.engine.spi;

import java.time.Instant;
import java.util.Optional;

/**
 * What became of a stretch of a walk through the ended sagas.
 *
 * @param deleted how many were deleted
 * @param next when the last one that was looked at ended, to go on after it; empty at the end of
 *     those that are old enough
 */
public record PurgedSagas(int deleted, Optional<Instant> next) {}

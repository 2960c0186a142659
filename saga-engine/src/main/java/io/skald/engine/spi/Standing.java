package io.skald.engine.spi;

import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Unfinished sagas of one version of which the same was recorded last.
 *
 * @param definition what they run
 * @param status where they stand as a whole
 * @param last what was recorded last; null if nothing was
 * @param sagas how many
 * @param oldest when the oldest one was started
 */
public record Standing(
    DefinitionRef definition, SagaStatus status, @Nullable Last last, long sagas, Instant oldest) {

  /**
   * What was recorded last.
   *
   * @param path where the step stands, with {@code *} for the number of each element
   * @param direction which {@link Direction} of the step
   * @param status what is recorded
   */
  public record Last(String path, Direction direction, LogStatus status) {}
}

package io.skald.engine.runtime;

import io.skald.engine.spi.SagaError;
import io.skald.saga.SagaId;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaStatus;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a committed record means to those who listen. */
final class Events {
  private Events() {}

  static List<SagaEvent> of(String definition, SagaId id, Recording recording) {
    String path = recording.path();
    String error = Objects.requireNonNullElse(recording.note().error(), "");
    LogStatus status = recording.verdict().status();
    return switch (status) {
      case STARTED, WAITING -> List.of();
      case SUCCEEDED ->
          List.of(
              new SagaEvent.StepSucceeded(
                  definition, id, path, recording.direction(), recording.attempt()));
      case RETRYING ->
          List.of(
              new SagaEvent.AttemptFailed(
                  definition,
                  id,
                  path,
                  recording.direction(),
                  recording.attempt(),
                  error,
                  Objects.requireNonNull(recording.verdict().retryAfter())));
      case FAILED, UNKNOWN, SKIPPED -> List.of(ended(definition, id, recording, error));
    };
  }

  private static SagaEvent ended(String definition, SagaId id, Recording recording, String error) {
    String path = recording.path();
    if (recording.isSilence()) {
      return new SagaEvent.WaitedInVain(definition, id, path, error);
    }
    if (recording.isRefusal()) {
      return new SagaEvent.StepRefused(definition, id, path, error);
    }
    return recording.isPermanentFailure()
        ? new SagaEvent.StepFailedPermanently(definition, id, path, recording.attempt(), error)
        : new SagaEvent.StepFailed(
            definition, id, path, recording.direction(), recording.verdict().status(), error);
  }

  static SagaEvent halted(
      String definition, SagaId id, SagaStatus status, @Nullable SagaError error) {
    return status == SagaStatus.STUCK
        ? new SagaEvent.Stuck(definition, id, error == null ? "" : error.text())
        : new SagaEvent.Ended(definition, id, status);
  }
}

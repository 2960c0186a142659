package io.skald.engine.runtime;

import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.step.Results;
import java.util.Map;
import java.util.Optional;

/**
 * The recorded results of a saga. Each is read when it is asked for, so that what a step sees is
 * what a restart would see.
 */
final class RecordedResults implements Results {
  private final SagaDefinition<?, ?> definition;
  private final Map<String, String> payloads;
  private final PayloadCodec codec;

  RecordedResults(
      SagaDefinition<?, ?> definition, Map<String, String> payloads, PayloadCodec codec) {
    this.definition = definition;
    this.payloads = payloads;
    this.codec = codec;
  }

  @Override
  public <R> R resultOf(Step<?, R> step) {
    return findResultOf(step)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "step %s has no recorded result (expected: a step of saga %s that succeeded)"
                        .formatted(step.name(), definition.name())));
  }

  @Override
  @SuppressWarnings("unchecked") // the codec reads the type the step was declared with
  public <R> Optional<R> findResultOf(Step<?, R> step) {
    return (Optional<R>) definition.step(step.name()).flatMap(this::read);
  }

  Optional<Object> read(PlacedStep step) {
    return Optional.ofNullable(payloads.get(step.name()))
        .map(payload -> codec.decode(payload, step.plan().resultType()));
  }
}

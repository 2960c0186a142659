package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a view says of a saga, from what the store holds of it. */
class ViewsTest {
  private static final Instant DEADLINE = Instant.parse("2026-03-01T12:00:00Z");
  private static final SagaDefinition<String, Done> ORDER =
      Saga.define("order", String.class)
          .deadline(Duration.ofHours(1))
          .step(Step.named("reserve", String.class).local((in, tx) -> {}).needsNoCompensation())
          .pivot(Step.named("charge", String.class).local((in, tx) -> {}))
          .step(Step.named("ship", String.class).local((in, tx) -> {}))
          .build();

  @ParameterizedTest(name = "{0} after {1} steps, {2} s after the deadline: {3}")
  @CsvSource({
    "RUNNING, 0, 5, true",
    "RUNNING, 1, -5, false",
    "RUNNING, 1, 0, true",
    "RUNNING, 2, 5, true",
    "COMPENSATING, 1, -5, false",
    "COMPENSATING, 1, 0, true",
    "STUCK, 2, 5, true",
    "COMPENSATED, 1, 5, false",
    "COMPLETED, 3, 5, false",
    "RESOLVED, 2, 5, false"
  })
  void isOverdueByTheTimeItWasReadAtUntilItHasEnded(
      SagaStatus status, int steps, int seconds, boolean isOverdue) {
    SagaSnapshot snapshot = snapshot(status, steps, DEADLINE, DEADLINE.plusSeconds(seconds));

    assertThat(views(ORDER).of(snapshot, List.of()).isOverdue()).isEqualTo(isOverdue);
    assertThat(views().of(snapshot, List.of()).isOverdue())
        .as("where nobody knows the definition")
        .isEqualTo(isOverdue);
  }

  @Test
  void isNeverOverdueWithoutADeadline() {
    SagaSnapshot snapshot = snapshot(SagaStatus.RUNNING, 2, null, Instant.MAX);

    assertThat(views(ORDER).of(snapshot, List.of()).isOverdue()).isFalse();
  }

  private static Views views(SagaDefinition<?, ?>... definitions) {
    return new Views(Registry.of(List.of(definitions), new NoBeans()));
  }

  private static SagaSnapshot snapshot(
      SagaStatus status, int steps, @Nullable Instant deadline, Instant readAt) {
    Instant start = DEADLINE.minusSeconds(3600);
    var saga =
        new SagaRow(
            new SagaId(new UUID(0, 1)),
            new DefinitionRef(ORDER.name(), ORDER.version(), ORDER.fingerprint()),
            "o1",
            Map.of(),
            null,
            new UUID(0, 9),
            status,
            null,
            1,
            null,
            deadline,
            null,
            null,
            0,
            "\"in\"",
            "digest",
            null,
            null,
            start,
            status.isEnd() ? readAt : null);
    List<LogRow> log =
        Stream.of("reserve", "charge", "ship").limit(steps).map(ViewsTest::succeeded).toList();
    return new SagaSnapshot(saga, log, readAt);
  }

  private static LogRow succeeded(String step) {
    return new LogRow(
        step,
        Direction.ACTION,
        step,
        1,
        LogStatus.SUCCEEDED,
        1,
        0,
        null,
        null,
        null,
        null,
        DEADLINE,
        null,
        DEADLINE);
  }

  private static final class NoBeans implements HandlerResolver {
    @Override
    public <T> T resolve(Class<T> type, @Nullable String qualifier) {
      throw new SagaDefinitionException("no bean of type " + type.getName(), null, null);
    }
  }
}

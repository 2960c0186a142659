package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.view.SagaView;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The faults: durations and times that make no sense, and zones that differ. */
class OddTimesTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final Bench bench = Bench.open();
  private final TimeZone zone = TimeZone.getDefault();

  private final SagaDefinition<Instant, Done> timed =
      Saga.define("timed", Instant.class)
          .key(Instant::toString)
          .step(Step.delayUntil("until", Instant.class, (time, results) -> time))
          .step(
              Step.named("local", Instant.class)
                  .local((time, tx) -> bench.effect(tx, "local", "ACTION"))
                  .needsNoCompensation())
          .build();

  @AfterEach
  void close() {
    TimeZone.setDefault(zone);
    bench.close();
  }

  static Stream<Arguments> options() {
    return Stream.of(
            Duration.ZERO,
            Duration.ofNanos(-1),
            FOREVER,
            FOREVER.negated(),
            Duration.ofDays(36_500))
        .flatMap(
            wrong ->
                Stream.of("pollInterval", "heartbeat", "lease", "retention", "shutdownTimeout")
                    .filter(what -> !(what.equals("shutdownTimeout") && wrong.isZero()))
                    .map(what -> Arguments.of(what, wrong)));
  }

  @ParameterizedTest
  @MethodSource("options")
  void optionsRefuseDurationsThatMakeNoSense(String what, Duration wrong) {
    EngineOptions options = EngineOptions.defaults();

    assertThatThrownBy(
            () -> {
              var unused =
                  switch (what) {
                    case "pollInterval" -> options.withPollInterval(wrong);
                    case "heartbeat" -> options.withLease(Duration.ofSeconds(15), wrong);
                    case "lease" -> options.withLease(wrong, Duration.ofSeconds(5));
                    case "retention" -> options.withRetention(wrong);
                    default -> options.withShutdownTimeout(wrong);
                  };
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(what + ": " + wrong + " (expected: ");
  }

  @Test
  void aHandleRefusesToWaitForNoTimeAndWaitsForAnyOther() throws Exception {
    SagaEngine engine = bench.open(timed);
    SagaHandle<Done> handle = engine.start(timed, Instant.now().plusSeconds(3_600));

    for (Duration wrong : List.of(Duration.ZERO, Duration.ofNanos(-1), FOREVER.negated())) {
      assertThatThrownBy(() -> handle.await(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> handle.await(Duration.ofNanos(1)))
        .isInstanceOf(TimeoutException.class);
    assertThat(engine.start(timed, Instant.EPOCH).await(FOREVER))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  static final List<Instant> PAST =
      List.of(
          Instant.MIN,
          Instant.parse("-4713-01-01T00:00:00Z"),
          Instant.EPOCH.minusNanos(1),
          Instant.EPOCH);

  @ParameterizedTest
  @FieldSource("PAST")
  void aWaitForATimeThatIsPastIsOverAtOnce(Instant time) throws Exception {
    assertThat(bench.open(timed).start(timed, time).await(SOON))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  static final List<Instant> TOO_FAR =
      List.of(
          Instant.MAX,
          Instant.parse("+294277-01-01T00:00:00Z"),
          Instant.parse("9999-12-31T23:59:59Z"));

  @ParameterizedTest
  @FieldSource("TOO_FAR")
  void aWaitForATimeThatIsTooFarAwayFailsItsStep(Instant time) throws Exception {
    assertThat(bench.open(timed).start(timed, time).await(SOON))
        .isInstanceOfSatisfying(
            SagaEnd.Compensated.class, end -> assertThat(end.failedStep()).isEqualTo("until"));
  }

  @ParameterizedTest
  @CsvSource({
    "Pacific/Kiritimati, Pacific/Pago_Pago",
    "America/St_Johns, Asia/Kathmandu",
    "UTC, Antarctica/Troll"
  })
  void timesAreKeptWhereTheZonesOfNodesAndSessionsDiffer(String ofJvm, String ofSession)
      throws Exception {
    TimeZone.setDefault(TimeZone.getTimeZone(ofJvm));
    SagaEngine engine =
        bench.built(
            bench.pool(config -> config.setConnectionInitSql("set timezone = '" + ofSession + "'")),
            builder -> builder,
            timed);
    engine.open();
    Instant due = Instant.now().plusMillis(700).truncatedTo(ChronoUnit.MILLIS);
    SagaHandle<Done> handle = engine.start(timed, due);

    assertThat(handle.await(SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(
            bench.count(
                """
                select (extract(epoch from finished_at) * 1000)::bigint
                from %s.saga_log
                where path = 'until'
                """))
        .as("over when it was due, and not before")
        .isBetween(due.toEpochMilli(), due.plus(SOON).toEpochMilli());
    SagaView view = engine.view(handle.id()).orElseThrow();
    assertThat(view.createdAt()).isBetween(due.minus(SOON), due);
  }
}

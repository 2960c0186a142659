package io.skald.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.DeployGate;
import io.skald.engine.EngineOptions;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.Retention;
import io.skald.store.jooq.Migration;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SkaldPropertiesTest {

  private static SkaldProperties bound(Map<String, String> properties) {
    return new Binder(new MapConfigurationPropertySource(properties))
        .bindOrCreate("skald", SkaldProperties.class);
  }

  @Test
  void defaultsAreTheEngines() {
    var properties = bound(Map.of());

    assertThat(properties.options("skald")).isEqualTo(EngineOptions.defaults());
    assertThat(properties.enabled()).isTrue();
    assertThat(properties.database())
        .isEqualTo(new SkaldProperties.Database("skald", Migration.AUTO));
    assertThat(properties.deployGate()).isEqualTo(DeployGate.Mode.LOG);
  }

  @Test
  void everyPropertyIsBound() {
    var properties =
        bound(
            Map.ofEntries(
                Map.entry("skald.node-name", "orders-1"),
                Map.entry("skald.worker.concurrency", "8"),
                Map.entry("skald.worker.urgent-share", "0.5"),
                Map.entry("skald.worker.poll-interval", "200ms"),
                Map.entry("skald.worker.lease", "1m"),
                Map.entry("skald.worker.heartbeat", "20s"),
                Map.entry("skald.worker.shutdown-timeout", "5s"),
                Map.entry("skald.database.schema", "sagas"),
                Map.entry("skald.database.migrate", "validate"),
                Map.entry("skald.retention.completed", "30d"),
                Map.entry("skald.deploy-gate", "refuse")));

    assertThat(properties.options("orders"))
        .isEqualTo(
            EngineOptions.defaults()
                .withNodeName("orders-1")
                .withConcurrency(8)
                .withUrgentShare(0.5)
                .withPollInterval(Duration.ofMillis(200))
                .withLease(Duration.ofMinutes(1), Duration.ofSeconds(20))
                .withShutdownTimeout(Duration.ofSeconds(5))
                .withRetention(Duration.ofDays(30)));
    assertThat(properties.database())
        .isEqualTo(new SkaldProperties.Database("sagas", Migration.VALIDATE));
    assertThat(properties.deployGate()).isEqualTo(DeployGate.Mode.REFUSE);
  }

  @Test
  void endsAreKeptForTimesOfTheirOwnIfTheySaySo() {
    var properties =
        bound(Map.of("skald.retention.completed", "1d", "skald.retention.resolved", "30d"));

    assertThat(properties.options("orders").retention())
        .isEqualTo(Retention.of(Duration.ofDays(1)).withResolved(Duration.ofDays(30)));
  }

  @Test
  void limitsAreNamedAfterTheirGuards() {
    var properties =
        bound(
            Map.of(
                "skald.limits.bank.concurrent", "10",
                "skald.limits.mail.rate", "50",
                "skald.limits.post.rate", "1",
                "skald.limits.post.per", "1m"));

    assertThat(properties.fleetLimits())
        .containsExactlyInAnyOrder(
            Limit.concurrent("bank", 10),
            Limit.rate("mail", 50, Duration.ofSeconds(1)),
            Limit.rate("post", 1, Duration.ofMinutes(1)));
  }

  @Test
  void theNodeIsNamedAfterTheApplication() {
    assertThat(bound(Map.of()).options("orders").nodeName()).isEqualTo("orders");
  }

  @Test
  void aWorkerThatIsOffRunsNothing() {
    var properties = bound(Map.of("skald.worker.enabled", "false"));

    assertThat(properties.options("skald").concurrency()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          skald.node-name            | ' ' | 1 to 100 chars
          skald.worker.concurrency   | 0   | expected: >= 1, or enabled: false
          skald.worker.poll-interval | 1ms | pollInterval: PT0.001S (expected: PT0.01S to PT1M)
          skald.worker.lease         | 10s | lease: PT10S (expected: PT15S to PT1H)
          skald.worker.heartbeat     | 1ms | heartbeat: PT0.001S
          skald.worker.shutdown-timeout | 2h | shutdownTimeout: PT2H
          skald.database.schema      | Sagas! | Sagas!
          skald.retention.completed  | 0s  | retention: PT0S
          skald.limits.bank.concurrent | 0 | limit bank: attemptsMax: 0 (expected: 1 to 1000)
          skald.limits.bank.per      | 2s  | limit bank: expected: concurrent or rate
          """)
  void aValueOutOfBoundsIsRefused(String property, String value, String message) {
    assertThatThrownBy(() -> bound(Map.of(property, value)))
        .rootCause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}

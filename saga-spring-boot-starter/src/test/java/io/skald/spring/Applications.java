package io.skald.spring;

import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;

/** Applications as Spring Boot sets them up; impatient, so that tests are quick. */
final class Applications {
  static final Duration SOON = Duration.ofSeconds(20);
  static final Retry QUICK =
      Retry.exponential(Duration.ofMillis(10)).delayMax(Duration.ofMillis(50));

  private Applications() {}

  record Order(String id) {}

  /** One without a database. */
  static ApplicationContextRunner bare() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                DataSourceTransactionManagerAutoConfiguration.class,
                TransactionAutoConfiguration.class,
                JdbcTemplateAutoConfiguration.class,
                SkaldAutoConfiguration.class))
        .withPropertyValues(
            "skald.worker.poll-interval=50ms",
            "skald.worker.lease=3s",
            "skald.worker.heartbeat=500ms",
            "skald.worker.shutdown-timeout=2s");
  }

  /** One on {@code database}. */
  static ApplicationContextRunner on(TestDatabase database) {
    return bare()
        .withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
        .withPropertyValues(
            "spring.datasource.url=" + database.url(),
            "spring.datasource.hikari.maximum-pool-size=8",
            "spring.datasource.hikari.minimum-idle=0");
  }

  static SagaEnd<Done> end(SagaHandle<Done> saga) {
    try {
      return saga.await(SOON);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(saga.id() + " did not end", e);
    }
  }
}

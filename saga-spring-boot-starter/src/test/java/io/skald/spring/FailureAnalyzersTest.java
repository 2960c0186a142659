package io.skald.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.Call;
import io.skald.saga.step.RemoteAction;
import io.skald.spring.Applications.Order;
import io.skald.store.jooq.SkaldSchema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What an application that does not start says. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalyzersTest {
  private final TestDatabase database = TestDatabase.create();

  /** A handler that is no bean. */
  record Charge() implements RemoteAction<Order, String> {
    @Override
    public String execute(Order order, Call call) {
      return "charged";
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class OneSaga {
    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var nothing =
          Step.named("nothing", Order.class).local((order, tx) -> {}).needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(nothing).build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class HandlerMissing {
    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var charge =
          Step.named("charge", Order.class)
              .remote(String.class, Charge.class)
              .needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(charge).build();
    }
  }

  private void assertDoesNotStart(Class<?> application, String... properties) {
    assertDoesNotStartOn(database.url(), application, properties);
  }

  private static void assertDoesNotStartOn(String url, Class<?> application, String... properties) {
    var starting =
        new SpringApplicationBuilder(application)
            .bannerMode(Banner.Mode.OFF)
            .properties("spring.datasource.url=" + url)
            .properties(TestDatabase.WITHOUT_JPA)
            .properties(properties);
    assertThatThrownBy(starting::run).isInstanceOf(Exception.class);
  }

  @Test
  void aMissingHandlerIsNamed(CapturedOutput output) {
    assertDoesNotStart(HandlerMissing.class);

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("there is no handler bean of type " + Charge.class.getName())
        .contains("Handlers are beans of the application context, found by type");
  }

  @Test
  void aMissingSchemaIsPrinted(CapturedOutput output) {
    assertDoesNotStart(OneSaga.class, "skald.database.migrate=validate");

    assertThat(output)
        .contains("Sagas cannot be kept in the database")
        .contains("The schema skald lacks [V001__sagas")
        .contains("create table \"skald\".saga (")
        .contains("skald.database.migrate=auto");
  }

  @Test
  void aDatabaseThatDoesNotAnswerIsSaidToBeUnreachable(CapturedOutput output) {
    assertDoesNotStartOn(
        "jdbc:postgresql://localhost:1/orders",
        OneSaga.class,
        "spring.datasource.hikari.connection-timeout=300");

    assertThat(output)
        .contains("Sagas cannot be kept in the database")
        .contains("Check that the database runs and that spring.datasource.url");
  }

  @Test
  void aDatabaseUserWhoMayNotCreateTheSchemaIsTold(CapturedOutput output) {
    String clerk = "clerk_of_" + database.name();
    database.execute("create role %s login".formatted(clerk));

    assertDoesNotStartOn(database.url(clerk), OneSaga.class);

    assertThat(output).contains("permission denied").contains("skald.database.migrate=validate");
  }

  @Test
  void aPropertyOutOfBoundsIsNamed(CapturedOutput output) {
    assertDoesNotStart(OneSaga.class, "skald.worker.lease=10s");

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("'skald'")
        .contains("lease: PT10S (expected: PT15S to PT1H)");
  }

  @Test
  void anotherStructureUnderTheVersionInUseIsRefused(CapturedOutput output) {
    database.execute(SkaldSchema.ddl("skald"));
    database.execute(
        """
        insert into skald.saga (
          id, definition, version, fingerprint, business_key, status, input, input_digest, wake_at)
        values (
          gen_random_uuid(), 'place-order', 1, 'another', 'o1', 'RUNNING', '{}', '', now())
        """);

    assertDoesNotStart(OneSaga.class);

    assertThat(output).contains("A saga definition cannot be used").contains("raise its version");
  }
}

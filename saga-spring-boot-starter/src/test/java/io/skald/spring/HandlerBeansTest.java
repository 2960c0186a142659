package io.skald.spring;

import static io.skald.spring.Applications.end;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.Call;
import io.skald.saga.step.RemoteAction;
import io.skald.spring.Applications.Order;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

class HandlerBeansTest {
  private final TestDatabase database = TestDatabase.create();

  record Charge(String provider, List<String> calls) implements RemoteAction<Order, String> {
    Charge(String provider) {
      this(provider, new CopyOnWriteArrayList<>());
    }

    @Override
    public String execute(Order order, Call call) {
      calls.add(order.id());
      return provider;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class ByType {
    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var charge =
          Step.named("charge", Order.class)
              .remote(String.class, Charge.class)
              .needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(charge).build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class ByQualifier {
    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var charge =
          Step.named("charge", Order.class)
              .remote(String.class, Charge.class)
              .qualifier("cards")
              .needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(charge).build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Cards {
    @Bean
    Charge cards() {
      return new Charge("cards");
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class QualifiedCards {
    @Bean
    @Qualifier("cards")
    Charge someCharge() {
      return new Charge("cards");
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Invoices {
    @Bean
    Charge invoices() {
      return new Charge("invoices");
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class PrimaryInvoices {
    @Bean
    @Primary
    Charge primaryInvoices() {
      return new Charge("invoices");
    }
  }

  private ApplicationContextRunner application(Class<?>... configurations) {
    return Applications.on(database).withUserConfiguration(configurations);
  }

  @SuppressWarnings("unchecked")
  private static SagaEnd<Done> run(ApplicationContext context) {
    SagaDefinition<Order, Done> definition = context.getBean("placeOrder", SagaDefinition.class);
    return end(context.getBean(SagaClient.class).start(definition, new Order("o1")));
  }

  private static List<String> calls(ApplicationContext context, String bean) {
    return context.getBean(bean, Charge.class).calls();
  }

  @Test
  void aHandlerIsFoundByItsType() {
    application(ByType.class, Cards.class)
        .run(
            context -> {
              assertThat(run(context)).isInstanceOf(SagaEnd.Completed.class);
              assertThat(calls(context, "cards")).containsExactly("o1");
            });
  }

  @Test
  void ofTwoHandlersThePrimaryOneIsMeant() {
    application(ByType.class, Cards.class, PrimaryInvoices.class)
        .run(
            context -> {
              assertThat(run(context)).isInstanceOf(SagaEnd.Completed.class);
              assertThat(calls(context, "primaryInvoices")).containsExactly("o1");
              assertThat(calls(context, "cards")).isEmpty();
            });
  }

  @Test
  void aQualifierIsABeansName() {
    application(ByQualifier.class, Cards.class, PrimaryInvoices.class)
        .run(
            context -> {
              assertThat(run(context)).isInstanceOf(SagaEnd.Completed.class);
              assertThat(calls(context, "cards")).containsExactly("o1");
            });
  }

  @Test
  void aQualifierIsAnAnnotationOfABean() {
    application(ByQualifier.class, QualifiedCards.class, Invoices.class)
        .run(
            context -> {
              assertThat(run(context)).isInstanceOf(SagaEnd.Completed.class);
              assertThat(calls(context, "someCharge")).containsExactly("o1");
            });
  }

  /** A handler that starts a saga of its own: it needs the client, and the engine needs it. */
  record ChargeThroughASaga(SagaClient sagas, ObjectProvider<SagaDefinition<Order, Done>> invoice)
      implements RemoteAction<Order, String> {
    @Override
    public String execute(Order order, Call call) {
      return sagas.start(invoice.getObject(), order).id().toString();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class SagaInASaga {
    @Bean
    ChargeThroughASaga charge(
        SagaClient sagas,
        @Qualifier("sendInvoice") ObjectProvider<SagaDefinition<Order, Done>> invoice) {
      return new ChargeThroughASaga(sagas, invoice);
    }

    @Bean
    SagaDefinition<Order, Done> sendInvoice() {
      var send = Step.named("send", Order.class).remote((order, call) -> {}).needsNoCompensation();
      return Saga.define("send-invoice", Order.class).key(Order::id).step(send).build();
    }

    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var charge =
          Step.named("charge", Order.class)
              .remote(String.class, ChargeThroughASaga.class)
              .needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(charge).build();
    }
  }

  @Test
  void aHandlerStartsSagasItself() {
    application(SagaInASaga.class)
        .run(
            context -> {
              assertThat(run(context)).isInstanceOf(SagaEnd.Completed.class);
              assertThat(database.count("skald.saga")).isEqualTo(2);
            });
  }

  // ---- refusals

  @Test
  void aMissingHandlerStopsTheApplication() {
    application(ByType.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .isInstanceOf(SagaDefinitionException.class)
                    .hasMessage(
                        "there is no handler bean of type "
                            + Charge.class.getName()
                            + " (expected: one, for instance by @Component on Charge)"));
  }

  @Test
  void twoHandlersOfOneTypeStopTheApplication() {
    application(ByType.class, Cards.class, Invoices.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessage(
                        "there are 2 handler beans of type "
                            + Charge.class.getName()
                            + ": cards, invoices (expected: qualifier(\"...\") with a bean's name"
                            + " on the step, or @Primary on one of them)"));
  }

  @Test
  void aQualifierThatNoHandlerHasStopsTheApplication() {
    application(ByQualifier.class, Invoices.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("exactly one with the qualifier cards is needed"));
  }
}

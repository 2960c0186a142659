package io.skald.spring;

import static io.skald.spring.Applications.end;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.skald.engine.SagaEngine;
import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaOperator;
import io.skald.saga.Step;
import io.skald.saga.Upcast;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaListener;
import io.skald.spring.Applications.Order;
import io.skald.store.jooq.JooqSagaStore;
import io.skald.store.jooq.SkaldSchema;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

class SkaldAutoConfigurationTest {
  private final TestDatabase database = TestDatabase.create();

  static SagaDefinition<Order, Done> saga(String name, JdbcTemplate jdbc) {
    var insert =
        Step.named("insert", Order.class)
            .local(
                (order, tx) ->
                    jdbc.update("insert into orders (id, note) values (?, ?)", order.id(), name))
            .needsNoCompensation();
    return Saga.define(name, Order.class).key(Order::id).step(insert).build();
  }

  @Configuration(proxyBeanMethods = false)
  static class OneSaga {
    @Bean
    SagaDefinition<Order, Done> placeOrder(JdbcTemplate jdbc) {
      return saga("place-order", jdbc);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class AnotherSaga {
    @Bean
    SagaDefinition<Order, Done> importOrder(JdbcTemplate jdbc) {
      return saga("import-order", jdbc);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class SagaWithoutDatabase {
    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var nothing =
          Step.named("nothing", Order.class).remote((order, call) -> {}).needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(nothing).build();
    }
  }

  @SuppressWarnings("unchecked")
  private static SagaDefinition<Order, Done> definition(ApplicationContext context, String bean) {
    return context.getBean(bean, SagaDefinition.class);
  }

  @Test
  void aDataSourceAndADefinitionBeanAreEnough() {
    Applications.on(database)
        .withUserConfiguration(OneSaga.class)
        .run(
            context -> {
              var saga = context.getBean(SagaClient.class);
              var handle = saga.start(definition(context, "placeOrder"), new Order("o1"));

              assertThat(end(handle)).isInstanceOf(SagaEnd.Completed.class);
              assertThat(database.value("select note from orders")).isEqualTo("place-order");
              assertThat(context).hasSingleBean(SagaOperator.class);
            });
  }

  @Test
  void everyDefinitionBeanIsRegistered() {
    Applications.on(database)
        .withUserConfiguration(OneSaga.class, AnotherSaga.class)
        .run(
            context -> {
              var saga = context.getBean(SagaClient.class);

              assertThat(end(saga.start(definition(context, "placeOrder"), new Order("o1"))))
                  .isInstanceOf(SagaEnd.Completed.class);
              assertThat(end(saga.start(definition(context, "importOrder"), new Order("o2"))))
                  .isInstanceOf(SagaEnd.Completed.class);
              assertThat(database.count("orders")).isEqualTo(2);
            });
  }

  @Test
  void thereIsNoEngineWithoutADataSource() {
    Applications.bare()
        .withUserConfiguration(SagaWithoutDatabase.class)
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(SagaEngine.class)
                    .doesNotHaveBean(SagaClient.class));
  }

  @Test
  void thereIsNoEngineWithoutADefinition() {
    Applications.on(database)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(SagaEngine.class);
              assertThat(schemas()).isZero();
            });
  }

  @Test
  void thereIsNoEngineWhenItIsSwitchedOff() {
    Applications.on(database)
        .withUserConfiguration(OneSaga.class)
        .withPropertyValues("skald.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SagaEngine.class));
  }

  @Test
  void databaseScriptsRunBeforeTheSchemaIsValidated(@TempDir Path folder) throws IOException {
    Path script = Files.writeString(folder.resolve("schema.sql"), SkaldSchema.ddl("skald"));
    Applications.on(database)
        .withConfiguration(AutoConfigurations.of(DataSourceInitializationAutoConfiguration.class))
        .withUserConfiguration(OneSaga.class)
        .withPropertyValues(
            "skald.database.migrate=validate",
            "spring.sql.init.mode=always",
            "spring.sql.init.schema-locations=" + script.toUri())
        .run(context -> assertThat(context).hasSingleBean(SagaEngine.class));
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnStore {
    @Bean
    SagaStore ownStore(DataSource dataSource) {
      return JooqSagaStore.builder(dataSource).schema("own").build();
    }
  }

  @Test
  void anOwnStoreIsUsedInPlaceOfTheDefault() {
    Applications.on(database)
        .withUserConfiguration(OneSaga.class, OwnStore.class)
        .run(
            context -> {
              var saga = context.getBean(SagaClient.class);

              assertThat(end(saga.start(definition(context, "placeOrder"), new Order("o1"))))
                  .isInstanceOf(SagaEnd.Completed.class);
              assertThat(database.count("own.saga")).isOne();
              assertThat(schemas()).isZero();
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnEngine {
    @Bean
    SagaEngine ownEngine(SagaStore store, SagaDefinition<Order, Done> definition) {
      return SagaEngine.builder(store).define(definition).build();
    }
  }

  @Test
  void anOwnEngineIsOpenedAndClosedLikeTheDefault() {
    Applications.on(database)
        .withUserConfiguration(OneSaga.class, OwnEngine.class)
        .run(
            context -> {
              assertThat(context).hasSingleBean(SagaEngine.class).hasBean("ownEngine");
              var saga = context.getBean(SagaClient.class);
              assertThat(end(saga.start(definition(context, "placeOrder"), new Order("o1"))))
                  .isInstanceOf(SagaEnd.Completed.class);
            });
    assertThat(database.count("skald.saga_node")).isZero();
  }

  /** Writes what the default writes, and says so. */
  static final class MarkingCodec implements PayloadCodec {
    private final PayloadCodec json = new JacksonCodec();
    final List<String> encoded = new CopyOnWriteArrayList<>();

    @Override
    public String encode(Object value, Type type) {
      encoded.add(type.getTypeName());
      return json.encode(value, type);
    }

    @Override
    public Object decode(String text, Type type) {
      return json.decode(text, type);
    }

    @Override
    public String upcast(String text, Upcast upcast) {
      return json.upcast(text, upcast);
    }

    @Override
    public String canonical(Object value, Type type) {
      return json.canonical(value, type);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Extensions {
    final List<SagaEvent> events = new CopyOnWriteArrayList<>();
    final List<SagaEvent> customized = new CopyOnWriteArrayList<>();

    @Bean
    SagaListener listener() {
      return events::add;
    }

    @Bean
    MarkingCodec codec() {
      return new MarkingCodec();
    }

    @Bean
    SkaldCustomizer customizer() {
      return engine -> engine.listener(customized::add);
    }
  }

  @Test
  void listenersCodecAndCustomizersAreBeans() {
    Applications.on(database)
        .withUserConfiguration(OneSaga.class, Extensions.class)
        .run(
            context -> {
              var saga = context.getBean(SagaClient.class);
              end(saga.start(definition(context, "placeOrder"), new Order("o1")));

              var extensions = context.getBean(Extensions.class);
              assertThat(extensions.events).hasAtLeastOneElementOfType(SagaEvent.Ended.class);
              assertThat(extensions.customized).hasSameSizeAs(extensions.events);
              assertThat(context.getBean(MarkingCodec.class).encoded)
                  .contains(Order.class.getTypeName());
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class GuardedSaga {
    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var charge =
          Step.named("charge", Order.class)
              .remote((order, call) -> {})
              .guard("payments")
              .needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(charge).build();
    }
  }

  @Test
  void guardsAreTheApplicationsOwnBreakers() {
    var breakers = CircuitBreakerRegistry.of(CircuitBreakerConfig.ofDefaults());
    var payments = breakers.circuitBreaker("payments");
    Applications.on(database)
        .withUserConfiguration(GuardedSaga.class)
        .withBean(CircuitBreakerRegistry.class, () -> breakers)
        .run(
            context -> {
              var saga = context.getBean(SagaClient.class);
              end(saga.start(definition(context, "placeOrder"), new Order("o1")));

              assertThat(payments.getMetrics().getNumberOfSuccessfulCalls()).isOne();
            });
  }

  @Test
  void resilience4jNeedNotBeThere() {
    Applications.on(database)
        .withUserConfiguration(OneSaga.class)
        .withClassLoader(new FilteredClassLoader("io.github.resilience4j"))
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(SagaEngine.class)
                    .doesNotHaveBean(AttemptGuard.class));
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoDatabases {
    @Bean
    DataSource first() {
      return DataSourceBuilder.create().url(TestDatabase.create().url()).build();
    }

    @Bean
    DataSource second() {
      return DataSourceBuilder.create().url(TestDatabase.create().url()).build();
    }
  }

  @Test
  void ofTwoDataSourcesNoneIsGuessed() {
    Applications.bare()
        .withUserConfiguration(SagaWithoutDatabase.class, TwoDatabases.class)
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SagaEngine.class));
  }

  private int schemas() {
    return database.count("information_schema.schemata where schema_name = 'skald'");
  }
}

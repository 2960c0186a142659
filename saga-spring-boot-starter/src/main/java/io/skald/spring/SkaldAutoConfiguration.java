package io.skald.spring;

import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.guard.Resilience4jGuard;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaOperator;
import io.skald.saga.view.SagaListener;
import io.skald.store.jooq.JooqSagaStore;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * An engine for the application's {@link SagaDefinition} beans, in the database of its {@link
 * DataSource}. Every bean of it gives way to one of the application's own.
 */
@AutoConfiguration(
    after = {
      DataSourceAutoConfiguration.class,
      DataSourceTransactionManagerAutoConfiguration.class
    })
@ConditionalOnBooleanProperty(name = "skald.enabled", matchIfMissing = true)
@ConditionalOnBean(SagaDefinition.class)
@EnableConfigurationProperties(SkaldProperties.class)
final class SkaldAutoConfiguration {

  /** Where sagas are kept, unless the application says so itself. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnSingleCandidate(DataSource.class)
  @ConditionalOnMissingBean(SagaStore.class)
  static class Store {

    /** Null if the application has no manager of that database's transactions. */
    @Bean
    @ConditionalOnMissingBean
    @Nullable TransactionBinding sagaTransactions(
        DataSource dataSource, ObjectProvider<PlatformTransactionManager> managers) {
      return TransactionManagers.of(DataSources.target(dataSource), managers)
          .map(manager -> new SpringTransactionBinding(manager, dataSource))
          .orElse(null);
    }

    @Bean
    @DependsOnDatabaseInitialization
    JooqSagaStore sagaStore(
        DataSource dataSource,
        SkaldProperties properties,
        ObjectProvider<TransactionBinding> transactions) {
      var store =
          JooqSagaStore.builder(DataSources.target(dataSource))
              .schema(properties.database().schema())
              .migration(properties.database().migrate());
      transactions.ifAvailable(store::transactions);
      return store.build();
    }
  }

  /** The application's breakers, bulkheads and rate limiters around attempts. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({
    BulkheadRegistry.class,
    CircuitBreakerRegistry.class,
    RateLimiterRegistry.class
  })
  static class Guard {

    @Bean
    @ConditionalOnMissingBean(AttemptGuard.class)
    Resilience4jGuard sagaAttemptGuard(
        ObjectProvider<CircuitBreakerRegistry> breakers,
        ObjectProvider<BulkheadRegistry> bulkheads,
        ObjectProvider<RateLimiterRegistry> rateLimiters) {
      return new Resilience4jGuard(
          breakers.getIfAvailable(CircuitBreakerRegistry::ofDefaults),
          bulkheads.getIfAvailable(BulkheadRegistry::ofDefaults),
          rateLimiters.getIfAvailable(RateLimiterRegistry::ofDefaults));
    }
  }

  @Bean
  @ConditionalOnMissingBean
  HandlerResolver sagaHandlers(ListableBeanFactory beans) {
    return new SpringHandlerResolver(beans);
  }

  @Bean
  @ConditionalOnMissingBean
  EngineOptions sagaEngineOptions(SkaldProperties properties, Environment environment) {
    return properties.options(environment.getProperty("spring.application.name", "skald"));
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(SagaStore.class)
  SagaEngine sagaEngine(
      SagaStore store,
      EngineOptions options,
      SkaldProperties properties,
      HandlerResolver handlers,
      ListableBeanFactory beans) {
    var engine =
        SagaEngine.builder(store).options(options).gate(properties.deployGate()).handlers(handlers);
    properties.fleetLimits().forEach(engine::limit);
    beans.getBeanProvider(SagaDefinition.class).orderedStream().forEach(engine::define);
    beans.getBeanProvider(SagaListener.class).orderedStream().forEach(engine::listener);
    beans.getBeanProvider(PayloadCodec.class).ifAvailable(engine::codec);
    beans.getBeanProvider(AttemptGuard.class).ifAvailable(engine::guard);
    beans.getBeanProvider(TransactionBinding.class).ifAvailable(engine::transactions);
    beans
        .getBeanProvider(SkaldCustomizer.class)
        .orderedStream()
        .forEach(customizer -> customizer.customize(engine));
    return engine.build();
  }

  /** Opens and closes the application's own engine as well. */
  @Bean
  @ConditionalOnSingleCandidate(SagaEngine.class)
  EngineLifecycle sagaEngineLifecycle(SagaEngine engine) {
    return new EngineLifecycle(engine);
  }

  /** Primary, because the engine is a client as well, and handlers cannot be given the engine. */
  @Bean
  @Primary
  @ConditionalOnMissingBean(value = SagaClient.class, ignored = SagaEngine.class)
  @ConditionalOnSingleCandidate(SagaEngine.class)
  SagaClient sagaClient(ObjectProvider<SagaEngine> engine) {
    return new LazySagaClient(engine::getObject);
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnSingleCandidate(SagaEngine.class)
  SagaOperator sagaOperator(SagaEngine engine) {
    return engine.operator();
  }
}

package io.skald.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.spring.Applications.Order;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class TransactionManagersTest {
  private final TestDatabase database = TestDatabase.create();

  @Configuration(proxyBeanMethods = false)
  static class OneSaga {
    @Bean
    SagaDefinition<Order, Done> placeOrder() {
      var nothing =
          Step.named("nothing", Order.class).local((order, tx) -> {}).needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(nothing).build();
    }
  }

  /** A manager whose database is not that of the sagas. */
  @Configuration(proxyBeanMethods = false)
  static class ManagerOfAnother {
    @Bean
    JdbcTransactionManager another() {
      return new JdbcTransactionManager(
          DataSourceBuilder.create().url(TestDatabase.create().url()).build());
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class FirstManager {
    @Bean
    JdbcTransactionManager first(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class SecondManager {
    @Bean
    JdbcTransactionManager second(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class PrimaryManager {
    @Bean
    @Primary
    JdbcTransactionManager primary(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }
  }

  private ApplicationContextRunner application(Class<?>... managers) {
    return Applications.on(database)
        .withUserConfiguration(OneSaga.class)
        .withUserConfiguration(managers);
  }

  @Test
  void theOneOfTheSagasDatabaseIsTaken() {
    application(ManagerOfAnother.class, FirstManager.class)
        .run(context -> assertThat(context.getBean(TransactionBinding.class)).isNotNull());
  }

  @Test
  void ofSeveralThePrimaryOneIsTaken() {
    application(FirstManager.class, PrimaryManager.class)
        .run(context -> assertThat(context.getBean(TransactionBinding.class)).isNotNull());
  }

  @Test
  void noneIsGuessedAndTheEngineHasTransactionsOfItsOwn() {
    application(FirstManager.class, SecondManager.class)
        .run(TransactionManagersTest::assertEngineOnItsOwn);
    application(ManagerOfAnother.class).run(TransactionManagersTest::assertEngineOnItsOwn);
  }

  private static void assertEngineOnItsOwn(ApplicationContext context) {
    assertThat(context.getBeanProvider(TransactionBinding.class).getIfAvailable()).isNull();
    assertThat(Applications.end(start(context))).isInstanceOf(SagaEnd.Completed.class);
  }

  @SuppressWarnings("unchecked")
  private static SagaHandle<Done> start(ApplicationContext context) {
    SagaDefinition<Order, Done> definition = context.getBean("placeOrder", SagaDefinition.class);
    return context.getBean(SagaClient.class).start(definition, new Order("o1"));
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnBinding {
    @Bean
    TransactionBinding sagaTransactions(
        @Qualifier("second") PlatformTransactionManager manager, DataSource dataSource) {
      return new SpringTransactionBinding(manager, dataSource);
    }
  }

  @Test
  void anOwnBindingSaysWhichManagerIsMeant() {
    application(FirstManager.class, SecondManager.class, OwnBinding.class)
        .run(
            context -> {
              var second = context.getBean("second", PlatformTransactionManager.class);
              new TransactionTemplate(second)
                  .executeWithoutResult(
                      status -> {
                        assertThat(start(context).id()).isNotNull();
                        status.setRollbackOnly();
                      });

              assertThat(database.count("skald.saga")).isZero();
              assertThat(Applications.end(start(context))).isInstanceOf(SagaEnd.Completed.class);
            });
  }

  @Test
  void aManagerOfAnotherDatabaseIsRefusedWhenItIsUsed() {
    var sagas = DataSourceBuilder.create().url(database.url()).build();
    var another = new ManagerOfAnother().another();
    var binding = new SpringTransactionBinding(another, sagas);

    assertThatThrownBy(() -> binding.inNewTransaction(session -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("does not manage the DataSource of the sagas");
  }

  @Test
  void aTransactionOfAnotherManagerIsNotJoined() {
    var sagas = DataSourceBuilder.create().url(database.url()).build();
    var binding = new SpringTransactionBinding(new JdbcTransactionManager(sagas), sagas);
    var another = new TransactionTemplate(new ManagerOfAnother().another());

    another.executeWithoutResult(status -> assertThat(binding.ambient()).isEmpty());
    assertThat(binding.ambient()).isEmpty();
  }
}

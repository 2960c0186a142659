package io.skald.spring;

import static io.skald.spring.Applications.QUICK;
import static io.skald.spring.Applications.end;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.spring.Applications.Order;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.support.TransactionTemplate;

/** JPA writes late: what it holds back is sent before the engine's log row. */
class JpaTest {
  private final TestDatabase database = TestDatabase.create();

  @Entity
  @Table(name = "orders")
  static class OrderRow {
    @Id String id;
    String note;

    OrderRow() {
      this("", "");
    }

    OrderRow(String id, String note) {
      this.id = id;
      this.note = note;
    }
  }

  @Configuration(proxyBeanMethods = false)
  @AutoConfigurationPackage
  static class Shop {
    @Bean
    EntityManager entities(EntityManagerFactory factory) {
      return SharedEntityManagerCreator.createSharedEntityManager(factory);
    }

    @Bean
    SagaDefinition<Order, Done> placeOrder(EntityManager entities) {
      var insert =
          Step.named("insert", Order.class)
              .local((order, tx) -> entities.persist(new OrderRow(order.id(), "inserted")))
              .retry(QUICK.attemptsMax(2))
              .needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(insert).build();
    }
  }

  private ApplicationContextRunner shop() {
    return Applications.on(database)
        .withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
        .withUserConfiguration(Shop.class);
  }

  @SuppressWarnings("unchecked")
  private static SagaHandle<Done> start(ApplicationContext context) {
    SagaDefinition<Order, Done> definition = context.getBean("placeOrder", SagaDefinition.class);
    return context.getBean(SagaClient.class).start(definition, new Order("o1"));
  }

  @Test
  void anEntityIsCommittedWithTheStepsRecord() {
    shop()
        .run(
            context -> {
              assertThat(end(start(context))).isInstanceOf(SagaEnd.Completed.class);
              assertThat(database.value("select note from orders")).isEqualTo("inserted");
              assertThat(database.value("select status from skald.saga_log"))
                  .isEqualTo("SUCCEEDED");
            });
  }

  @Test
  void anEntityIsSentBeforeTheStepsRecord() {
    database.execute(
        """
        create function count_log() returns trigger language plpgsql as $$
        begin
          new.note := (select count(*) from skald.saga_log);
          return new;
        end $$;
        create trigger count_log before insert on orders
        for each row execute function count_log();
        """);
    shop()
        .run(
            context -> {
              assertThat(end(start(context))).isInstanceOf(SagaEnd.Completed.class);
              assertThat(database.value("select note from orders")).isEqualTo("0");
            });
  }

  @Test
  void anEntityTheDatabaseRefusesIsTheStepsFailure() {
    database.execute("insert into orders values ('o1', 'was here first')");
    shop()
        .run(
            context -> {
              assertThat(end(start(context))).isInstanceOf(SagaEnd.Compensated.class);
              assertThat(database.value("select attempt || ' ' || status from skald.saga_log"))
                  .isEqualTo("2 FAILED");
            });
  }

  @Test
  void aStartJoinsAJpaTransaction() {
    shop()
        .run(
            context -> {
              var manager = context.getBean(JpaTransactionManager.class);
              new TransactionTemplate(manager)
                  .executeWithoutResult(
                      status -> {
                        assertThat(start(context).id()).isNotNull();
                        status.setRollbackOnly();
                      });

              assertThat(database.count("skald.saga")).isZero();
            });
  }
}

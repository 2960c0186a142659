package io.skald.spring;

import static io.skald.spring.Applications.QUICK;
import static io.skald.spring.Applications.SOON;
import static io.skald.spring.Applications.end;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import io.skald.spring.Applications.Order;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** A saga's start and its local steps take part in the transactions Spring manages. */
class SpringTransactionsTest {
  private final TestDatabase database = TestDatabase.create();

  /** What an application has: a service whose methods are transactions. */
  static class OrderService {
    private final SagaClient sagas;
    private final SagaDefinition<Order, Done> definition;
    private final JdbcTemplate jdbc;

    OrderService(SagaClient sagas, SagaDefinition<Order, Done> definition, JdbcTemplate jdbc) {
      this.sagas = sagas;
      this.definition = definition;
      this.jdbc = jdbc;
    }

    @Transactional
    SagaHandle<Done> place(Order order, Consumer<SagaHandle<Done>> beforeCommit) {
      jdbc.update("insert into orders (id, note) values (?, 'placed')", order.id());
      SagaHandle<Done> saga = sagas.start(definition, order);
      beforeCommit.accept(saga);
      return saga;
    }
  }

  /** A service that a step calls. */
  static class Bookkeeping {
    @Transactional
    void refuse() {
      throw new IllegalStateException("the books are closed");
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Shop {
    final Map<String, String> seen = new ConcurrentHashMap<>();

    @Bean
    SagaDefinition<Order, Done> placeOrder(JdbcTemplate jdbc, Bookkeeping bookkeeping) {
      var note =
          Step.named("note", Order.class)
              .local(
                  (order, tx) -> {
                    jdbc.update(
                        "insert into orders (id, note) values (?, 'noted')", order.id() + "-note");
                    seen.put("isolation", text(jdbc, "show transaction_isolation"));
                    seen.put("mine", text(jdbc, "select pg_current_xact_id()::text"));
                    seen.put(
                        "engine's",
                        text(
                            new JdbcTemplate(new SingleConnectionDataSource(tx.connection(), true)),
                            "select pg_current_xact_id()::text"));
                    seen.put("new", "" + tx.unwrap(TransactionStatus.class).isNewTransaction());
                    if (tx.attempt() == 1 && order.id().startsWith("flaky")) {
                      throw new IllegalStateException("after the insert");
                    }
                    if (tx.attempt() == 1 && order.id().startsWith("booked")) {
                      ask(bookkeeping);
                    }
                  })
              .retry(QUICK)
              .needsNoCompensation();
      return Saga.define("place-order", Order.class).key(Order::id).step(note).build();
    }

    private static void ask(Bookkeeping bookkeeping) {
      try {
        bookkeeping.refuse();
      } catch (IllegalStateException e) {
        assertThat(e).hasMessage("the books are closed");
      }
    }

    @Bean
    Bookkeeping bookkeeping() {
      return new Bookkeeping();
    }

    private static String text(JdbcTemplate jdbc, String sql) {
      return String.valueOf(jdbc.queryForObject(sql, String.class));
    }

    @Bean
    OrderService orderService(
        SagaClient sagas, SagaDefinition<Order, Done> definition, JdbcTemplate jdbc) {
      return new OrderService(sagas, definition, jdbc);
    }
  }

  private ApplicationContextRunner shop() {
    return Applications.on(database).withUserConfiguration(Shop.class);
  }

  // ---- starts

  @Test
  void aSagaStartedInATransactionThatRollsBackNeverWas() {
    shop()
        .run(
            context -> {
              var service = context.getBean(OrderService.class);

              assertThatThrownBy(
                      () ->
                          service.place(
                              new Order("o1"),
                              saga -> {
                                throw new IllegalStateException("changed my mind");
                              }))
                  .hasMessage("changed my mind");
              assertThat(database.count("orders")).isZero();
              assertThat(database.count("skald.saga")).isZero();
            });
  }

  @Test
  void aSagaStartedInATransactionIsLaunchedByItsCommit() {
    shop()
        // nothing is left to the poll
        .withPropertyValues("skald.worker.poll-interval=1m")
        .run(
            context -> {
              var service = context.getBean(OrderService.class);
              var saga =
                  service.place(
                      new Order("o1"),
                      started -> assertThat(database.count("skald.saga")).isZero());

              await()
                  .atMost(SOON)
                  .until(() -> database.value("select status from skald.saga").equals("COMPLETED"));
              assertThat(database.count("orders")).isEqualTo(2);
              assertThat(end(saga)).isInstanceOf(SagaEnd.Completed.class);
            });
  }

  @Test
  void awaitingASagaBeforeItsTransactionHasCommittedIsRefused() {
    shop()
        .run(
            context -> {
              var service = context.getBean(OrderService.class);

              assertThatThrownBy(() -> service.place(new Order("o1"), Applications::end))
                  .isInstanceOf(IllegalSagaStateException.class);
            });
  }

  @Test
  @SuppressWarnings("unchecked")
  void aReadOnlyTransactionRefusesAStart() {
    shop()
        .run(
            context -> {
              SagaDefinition<Order, Done> definition =
                  context.getBean("placeOrder", SagaDefinition.class);
              var sagas = context.getBean(SagaClient.class);
              var reading =
                  new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
              reading.setReadOnly(true);

              assertThatThrownBy(
                      () -> reading.execute(status -> sagas.start(definition, new Order("o1"))))
                  .isInstanceOf(SagaStoreException.class)
                  .hasMessageContaining("25006");
            });
  }

  @Test
  void aDataSourceThatIsAwareOfTransactionsIsSeenThrough() {
    shop()
        .withBean("aware", AwareOfTransactions.class, AwareOfTransactions::new)
        .run(
            context -> {
              assertThat(context.getBean(DataSource.class))
                  .isInstanceOf(TransactionAwareDataSourceProxy.class);
              var service = context.getBean(OrderService.class);

              assertThat(end(service.place(new Order("o1"), saga -> {})))
                  .isInstanceOf(SagaEnd.Completed.class);
            });
  }

  static final class AwareOfTransactions implements BeanPostProcessor {
    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
      return bean instanceof DataSource pool ? new TransactionAwareDataSourceProxy(pool) : bean;
    }
  }

  // ---- local steps

  @Test
  void aLocalStepIsOneSpringTransaction() {
    shop()
        .run(
            context -> {
              var saga = context.getBean(OrderService.class).place(new Order("o1"), started -> {});
              end(saga);

              var seen = context.getBean(Shop.class).seen;
              assertThat(seen.get("mine")).isEqualTo(seen.get("engine's"));
              assertThat(seen).containsEntry("new", "true");
            });
  }

  @Test
  void whatAFailedStepWroteIsRolledBackWithItsRecord() {
    shop()
        .run(
            context -> {
              var saga =
                  context.getBean(OrderService.class).place(new Order("flaky"), started -> {});

              assertThat(end(saga)).isInstanceOf(SagaEnd.Completed.class);
              // the second attempt's insert would meet the first one's
              assertThat(database.value("select id from orders where note = 'noted'"))
                  .isEqualTo("flaky-note");
              assertThat(database.value("select attempt || ' ' || status from skald.saga_log"))
                  .isEqualTo("2 SUCCEEDED");
            });
  }

  @Test
  void aFailureOfATransactionalMethodFailsTheStepThatCaughtIt() {
    shop()
        .run(
            context -> {
              var saga = context.getBean(OrderService.class).place(new Order("booked"), s -> {});

              assertThat(end(saga)).isInstanceOf(SagaEnd.Completed.class);
              assertThat(database.value("select attempt || ' ' || status from skald.saga_log"))
                  .isEqualTo("2 SUCCEEDED");
              assertThat(database.count("orders where note = 'noted'")).isOne();
            });
  }

  @Test
  void aLocalStepIsReadCommittedWhateverThePoolsDefaultIs() {
    shop()
        .withPropertyValues(
            "spring.datasource.hikari.transaction-isolation=TRANSACTION_REPEATABLE_READ")
        .run(
            context -> {
              end(context.getBean(OrderService.class).place(new Order("o1"), saga -> {}));

              assertThat(context.getBean(Shop.class).seen)
                  .containsEntry("isolation", "read committed");
              assertThat(
                      context
                          .getBean(JdbcTemplate.class)
                          .queryForObject("show transaction_isolation", String.class))
                  .isEqualTo("repeatable read");
            });
  }

  @Test
  void aPoolWithoutAutocommitServesAsWell() {
    shop()
        .withPropertyValues("spring.datasource.hikari.auto-commit=false")
        .run(
            context ->
                assertThat(
                        end(context.getBean(OrderService.class).place(new Order("o1"), saga -> {})))
                    .isInstanceOf(SagaEnd.Completed.class));
  }
}

package io.skald.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.Relay;
import io.skald.messaging.RelayOptions;
import io.skald.messaging.Transport;
import io.skald.saga.participant.Barrier;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Message;
import io.skald.saga.participant.Outbox;
import io.skald.saga.participant.Passage;
import io.skald.saga.participant.Receipt;
import io.skald.saga.participant.Topic;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.support.TransactionTemplate;

/** What an application without any saga has of outbox, relay, inbox and barrier. */
class SpringMessagesTest {
  private static final Topic PLACED = Topic.ordered("orders.placed");

  private final TestDatabase database = TestDatabase.create();

  private ApplicationContextRunner application() {
    return Applications.on(database)
        .withConfiguration(AutoConfigurations.of(SkaldMessagesAutoConfiguration.class));
  }

  @Configuration(proxyBeanMethods = false)
  static class Publishing {
    @Bean
    Topic placed() {
      return PLACED;
    }
  }

  /** What it is sent it has. */
  static final class KeepingTransport implements Transport {
    final List<String> kept = new CopyOnWriteArrayList<>();
    volatile boolean closed;

    @Override
    public CompletionStage<Void> send(OutboxMessage message) {
      assertThat(closed).as("the relay is closed before its transport").isFalse();
      kept.add(new String(message.payload(), StandardCharsets.UTF_8));
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Relaying {
    @Bean
    KeepingTransport transport() {
      return new KeepingTransport();
    }

    /** It looks once a minute, unless it is told. */
    @Bean
    RelayOptions relayOptions() {
      return RelayOptions.defaults().withPollInterval(Duration.ofMinutes(1));
    }
  }

  private static void publish(Outbox outbox, String payload) {
    outbox.publish(Message.of(PLACED, "o1", payload));
  }

  @Test
  void whatATransactionPublishesIsSentIfItCommits() {
    application()
        .withUserConfiguration(Publishing.class, Relaying.class)
        .run(
            context -> {
              Outbox outbox = context.getBean(Outbox.class);
              var transactions = context.getBean(TransactionTemplate.class);
              transactions.executeWithoutResult(
                  status -> {
                    publish(outbox, "rolled back");
                    status.setRollbackOnly();
                  });
              transactions.executeWithoutResult(status -> publish(outbox, "committed"));

              List<String> kept = context.getBean(KeepingTransport.class).kept;
              Awaitility.await("it is sent long before the relay's next look")
                  .atMost(Duration.ofSeconds(20))
                  .untilAsserted(() -> assertThat(kept).containsExactly("committed"));
              assertThatThrownBy(() -> publish(outbox, "outside of a transaction"))
                  .isInstanceOf(IllegalStateException.class);
            });
  }

  @Test
  void withoutTheRelayOnTheClassPathItIsPublishedForAnother() {
    application()
        .withUserConfiguration(Publishing.class)
        .withClassLoader(new FilteredClassLoader(Relay.class))
        .run(
            context -> {
              assertThat(context).doesNotHaveBean("sagaRelay");
              Outbox outbox = context.getBean(Outbox.class);
              context
                  .getBean(TransactionTemplate.class)
                  .executeWithoutResult(status -> publish(outbox, "for another"));
              assertThat(database.count("skald.saga_outbox")).isOne();
            });
  }

  @Test
  void whatNobodyAsksForIsNotMade() {
    application()
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(Outbox.class);
              assertThat(database.value("select to_regclass('skald.saga_inbox')"))
                  .isEqualTo("null");
            });
  }

  @Test
  void aMessageIsReceivedInTheTransactionOfTheThread() {
    application()
        .run(
            context -> {
              Inbox inbox = context.getBean(Inbox.class);
              var jdbc = context.getBean(JdbcTemplate.class);
              Delivery m1 = Delivery.of("billing", "m1", new byte[] {1});
              var transactions = context.getBean(TransactionTemplate.class);
              transactions.executeWithoutResult(
                  status -> {
                    Receipt unused =
                        inbox.once(m1, tx -> jdbc.update("insert into orders values ('o1')"));
                    status.setRollbackOnly();
                  });

              Receipt receipt =
                  inbox.once(m1, tx -> jdbc.update("insert into orders values ('o1')"));
              assertThat(receipt).isEqualTo(Receipt.HANDLED);
            });
  }

  @Test
  void aBarrierStandsInTheTransactionOfTheThread() {
    application()
        .run(
            context -> {
              Barrier barrier = context.getBean(Barrier.class);
              DataSource pool = context.getBean(DataSource.class);
              var jdbc = context.getBean(JdbcTemplate.class);
              Passage first =
                  context
                      .getBean(TransactionTemplate.class)
                      .execute(
                          status -> {
                            Connection connection = DataSourceUtils.getConnection(pool);
                            return barrier.action(
                                connection,
                                "s1/charge",
                                () -> jdbc.update("insert into orders values ('o1')"));
                          });

              assertThat(first).isEqualTo(Passage.PASSED);
              assertThat(database.count("orders")).isOne();
              assertThat(database.count("skald.saga_barrier")).isOne();
            });
  }

  @Test
  void aRetentionOutOfBoundsIsRefusedByName() {
    application()
        .withPropertyValues("skald.inbox.retention=1s")
        .run(
            context ->
                assertThatThrownBy(() -> context.getBean(Inbox.class))
                    .hasRootCauseInstanceOf(IllegalArgumentException.class)
                    .hasStackTraceContaining("retention"));
  }
}

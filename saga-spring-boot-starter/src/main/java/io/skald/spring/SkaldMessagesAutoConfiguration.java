package io.skald.spring;

import io.skald.engine.spi.OutboxStore;
import io.skald.engine.spi.TransactionBinding;
import io.skald.messaging.Relay;
import io.skald.messaging.RelayOptions;
import io.skald.messaging.Transport;
import io.skald.saga.participant.Barrier;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Outbox;
import io.skald.saga.participant.Topic;
import io.skald.store.jooq.JooqBarrier;
import io.skald.store.jooq.JooqInbox;
import io.skald.store.jooq.JooqOutbox;
import io.skald.store.jooq.JooqOutboxStore;
import io.skald.store.jooq.PurgeTimer;
import io.skald.store.jooq.SkaldSchema;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
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
import org.springframework.context.annotation.Lazy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.util.function.SingletonSupplier;

/**
 * Outbox, inbox and barrier in the database of the application's {@link DataSource}, with sagas or
 * without. Every bean gives way to one of the application's own, and none is made that nobody asks
 * for.
 */
@AutoConfiguration(
    after = {
      SkaldAutoConfiguration.class,
      DataSourceAutoConfiguration.class,
      DataSourceTransactionManagerAutoConfiguration.class
    })
@ConditionalOnBooleanProperty(name = "skald.enabled", matchIfMissing = true)
@ConditionalOnSingleCandidate(DataSource.class)
@EnableConfigurationProperties(SkaldProperties.class)
final class SkaldMessagesAutoConfiguration {
  private static final Duration PURGE_INTERVAL = Duration.ofMinutes(10);

  private final DataSource dataSource;
  private final SkaldProperties properties;
  private final ObjectProvider<TransactionBinding> bindings;
  private final ObjectProvider<PlatformTransactionManager> managers;

  SkaldMessagesAutoConfiguration(
      DataSource dataSource,
      SkaldProperties properties,
      ObjectProvider<TransactionBinding> bindings,
      ObjectProvider<PlatformTransactionManager> managers) {
    this.dataSource = DataSources.target(dataSource);
    this.properties = properties;
    this.bindings = bindings;
    this.managers = managers;
  }

  /** That of the engine, if there is one. */
  private Optional<TransactionBinding> transactions() {
    return Optional.ofNullable(bindings.getIfAvailable())
        .or(
            () ->
                TransactionManagers.of(dataSource, managers)
                    .map(manager -> new SpringTransactionBinding(manager, dataSource)));
  }

  private String schema() {
    return properties.database().schema();
  }

  private void prepareSchema() {
    new SkaldSchema(dataSource, schema()).apply(properties.database().migrate());
  }

  /** A relay of this process, which wants to know that something was published. */
  @FunctionalInterface
  interface OutboxHint {
    void published();
  }

  /** Publishes to the application's {@link Topic} beans. */
  @Bean
  @ConditionalOnBean(Topic.class)
  @ConditionalOnMissingBean(Outbox.class)
  @DependsOnDatabaseInitialization
  JooqOutbox sagaOutbox(ObjectProvider<Topic> topics, ObjectProvider<OutboxHint> hints) {
    prepareSchema();
    var outbox = JooqOutbox.builder().schema(schema());
    topics.orderedStream().forEach(outbox::topic);
    transactions().ifPresent(outbox::transactions);
    // looked for when something is published: the relay need not be there before the outbox
    var hint = SingletonSupplier.of(() -> hints.getIfAvailable(() -> () -> {}));
    return outbox.hint(() -> hint.obtain().published()).build();
  }

  /** An inbox that is purged as long as the application runs. */
  record PurgedInbox(JooqInbox inbox, PurgeTimer timer) implements AutoCloseable {
    @Override
    public void close() {
      timer.close();
    }
  }

  @Bean
  @Lazy
  @ConditionalOnMissingBean(Inbox.class)
  @DependsOnDatabaseInitialization
  PurgedInbox sagaPurgedInbox() {
    var builder =
        JooqInbox.builder(dataSource)
            .schema(schema())
            .migration(properties.database().migrate())
            .retention(properties.inbox().retention());
    transactions().ifPresent(builder::transactions);
    JooqInbox inbox = builder.build();
    return new PurgedInbox(inbox, PurgeTimer.every(PURGE_INTERVAL, "inbox", inbox::purge));
  }

  @Bean
  @Lazy
  @ConditionalOnBean(PurgedInbox.class)
  JooqInbox sagaInbox(PurgedInbox purged) {
    return purged.inbox();
  }

  /** A barrier that is purged as long as the application runs. */
  record PurgedBarrier(JooqBarrier barrier, PurgeTimer timer) implements AutoCloseable {
    @Override
    public void close() {
      timer.close();
    }
  }

  @Bean
  @Lazy
  @ConditionalOnMissingBean(Barrier.class)
  @DependsOnDatabaseInitialization
  PurgedBarrier sagaPurgedBarrier() {
    JooqBarrier barrier =
        JooqBarrier.builder(dataSource)
            .schema(schema())
            .migration(properties.database().migrate())
            .retention(properties.barrier().retention())
            .build();
    return new PurgedBarrier(barrier, PurgeTimer.every(PURGE_INTERVAL, "barrier", barrier::purge));
  }

  @Bean
  @Lazy
  @ConditionalOnBean(PurgedBarrier.class)
  JooqBarrier sagaBarrier(PurgedBarrier purged) {
    return purged.barrier();
  }

  /** Sends what was published, where saga-messaging and a {@link Transport} bean are there. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(Relay.class)
  @ConditionalOnBean(type = "io.skald.messaging.Transport")
  static class Relaying {

    @Bean
    @ConditionalOnMissingBean(OutboxStore.class)
    @DependsOnDatabaseInitialization
    JooqOutboxStore sagaOutboxStore(SkaldMessagesAutoConfiguration messages) {
      messages.prepareSchema();
      return JooqOutboxStore.of(messages.dataSource, messages.schema());
    }

    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    @ConditionalOnSingleCandidate(Transport.class)
    Relay sagaRelay(OutboxStore store, Transport transport, ObjectProvider<RelayOptions> options) {
      return Relay.builder(store, transport)
          .options(options.getIfAvailable(RelayOptions::defaults))
          .build();
    }

    @Bean
    @ConditionalOnSingleCandidate(Relay.class)
    RelayLifecycle sagaRelayLifecycle(Relay relay) {
      return new RelayLifecycle(relay);
    }

    @Bean
    @ConditionalOnSingleCandidate(Relay.class)
    OutboxHint sagaOutboxHint(Relay relay) {
      return relay::wake;
    }
  }
}

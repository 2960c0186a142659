package io.skald.store.jooq;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** Engines on one migrated schema, closed with it; impatient, so that tests are quick. */
final class EngineFixture implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(20);

  final TestDatabase database = TestDatabase.migrated();
  final List<SagaEvent> events = new CopyOnWriteArrayList<>();
  private final List<SagaEngine> engines = new CopyOnWriteArrayList<>();

  static EngineOptions impatient() {
    return EngineOptions.defaults()
        .withPollInterval(Duration.ofMillis(50))
        .withLease(Duration.ofSeconds(3), Duration.ofMillis(500))
        .withShutdownTimeout(Duration.ofSeconds(2));
  }

  SagaEngine open(SagaDefinition<?, ?>... definitions) {
    return open(builder -> builder, definitions);
  }

  SagaEngine open(UnaryOperator<SagaEngine.Builder> settings, SagaDefinition<?, ?>... definitions) {
    SagaEngine engine = built(settings, definitions);
    engine.open();
    return engine;
  }

  /** An engine on another store of this schema. */
  SagaEngine openOn(SagaStore store, SagaDefinition<?, ?>... definitions) {
    return openOn(store, builder -> builder, definitions);
  }

  SagaEngine openOn(
      SagaStore store,
      UnaryOperator<SagaEngine.Builder> settings,
      SagaDefinition<?, ?>... definitions) {
    SagaEngine engine = built(store, settings, definitions);
    engine.open();
    return engine;
  }

  SagaEngine built(
      UnaryOperator<SagaEngine.Builder> settings, SagaDefinition<?, ?>... definitions) {
    return built(database.store(), settings, definitions);
  }

  private SagaEngine built(
      SagaStore store,
      UnaryOperator<SagaEngine.Builder> settings,
      SagaDefinition<?, ?>... definitions) {
    SagaEngine.Builder builder =
        SagaEngine.builder(store).options(impatient()).listener(events::add);
    for (SagaDefinition<?, ?> definition : definitions) {
      builder.define(definition);
    }
    SagaEngine engine = settings.apply(builder).build();
    engines.add(engine);
    return engine;
  }

  /** The saga once it has that status. */
  SagaView await(SagaEngine engine, SagaId id, SagaStatus status) {
    Awaitility.await("saga " + id + " is " + status)
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> engine.view(id).orElseThrow().status() == status);
    return engine.view(id).orElseThrow();
  }

  @Override
  public void close() {
    engines.forEach(SagaEngine::close);
    database.close();
  }
}

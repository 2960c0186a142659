package io.skald.engine;

import io.skald.engine.runtime.Shard;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaSummary;
import io.skald.saga.view.SagaView;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * The engines of a service whose sagas are spread over several databases, one engine for each. A
 * saga is in the shard of its business key, where the business tables have to have what belongs to
 * that key; its id says which shard that is. What a saga starts is where that saga is. Shards know
 * nothing of each other: one that is down holds up its own sagas alone.
 *
 * <p>Their number and order never change. To grow later without moving sagas from one to another,
 * begin with more shards than databases, several as schemas of one, and move schemas. Safe for use
 * by several threads.
 */
public final class ShardedEngine implements SagaClient, AutoCloseable {
  private final List<SagaStore> stores;
  private final List<SagaEngine> engines;
  private final ShardedClient client;
  private final AtomicBoolean wasOpened = new AtomicBoolean();

  private ShardedEngine(List<SagaStore> stores, List<SagaEngine> engines) {
    this.stores = stores;
    this.engines = engines;
    this.client = ShardedClient.of(engines);
  }

  /**
   * Engines on these stores, not opened yet.
   *
   * @param shards 1 to 255 stores, each with tables of its own, always in the same order
   * @param settings what each engine is made of beside its store
   * @throws IllegalArgumentException if there are none, or too many; or if they are to take part in
   *     the application's ambient transactions, each of which is one of one database
   */
  public static ShardedEngine of(
      List<? extends SagaStore> shards, UnaryOperator<SagaEngine.Builder> settings) {
    List<SagaEngine> engines = new ArrayList<>();
    for (int number = 0; number < shards.size(); number++) {
      var shard = new Shard(number, shards.size());
      SagaEngine.Builder builder =
          settings.apply(SagaEngine.builder(shards.get(number)).shard(shard));
      if (builder.isBound()) {
        throw new IllegalArgumentException(
            "an engine of a shard in ambient transactions (expected: joining(connection))");
      }
      engines.add(builder.build());
    }
    if (engines.isEmpty()) {
      throw new IllegalArgumentException("shards: none (expected: at least one)");
    }
    return new ShardedEngine(List.copyOf(shards), List.copyOf(engines));
  }

  /**
   * Opens every engine, as {@link SagaEngine#open} does; none stays open if one cannot be.
   *
   * @throws IllegalStateException if a store holds sagas of another shard, or of none: they were
   *     started by another number of shards, in another order, or without any; or if it was opened
   *     before
   */
  public void open() {
    if (wasOpened.getAndSet(true)) {
      throw new IllegalStateException("the engines were opened before (expected: once)");
    }
    try {
      for (int number = 0; number < engines.size(); number++) {
        requireOwnSagas(number);
        engines.get(number).open();
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void requireOwnSagas(int number) {
    var shard = new Shard(number, engines.size());
    SagaPage latest = stores.get(number).search(SagaQuery.all().limit(1));
    for (SagaSummary saga : latest.sagas()) {
      if (!Shard.of(saga.id()).equals(Optional.of(shard))) {
        throw new IllegalStateException(
            "saga %s in shard %d of %d was not started there (expected: the same shards, in the same order, as ever)"
                .formatted(saga.id(), number, engines.size()));
      }
    }
  }

  /** Closes all engines at the same time, each as {@link SagaEngine#close} does. */
  @Override
  public void close() {
    CompletableFuture<?>[] closing =
        engines.stream()
            .map(engine -> CompletableFuture.runAsync(engine::close, Thread::startVirtualThread))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(closing).join();
  }

  /** The engines, in the order of their stores. */
  public List<SagaEngine> engines() {
    return engines;
  }

  /**
   * The number of the shard of a business key, from 0: that of the database which has to have what
   * belongs to the key. It is the CRC-32 of the key's UTF-8 modulo the number of shards; unless the
   * key begins with a UUID that bears one of as many shards in its last 16 bits, as the id of a
   * saga does: then it is that one.
   */
  public int shardOf(String businessKey) {
    return Shard.ofKey(businessKey, engines.size());
  }

  /**
   * The engine that has a saga, for what a shard does by itself: operators, versions, health.
   *
   * @throws UnknownSagaException if the id is none of these shards'
   */
  public SagaEngine engineOf(SagaId saga) {
    return engines.get(client.numberOf(saga));
  }

  @Override
  public <I, O> SagaHandle<O> start(SagaDefinition<I, O> saga, I input) {
    return client.start(saga, input);
  }

  /** {@inheritDoc} It goes to the shard of the key, which has to be that of the saga. */
  @Override
  public <S> void signal(SagaDefinition<?, ?> saga, String businessKey, Signal<S> signal, S value) {
    client.signal(saga, businessKey, signal, value);
  }

  @Override
  public <S> void signal(SagaId id, Signal<S> signal, S value) {
    client.signal(id, signal, value);
  }

  @Override
  public <R> boolean complete(Step<?, R> step, String token, R result) {
    return client.complete(step, token, result);
  }

  @Override
  public boolean fail(String token, String reason) {
    return client.fail(token, reason);
  }

  @Override
  public boolean heartbeat(String token) {
    return client.heartbeat(token);
  }

  /**
   * {@inheritDoc}
   *
   * @param connection one to the shard of whatever is started, signalled or completed with it; a
   *     saga without a key cannot be started so: {@link #engines} has the engine of each shard
   */
  @Override
  public SagaClient joining(Connection connection) {
    return client.joining(connection);
  }

  @Override
  public <I, O> Optional<SagaHandle<O>> find(SagaDefinition<I, O> saga, String businessKey) {
    return client.find(saga, businessKey);
  }

  @Override
  public Optional<SagaView> view(SagaId id) {
    return client.view(id);
  }

  @Override
  public List<SagaView> viewsOfKey(String businessKey) {
    return client.viewsOfKey(businessKey);
  }

  /**
   * {@inheritDoc} Every shard is searched, one after another; what they have comes in the order of
   * one. Sub-sagas of one definition and key in several shards are never parted: a page may have
   * more than its limit by those.
   */
  @Override
  public SagaPage search(SagaQuery query) {
    return client.search(query);
  }
}

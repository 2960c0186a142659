package io.skald.engine;

import io.skald.engine.runtime.Shard;
import io.skald.engine.runtime.Tokens;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaView;
import java.sql.Connection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The clients of all shards as one: each call goes to the shard it is about. */
final class ShardedClient implements SagaClient {
  /** As many as {@link SagaClient#viewsOfKey} answers. */
  private static final int VIEWS_MAX = 200;

  private final List<SagaClient> shards;
  private final boolean isJoining;
  private final AtomicInteger next = new AtomicInteger();

  private ShardedClient(List<? extends SagaClient> shards, boolean isJoining) {
    this.shards = List.copyOf(shards);
    this.isJoining = isJoining;
  }

  /** The clients of engines. */
  static ShardedClient of(List<SagaEngine> engines) {
    return new ShardedClient(engines, false);
  }

  /**
   * Which shard has a saga.
   *
   * @throws UnknownSagaException if none can
   */
  int numberOf(SagaId saga) {
    return shardOf(saga)
        .orElseThrow(
            () ->
                new UnknownSagaException(
                    "saga %s is of none of %d shards (expected: one that was started by them)"
                        .formatted(saga, shards.size()),
                    null,
                    saga));
  }

  private Optional<Integer> shardOf(SagaId saga) {
    return Shard.of(saga).filter(shard -> shard.count() == shards.size()).map(Shard::number);
  }

  private SagaClient ofKey(String businessKey) {
    return shards.get(Shard.ofKey(businessKey, shards.size()));
  }

  /** A token that names no saga of these shards is refused by any of them, in the same words. */
  private SagaClient ofToken(String token) {
    return shards.get(shardOf(Tokens.sagaOf(token)).orElse(0));
  }

  @Override
  public <I, O> SagaHandle<O> start(SagaDefinition<I, O> saga, I input) {
    return keyOf(saga, input).map(this::ofKey).orElseGet(this::ofNoKey).start(saga, input);
  }

  /** A null is refused, in its words, by whichever engine. */
  private static <I> Optional<String> keyOf(SagaDefinition<I, ?> saga, @Nullable I input) {
    return input == null ? Optional.empty() : saga.keyOf(input);
  }

  /** A saga without a key goes by its id, and that by its shard. */
  private SagaClient ofNoKey() {
    if (isJoining) {
      throw new IllegalArgumentException(
          "a saga without a key, in a transaction of a shard (expected: started by the engine of"
              + " that shard, engines().get(number).joining(connection))");
    }
    return shards.get(Math.floorMod(next.getAndIncrement(), shards.size()));
  }

  @Override
  public <S> void signal(SagaDefinition<?, ?> saga, String businessKey, Signal<S> signal, S value) {
    ofKey(businessKey).signal(saga, businessKey, signal, value);
  }

  @Override
  public <S> void signal(SagaId id, Signal<S> signal, S value) {
    shards.get(numberOf(id)).signal(id, signal, value);
  }

  @Override
  public <R> boolean complete(Step<?, R> step, String token, R result) {
    return ofToken(token).complete(step, token, result);
  }

  @Override
  public boolean fail(String token, String reason) {
    return ofToken(token).fail(token, reason);
  }

  @Override
  public boolean heartbeat(String token) {
    return ofToken(token).heartbeat(token);
  }

  @Override
  public SagaClient joining(Connection connection) {
    return new ShardedClient(
        shards.stream().map(shard -> shard.joining(connection)).toList(), true);
  }

  /** What another saga has started is in that one's shard, whatever its key. */
  @Override
  public <I, O> Optional<SagaHandle<O>> find(SagaDefinition<I, O> saga, String businessKey) {
    Optional<SagaHandle<O>> found = ofKey(businessKey).find(saga, businessKey);
    return found.isPresent()
        ? found
        : shards.stream().flatMap(shard -> shard.find(saga, businessKey).stream()).findFirst();
  }

  @Override
  public Optional<SagaView> view(SagaId id) {
    return shardOf(id).flatMap(number -> shards.get(number).view(id));
  }

  @Override
  public List<SagaView> viewsOfKey(String businessKey) {
    return shards.stream()
        .flatMap(shard -> shard.viewsOfKey(businessKey).stream())
        .sorted(Comparator.comparing(SagaView::id).reversed())
        .limit(VIEWS_MAX)
        .toList();
  }

  @Override
  public SagaPage search(SagaQuery query) {
    return ShardedSearch.merged(query, shards.stream().map(shard -> shard.search(query)).toList());
  }
}

package io.skald.spring;

import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaView;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that finds its engine when it is first used: beans the engine is made of, handlers above
 * all, may start sagas themselves without going round in a circle. Safe for use by several threads.
 */
final class LazySagaClient implements SagaClient {
  private final Supplier<? extends SagaClient> engine;
  private volatile @Nullable SagaClient found;

  LazySagaClient(Supplier<? extends SagaClient> engine) {
    this.engine = engine;
  }

  @Override
  public <I, O> SagaHandle<O> start(SagaDefinition<I, O> saga, I input) {
    return client().start(saga, input);
  }

  @Override
  public <S> void signal(SagaDefinition<?, ?> saga, String businessKey, Signal<S> signal, S value) {
    client().signal(saga, businessKey, signal, value);
  }

  @Override
  public <S> void signal(SagaId id, Signal<S> signal, S value) {
    client().signal(id, signal, value);
  }

  @Override
  public <R> boolean complete(Step<?, R> step, String token, R result) {
    return client().complete(step, token, result);
  }

  @Override
  public boolean fail(String token, String reason) {
    return client().fail(token, reason);
  }

  @Override
  public boolean heartbeat(String token) {
    return client().heartbeat(token);
  }

  @Override
  public SagaClient joining(Connection connection) {
    return client().joining(connection);
  }

  @Override
  public <I, O> Optional<SagaHandle<O>> find(SagaDefinition<I, O> saga, String businessKey) {
    return client().find(saga, businessKey);
  }

  @Override
  public Optional<SagaView> view(SagaId id) {
    return client().view(id);
  }

  @Override
  public List<SagaView> viewsOfKey(String businessKey) {
    return client().viewsOfKey(businessKey);
  }

  @Override
  public SagaPage search(SagaQuery query) {
    return client().search(query);
  }

  private SagaClient client() {
    SagaClient known = found;
    if (known == null) {
      known = engine.get();
      found = known;
    }
    return known;
  }
}

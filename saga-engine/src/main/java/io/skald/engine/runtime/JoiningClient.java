package io.skald.engine.runtime;

import io.skald.engine.spi.NewSignal;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.view.SagaView;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;

/** A client whose starts and signals are part of a caller's transaction. */
record JoiningClient(Node node, Connection connection) implements SagaClient {

  @Override
  public <I, O> SagaHandle<O> start(SagaDefinition<I, O> saga, I input) {
    return node.start(connection, saga, input);
  }

  @Override
  public <S> void signal(SagaDefinition<?, ?> saga, String businessKey, Signal<S> signal, S value) {
    Signaller signaller = node.signaller();
    boolean unused =
        signaller.send(connection, signaller.signal(saga.name(), businessKey, signal, value));
  }

  @Override
  public <S> void signal(SagaId id, Signal<S> signal, S value) {
    Signaller signaller = node.signaller();
    boolean unused = signaller.send(connection, signaller.signal(id, signal, value));
  }

  @Override
  public <R> boolean complete(Step<?, R> step, String token, R result) {
    return sent(node.completions().completed(step, token, result));
  }

  @Override
  public boolean fail(String token, String reason) {
    return sent(node.completions().failed(token, reason));
  }

  @Override
  public boolean heartbeat(String token) {
    return sent(node.completions().alive(token));
  }

  private boolean sent(Optional<NewSignal> signal) {
    return signal.map(each -> node.signaller().send(connection, each)).orElse(false);
  }

  @Override
  public SagaClient joining(Connection other) {
    return node.joining(other);
  }

  @Override
  public <I, O> Optional<SagaHandle<O>> find(SagaDefinition<I, O> saga, String businessKey) {
    return node.find(saga, businessKey);
  }

  @Override
  public Optional<SagaView> view(SagaId id) {
    return node.view(id);
  }

  @Override
  public List<SagaView> viewsOfKey(String businessKey) {
    return node.viewsOfKey(businessKey);
  }
}

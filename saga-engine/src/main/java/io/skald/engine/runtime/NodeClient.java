package io.skald.engine.runtime;

import io.skald.engine.spi.Addressee;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.SignalResult;
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
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A node as its application sees it. Safe for use by several threads. */
final class NodeClient implements SagaClient {
  private static final int VIEWS_MAX = 200;

  /** The path of none. */
  private static final String NO_STEP = "";

  private final Desk desk;
  private final CallerTransaction caller;

  /**
   * What all clients of a node share.
   *
   * @param parts the node's
   * @param endings tells when sagas have ended
   * @param starter starts sagas
   * @param signaller sends signals
   * @param completions what is said of steps by token
   * @param views draws what is stored
   * @param gate throws while the node is not open
   */
  private record Desk(
      Parts parts,
      Endings endings,
      Starter starter,
      Signaller signaller,
      Completions completions,
      Views views,
      Runnable gate) {}

  private NodeClient(Desk desk, CallerTransaction caller) {
    this.desk = desk;
    this.caller = caller;
  }

  /**
   * A client of a node.
   *
   * @param endings tells when sagas have ended
   * @param gate throws while the node is not open
   * @param caller the transactions of those who will call
   */
  static NodeClient of(Parts parts, Endings endings, Runnable gate, CallerTransaction caller) {
    var desk =
        new Desk(
            parts,
            endings,
            new Starter(parts),
            new Signaller(parts.context(), parts.alarm()),
            new Completions(parts.registry(), parts.context()),
            new Views(parts.registry()),
            gate);
    return new NodeClient(desk, caller);
  }

  @Override
  public <I, O> SagaHandle<O> start(SagaDefinition<I, O> saga, I input) {
    desk.gate().run();
    Optional<Connection> connection = caller.connection();
    if (connection.isPresent()) {
      SagaId id = desk.starter().start(connection.get(), saga, input);
      caller.afterCommit(() -> desk.starter().committed(id));
      return handle(id, saga, null);
    }
    Starter.Started started = desk.starter().start(saga, input);
    return handle(started.id(), saga, started.run());
  }

  @Override
  public <S> void signal(SagaDefinition<?, ?> saga, String businessKey, Signal<S> signal, S value) {
    desk.gate().run();
    SignalTypes.check(saga, signal);
    SignalResult unused = send(desk.signaller().signal(saga.name(), businessKey, signal, value));
  }

  @Override
  public <S> void signal(SagaId id, Signal<S> signal, S value) {
    desk.gate().run();
    Addressee saga =
        addressee(id, NO_STEP)
            .orElseThrow(() -> new UnknownSagaException("there is no saga " + id, null, id));
    SignalResult unused =
        send(desk.signaller().signal(saga.definition().name(), saga.businessKey(), signal, value));
  }

  /** Whoever is in a transaction sees what it has written, and needs no other connection. */
  private Optional<Addressee> addressee(SagaId id, String path) {
    return caller
        .connection()
        .map(connection -> store().addressee(connection, id, path))
        .orElseGet(() -> store().addressee(id, path));
  }

  @Override
  public <R> boolean complete(Step<?, R> step, String token, R result) {
    desk.gate().run();
    return say(desk.completions().completed(this::addressee, step, token, result));
  }

  @Override
  public boolean fail(String token, String reason) {
    desk.gate().run();
    return say(desk.completions().failed(this::addressee, token, reason));
  }

  @Override
  public boolean heartbeat(String token) {
    desk.gate().run();
    return say(desk.completions().alive(this::addressee, token));
  }

  private boolean say(Optional<NewSignal> word) {
    return word.map(signal -> Signaller.isHeard(signal, send(signal))).orElse(false);
  }

  private SignalResult send(NewSignal signal) {
    return caller
        .connection()
        .map(connection -> join(connection, signal))
        .orElseGet(() -> desk.signaller().send(signal));
  }

  private SignalResult join(Connection connection, NewSignal signal) {
    SignalResult result = desk.signaller().send(connection, signal);
    caller.afterCommit(desk.parts().alarm()::ring);
    return result;
  }

  @Override
  public SagaClient joining(Connection connection) {
    return new NodeClient(
        desk, CallerTransaction.of(Objects.requireNonNull(connection, "connection")));
  }

  @Override
  public <I, O> Optional<SagaHandle<O>> find(SagaDefinition<I, O> saga, String businessKey) {
    return store().find(saga.name(), businessKey).map(row -> handle(row.id(), saga, null));
  }

  @Override
  public Optional<SagaView> view(SagaId id) {
    return store().load(id).map(found -> desk.views().of(found, store().signals(id).pending()));
  }

  @Override
  public List<SagaView> viewsOfKey(String businessKey) {
    return store().findByKey(businessKey, VIEWS_MAX).stream()
        .map(row -> view(row.id()))
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public SagaPage search(SagaQuery query) {
    return store().search(query);
  }

  private SagaStore store() {
    return desk.parts().context().store();
  }

  private <O> SagaHandle<O> handle(
      SagaId id, SagaDefinition<?, O> saga, @Nullable CompletableFuture<RunEnd> run) {
    Parts parts = desk.parts();
    var waiting =
        new SagaTicket.Waiting(
            desk.endings(), parts.inFlight(), desk.starter(), parts.context().codec());
    return new SagaTicket<>(id, saga, waiting, run);
  }
}

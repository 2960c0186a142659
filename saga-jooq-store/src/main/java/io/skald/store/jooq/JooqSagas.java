package io.skald.store.jooq;

import io.skald.saga.Done;
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
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jooq.Configuration;
import org.jooq.ConnectionProvider;

/** Starts sagas as part of a jOOQ transaction. */
public final class JooqSagas {
  private JooqSagas() {}

  /**
   * A client whose starts become part of the transaction of {@code configuration}: the saga exists
   * if and only if that transaction commits.
   *
   * <pre>{@code
   * dsl.transaction(transaction -> {
   *   transaction.dsl().insertInto(ORDERS).set(ORDERS.ID, order.id()).execute();
   *   JooqSagas.joining(engine, transaction).start(placeOrder, order);
   * });
   * }</pre>
   *
   * @param engine the engine that is to run the saga
   * @param configuration the configuration jOOQ gives inside the transaction; valid until its end
   */
  public static SagaClient joining(SagaClient engine, Configuration configuration) {
    Objects.requireNonNull(engine, "engine");
    return new Joining(engine, configuration.connectionProvider());
  }

  /** Takes the transaction's connection for the time of each call. */
  private record Joining(SagaClient engine, ConnectionProvider connections) implements SagaClient {

    @Override
    public <I, O> SagaHandle<O> start(SagaDefinition<I, O> saga, I input) {
      return with(client -> client.start(saga, input));
    }

    @Override
    public <S> void signal(
        SagaDefinition<?, ?> saga, String businessKey, Signal<S> signal, S value) {
      sending(client -> client.signal(saga, businessKey, signal, value));
    }

    @Override
    public <S> void signal(SagaId id, Signal<S> signal, S value) {
      sending(client -> client.signal(id, signal, value));
    }

    @Override
    public <R> boolean complete(Step<?, R> step, String token, R result) {
      return with(client -> client.complete(step, token, result));
    }

    @Override
    public boolean fail(String token, String reason) {
      return with(client -> client.fail(token, reason));
    }

    @Override
    public boolean heartbeat(String token) {
      return with(client -> client.heartbeat(token));
    }

    private void sending(Consumer<SagaClient> call) {
      Done unused =
          with(
              client -> {
                call.accept(client);
                return Done.DONE;
              });
    }

    @Override
    public SagaClient joining(Connection connection) {
      return engine.joining(connection);
    }

    @Override
    public <I, O> Optional<SagaHandle<O>> find(SagaDefinition<I, O> saga, String businessKey) {
      return with(client -> client.find(saga, businessKey));
    }

    @Override
    public Optional<SagaView> view(SagaId id) {
      return with(client -> client.view(id));
    }

    @Override
    public List<SagaView> viewsOfKey(String businessKey) {
      return with(client -> client.viewsOfKey(businessKey));
    }

    @Override
    public SagaPage search(SagaQuery query) {
      return with(client -> client.search(query));
    }

    private <T> T with(Function<SagaClient, T> call) {
      return Jooq.on(connections, connection -> call.apply(engine.joining(connection)));
    }
  }
}

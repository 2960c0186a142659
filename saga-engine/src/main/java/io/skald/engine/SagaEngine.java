package io.skald.engine;

import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.guard.Unguarded;
import io.skald.engine.runtime.Limits;
import io.skald.engine.runtime.LoggingListener;
import io.skald.engine.runtime.Moves;
import io.skald.engine.runtime.Node;
import io.skald.engine.runtime.NodeSettings;
import io.skald.engine.runtime.Registry;
import io.skald.engine.runtime.Shard;
import io.skald.engine.runtime.Sources;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.SagaOperator;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.view.SagaListener;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaView;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An engine: runs sagas inside this process, on the database the store was given. Build it, {@link
 * #open} it, start sagas, {@link #close} it. Safe for use by several threads.
 */
public final class SagaEngine implements SagaClient, AutoCloseable {
  private final Node node;
  private final SagaVersions versions;
  private final DeployGate.Mode gate;
  private final SagaStore store;
  private final List<Expiry> expiries;

  private SagaEngine(Builder builder, Registry registry) {
    EngineOptions options = builder.options;
    this.gate = builder.gate;
    this.store = builder.store;
    this.expiries = options.retention().expiries();
    var limits = new Limits(options.payloadBytesMax(), options.crashesMax());
    this.versions = new SagaVersions(registry, new Moves(builder.store, builder.codec, limits));
    var equipment =
        new Node.Equipment(
            builder.store,
            builder.codec,
            List.copyOf(builder.limits.values()),
            builder.guard,
            new LoggingListener(builder.listeners),
            builder.binding,
            limits,
            builder.sources);
    var settings =
        new NodeSettings(
            options.nodeName(),
            options.concurrency(),
            options.urgentRoom(),
            options.pollInterval(),
            options.lease(),
            options.heartbeat(),
            options.shutdownTimeout(),
            options.retention(),
            builder.archive);
    this.node = new Node(equipment, registry, settings);
  }

  /** Begins an engine on {@code store}. */
  public static Builder builder(SagaStore store) {
    return new Builder(store);
  }

  /**
   * Joins the nodes of this service and begins to work.
   *
   * @throws SagaDefinitionException if a definition contradicts one in use: another fingerprint
   *     under the same version, while an unfinished saga or a live node uses the first; or if the
   *     gate refuses
   * @throws IllegalStateException if it was opened before
   */
  public void open() {
    versions.checkAtStart(gate);
    node.open();
  }

  /**
   * Stops claiming, waits for what runs (at most the options' {@code shutdownTimeout}), interrupts
   * what goes on for longer, and gives up what this node owns, so that others go on at once. Does
   * nothing the second time.
   */
  @Override
  public void close() {
    node.close();
  }

  @Override
  public <I, O> SagaHandle<O> start(SagaDefinition<I, O> saga, I input) {
    return node.client().start(saga, input);
  }

  @Override
  public <S> void signal(SagaDefinition<?, ?> saga, String businessKey, Signal<S> signal, S value) {
    node.client().signal(saga, businessKey, signal, value);
  }

  @Override
  public <S> void signal(SagaId id, Signal<S> signal, S value) {
    node.client().signal(id, signal, value);
  }

  @Override
  public <R> boolean complete(Step<?, R> step, String token, R result) {
    return node.client().complete(step, token, result);
  }

  @Override
  public boolean fail(String token, String reason) {
    return node.client().fail(token, reason);
  }

  @Override
  public boolean heartbeat(String token) {
    return node.client().heartbeat(token);
  }

  @Override
  public SagaClient joining(Connection connection) {
    return node.client().joining(connection);
  }

  @Override
  public <I, O> Optional<SagaHandle<O>> find(SagaDefinition<I, O> saga, String businessKey) {
    return node.client().find(saga, businessKey);
  }

  @Override
  public Optional<SagaView> view(SagaId id) {
    return node.client().view(id);
  }

  @Override
  public List<SagaView> viewsOfKey(String businessKey) {
    return node.client().viewsOfKey(businessKey);
  }

  @Override
  public SagaPage search(SagaQuery query) {
    return node.client().search(query);
  }

  /** Moves sagas by hand. */
  public SagaOperator operator() {
    return node.operator();
  }

  /** What becomes of the sagas in flight when definitions change. */
  public SagaVersions versions() {
    return versions;
  }

  /** Whether this engine can run sagas now. Asks nobody: cheap, and never blocks. */
  public EngineHealth health() {
    return node.trouble().<EngineHealth>map(EngineHealth.Down::new).orElseGet(EngineHealth.Up::new);
  }

  /**
   * How the tables are and what the sagas wait for, with what is out of the ordinary. Asks the
   * database, and reads no table through: for an operator or a check now and then, not for each
   * scrape of metrics. Needs no open engine.
   *
   * @throws io.skald.saga.error.SagaStoreException if the store fails
   */
  public TableHealth tableHealth() {
    return TableHealth.of(store.tableFacts(expiries));
  }

  /** What an engine is made of. Not safe for use by several threads. */
  public static final class Builder {
    private final SagaStore store;
    private final List<SagaDefinition<?, ?>> definitions = new ArrayList<>();
    private final List<SagaListener> listeners = new ArrayList<>();
    private final Map<String, Limit> limits = new LinkedHashMap<>();
    private EngineOptions options = EngineOptions.defaults();
    private PayloadCodec codec = new JacksonCodec();
    private AttemptGuard guard = Unguarded.UNGUARDED;
    private HandlerResolver handlers = new NoHandlers();
    private SagaArchive archive = SagaArchive.NONE;
    private DeployGate.Mode gate = DeployGate.Mode.LOG;
    private Sources sources = Sources.system();
    private @Nullable TransactionBinding binding;

    private Builder(SagaStore store) {
      this.store = Objects.requireNonNull(store, "store");
    }

    /** Has the ids of its sagas bear a shard. */
    Builder shard(Shard shard) {
      this.sources = Sources.system().withIds(shard::marked);
      return this;
    }

    /** Whether its starts take part in ambient transactions. */
    boolean isBound() {
      return binding != null;
    }

    /** Adds a definition the engine can run. */
    public Builder define(SagaDefinition<?, ?> definition) {
      definitions.add(Objects.requireNonNull(definition, "definition"));
      return this;
    }

    /** Sets the options; replaces earlier ones. Default: {@link EngineOptions#defaults}. */
    public Builder options(EngineOptions options) {
      this.options = Objects.requireNonNull(options, "options");
      return this;
    }

    /** Sets where handler beans come from; replaces an earlier one. Default: there are none. */
    public Builder handlers(HandlerResolver resolver) {
      this.handlers = Objects.requireNonNull(resolver, "resolver");
      return this;
    }

    /** Adds a listener. */
    public Builder listener(SagaListener listener) {
      listeners.add(Objects.requireNonNull(listener, "listener"));
      return this;
    }

    /** Sets how payloads are written; replaces an earlier codec. Default: {@link JacksonCodec}. */
    public Builder codec(PayloadCodec codec) {
      this.codec = Objects.requireNonNull(codec, "codec");
      return this;
    }

    /**
     * Sets what becomes of a start that finds sagas in flight which none of the definitions is for;
     * replaces an earlier mode. Default: {@link DeployGate.Mode#LOG}.
     */
    public Builder gate(DeployGate.Mode mode) {
      this.gate = Objects.requireNonNull(mode, "mode");
      return this;
    }

    /**
     * Adds a limit of the whole fleet on the remote attempts behind the guard of its name; replaces
     * an earlier one of that name. What is not admitted waits for its turn, and no attempt is
     * spent. A guard of that name is asked after the limit, and there need be none. Every node of
     * the service should have the same limits. Default: none.
     */
    public Builder limit(Limit limit) {
      limits.put(Objects.requireNonNull(limit, "limit").name(), limit);
      return this;
    }

    /** Sets the guard of remote attempts; replaces an earlier one. Default: none. */
    public Builder guard(AttemptGuard guard) {
      this.guard = Objects.requireNonNull(guard, "guard");
      return this;
    }

    /**
     * Sets where ended sagas go when retention deletes them; replaces an earlier one. Default:
     * {@link SagaArchive#NONE}. Every node of the service should have the same.
     */
    public Builder archive(SagaArchive archive) {
      this.archive = Objects.requireNonNull(archive, "archive");
      return this;
    }

    /**
     * Sets the application's transaction management, in which {@code start} joins the ambient
     * transaction; replaces an earlier one. Default: none.
     */
    public Builder transactions(TransactionBinding binding) {
      this.binding = Objects.requireNonNull(binding, "binding");
      return this;
    }

    /**
     * The engine, not open yet.
     *
     * @throws SagaDefinitionException if a handler bean or a guard is missing, or a version is
     *     defined twice
     */
    public SagaEngine build() {
      Registry registry = Registry.of(definitions, handlers);
      registry.definitions().forEach(new RequiredGuards(guard, limits.keySet())::check);
      return new SagaEngine(this, registry);
    }
  }

  /** What an engine without a resolver says when a definition names a bean. */
  private static final class NoHandlers implements HandlerResolver {
    @Override
    public <T> T resolve(Class<T> type, @Nullable String qualifier) {
      throw new SagaDefinitionException(
          "no bean of type %s (expected: Builder.handlers(..) with a resolver that has one)"
              .formatted(type.getName()),
          null,
          null);
    }
  }
}

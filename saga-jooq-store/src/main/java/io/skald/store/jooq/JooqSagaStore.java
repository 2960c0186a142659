package io.skald.store.jooq;

import io.skald.engine.spi.Addressee;
import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Erased;
import io.skald.engine.spi.Erasing;
import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.FreedLocks;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.Permit;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.PurgedPage;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.Relocated;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.SignalRow;
import io.skald.engine.spi.Signals;
import io.skald.engine.spi.Standings;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.TableFacts;
import io.skald.engine.spi.TransactionBinding;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.UnclaimedPage;
import io.skald.engine.spi.UnknownStatus;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Sagas in PostgreSQL, 15 or later, beside the business tables. Safe for use by several threads.
 * Takes connections from the application's pool for one transaction each and opens none of its own.
 * One is kept for the heartbeats as long as a node is joined, that is while the engine is open: so
 * the pool must hold at least two, and a node stays alive while the application has taken all
 * others.
 */
public final class JooqSagaStore implements SagaStore {
  private final JoinNode joins;
  private final NodeLeases nodes;
  private final StartSagas starts;
  private final JournalWrites journal;
  private final LocalTransactions locals;
  private final @Nullable BoundTransactions bound;
  private final SettleSaga settles;
  private final ClaimDueSagas claims;
  private final AcquireLocks acquires;
  private final ShareLocks shares;
  private final WakeLockWaiters wakes;
  private final FreeLostLocks lost;
  private final Addressees addressees;
  private final SendSignal sends;
  private final RouteSignals routes;
  private final SignalQueries signals;
  private final Permits permits;
  private final WakeWaiters waiters;
  private final AmendSaga amendments;
  private final RelocateSaga relocations;
  private final EraseSagas erasures;
  private final SagaQueries queries;
  private final SearchSagas searches;
  private final TakeCensus census;
  private final TimeRests rests;
  private final Housekeeping house;
  private final PurgeSagas purges;
  private final SurveyTables surveys;

  private JooqSagaStore(Builder builder) {
    SqlText text = new SqlText(builder.schema);
    SqlErrors errors = new SqlErrors(builder.schema);
    Transactions transactions = new Transactions(builder.dataSource, errors);
    FencedInsert insert = new FencedInsert(text);
    Watchdog watchdog = new Watchdog();
    nodes = new NodeLeases(transactions, builder.dataSource, errors, text);
    joins = new JoinNode(transactions, nodes, text);
    InsertSagas sagas = new InsertSagas(text);
    starts = new StartSagas(transactions, errors, sagas, text);
    journal =
        new JournalWrites(transactions, errors, new JournalWrites.Inserts(insert, sagas), text);
    locals = new LocalTransactions(transactions, errors, insert, journal, watchdog);
    settles = new SettleSaga(transactions, text);
    claims = new ClaimDueSagas(transactions, text);
    acquires = new AcquireLocks(transactions, text);
    shares = new ShareLocks(transactions, text);
    wakes = new WakeLockWaiters(transactions, text);
    lost = new FreeLostLocks(transactions, text);
    addressees = new Addressees(transactions, errors, text);
    sends = new SendSignal(transactions, errors, text);
    routes = new RouteSignals(transactions, text);
    signals = new SignalQueries(transactions, text);
    permits = new Permits(transactions, text);
    waiters = new WakeWaiters(transactions, text);
    queries = new SagaQueries(transactions, text);
    searches = new SearchSagas(transactions, text);
    amendments = new AmendSaga(transactions, queries, shares, text);
    relocations = new RelocateSaga(transactions, queries, text);
    erasures = new EraseSagas(transactions, text);
    census = new TakeCensus(transactions, text);
    rests = new TimeRests(transactions, text);
    house = new Housekeeping(transactions, text);
    purges = new PurgeSagas(transactions, queries, text);
    surveys = new SurveyTables(transactions, text);
    bound =
        builder.binding == null
            ? null
            : new BoundTransactions(
                builder.binding,
                errors,
                new BoundTransactions.Log(insert, journal, queries, settles),
                watchdog);
  }

  /**
   * A builder of stores.
   *
   * @param dataSource the pool of the database that holds the business tables as well, of at least
   *     two connections; for local steps to be atomic it must be the one the application writes
   *     through
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  /** Collects what a store is made of. Not safe for use by several threads. */
  public static final class Builder {
    private final DataSource dataSource;
    private String schema = "skald";
    private Migration migration = Migration.AUTO;
    private @Nullable TransactionBinding binding;

    private Builder(DataSource dataSource) {
      this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
    }

    /**
     * The schema of the engine's tables, in place of {@code skald}.
     *
     * @throws IllegalArgumentException if the name is not 1 to 63 of lower-case letters, digits and
     *     {@code _}, a digit not first
     */
    public Builder schema(String name) {
      this.schema = new SqlText(name).schema();
      return this;
    }

    /** What happens to the schema when the store is built, in place of {@link Migration#AUTO}. */
    public Builder migration(Migration mode) {
      this.migration = Objects.requireNonNull(mode, "mode");
      return this;
    }

    /**
     * Has local steps run in transactions of the application's transaction manager, in place of the
     * engine's own, so that its data access (JPA, Spring's templates) takes part.
     */
    public Builder transactions(TransactionBinding manager) {
      this.binding = Objects.requireNonNull(manager, "manager");
      return this;
    }

    /**
     * Migrates or validates the schema as asked, and makes the store.
     *
     * @throws SagaStoreException if the database cannot be reached, refuses the migration, or lacks
     *     something; the message says what
     */
    public JooqSagaStore build() {
      new SkaldSchema(dataSource, schema).apply(migration);
      return new JooqSagaStore(this);
    }
  }

  /**
   * The first node to join has the database looked at as well.
   *
   * @throws SagaStoreException if the database fails, or the pool has no connection beside the one
   *     that is kept
   */
  @Override
  public List<String> join(NodeRegistration node) {
    return joins.join(node);
  }

  @Override
  public boolean heartbeat(NodeId node) {
    return nodes.heartbeat(node);
  }

  @Override
  public void leave(NodeId node) {
    nodes.leave(node);
  }

  @Override
  public void release(NodeId node) {
    nodes.release();
  }

  @Override
  public List<StartResult> start(List<NewSaga> sagas) {
    return starts.start(sagas);
  }

  @Override
  public List<Optional<StartResult>> startTogether(List<NewSaga> sagas) {
    return starts.startTogether(sagas);
  }

  @Override
  public StartResult start(Connection connection, NewSaga saga) {
    return starts.start(connection, saga);
  }

  @Override
  public List<WriteResult> write(List<Transition> transitions) {
    return journal.write(transitions);
  }

  @Override
  public List<Optional<WriteResult>> writeTogether(List<Transition> transitions) {
    return journal.writeTogether(transitions);
  }

  @Override
  public LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work) {
    LocalOutcome outcome = bound == null ? locals.run(limit, work) : bound.run(limit, work);
    if (outcome instanceof LocalOutcome.Escaped(Throwable cause)) {
      StoreLog.escaped(fence.saga(), cause);
    }
    return outcome;
  }

  @Override
  public Optional<SagaSnapshot> settle(SagaId saga, NodeId owner) {
    return settles.settle(saga, owner);
  }

  @Override
  public LockResult acquireLocks(Fence fence, LockRequest request) {
    SagaId parent = request.parent();
    return parent == null ? acquires.acquire(fence, request) : shares.share(fence, request, parent);
  }

  @Override
  public int wakeLockWaiters(int limit) {
    return wakes.wake(limit);
  }

  @Override
  public FreedLocks freeLostLocks(Optional<SagaId> after, int limit) {
    return lost.freeLost(after, limit);
  }

  @Override
  public SignalResult signal(NewSignal signal) {
    return sends.send(signal);
  }

  @Override
  public SignalResult signal(Connection connection, NewSignal signal) {
    return sends.send(connection, signal);
  }

  @Override
  public Optional<Addressee> addressee(SagaId saga, String path) {
    return addressees.find(saga, path);
  }

  @Override
  public Optional<Addressee> addressee(Connection connection, SagaId saga, String path) {
    return addressees.find(connection, saga, path);
  }

  @Override
  public Poll poll(Collection<DefinitionRef> definitions, int limit) {
    return routes.poll(definitions, limit);
  }

  @Override
  public Signals signals(SagaId saga) {
    return signals.signals(saga);
  }

  @Override
  public Optional<SignalRow> pendingSignal(UUID id) {
    return signals.pending(id);
  }

  @Override
  public UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit) {
    return signals.unclaimed(age, after, limit);
  }

  @Override
  public List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return claims.claim(node, definitions, limit);
  }

  @Override
  public List<Claim> claimUrgent(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return claims.claimUrgent(node, definitions, limit);
  }

  @Override
  public List<SagaId> owned(NodeId node) {
    return nodes.owned(node);
  }

  @Override
  public Admission admit(Limit limit, LimitedAttempt attempt, Permit permit) {
    return permits.admit(limit, attempt, permit);
  }

  @Override
  public boolean giveBack(Permit permit) {
    return permits.giveBack(permit);
  }

  @Override
  public List<Permit> permits(Collection<Limit> limits, NodeId node) {
    return permits.of(limits, node);
  }

  @Override
  public boolean wakeWaiters(Collection<Limit> limits, Lane lane) {
    return waiters.wake(limits, lane);
  }

  @Override
  public Optional<SagaSnapshot> amend(SagaId saga, Function<SagaSnapshot, Amendment> decide) {
    return amendments.amend(saga, decide);
  }

  @Override
  public Relocated relocate(SagaId saga, Function<SagaSnapshot, Optional<Relocation>> decide) {
    return relocations.relocate(saga, decide);
  }

  @Override
  public Erased erase(Erasing which, Amendment.Audit audit) {
    return erasures.erase(which, audit);
  }

  @Override
  public List<SagaId> unfinished(DefinitionRef definition, Optional<SagaId> after, int limit) {
    return queries.unfinished(definition, after, limit);
  }

  @Override
  public Optional<SagaSnapshot> load(SagaId saga) {
    return queries.load(saga);
  }

  @Override
  public List<SagaRow> rows(Collection<SagaId> sagas) {
    return queries.rows(sagas);
  }

  @Override
  public Optional<SagaRow> find(String definition, String businessKey) {
    return queries.find(definition, businessKey);
  }

  @Override
  public List<SagaRow> findByKey(String businessKey, int limit) {
    return queries.findByKey(businessKey, limit);
  }

  @Override
  public SagaPage search(SagaQuery query) {
    return searches.search(query);
  }

  @Override
  public List<SagaRow> children(SagaId parent) {
    return queries.children(parent);
  }

  @Override
  public List<Duration> restTimes(DefinitionRef definition, Collection<String> before, int limit) {
    return rests.restTimes(definition, before, limit);
  }

  @Override
  public Standings standings(Collection<DefinitionRef> except) {
    return census.standings(except);
  }

  @Override
  public List<DefinitionRef> orphanedDefinitions() {
    return house.orphanedDefinitions();
  }

  @Override
  public List<UnknownStatus> unknownStatuses() {
    return house.unknownStatuses();
  }

  @Override
  public PurgedSagas purge(Expiry expiry, Instant after, int limit, SagaArchive archive) {
    return purges.purge(expiry, after, limit, archive);
  }

  @Override
  public PurgedPage purgeSignals(Duration age, SignalPosition after, int limit) {
    return house.purgeSignals(age, after, limit);
  }

  @Override
  public TableFacts tableFacts(List<Expiry> expiries) {
    return surveys.survey(expiries);
  }
}

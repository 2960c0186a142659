package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.internal.Check;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Checks the business tables against {@link Invariant}s, again and again, and says which sagas have
 * to do with what breaks them. Of all nodes one at a time checks an invariant, whenever it is due
 * by the database's clock. Needs no engine, and changes no business data. Safe for use by several
 * threads.
 *
 * <pre>{@code
 * Reconciliation reconciliation =
 *     Reconciliation.builder(dataSource).reads(readOnlyDataSource).invariant(captured).build();
 * reconciliation.open();
 * }</pre>
 *
 * <p>A check after the fact: what is broken and put right between two checks is never seen.
 */
public final class Reconciliation implements AutoCloseable {
  /** How many violations are read at once: as many as an invariant may keep. */
  private static final int LIST_MAX = 10_000;

  private final InvariantRuns runs;
  private final ReadInvariants reader;
  private final CheckLoop loop;

  private Reconciliation(Builder builder) {
    var text = new SqlText(builder.schema);
    var errors = new SqlErrors(builder.schema);
    var transactions = new Transactions(builder.dataSource, errors);
    this.runs = new InvariantRuns(transactions, text);
    this.reader = new ReadInvariants(transactions, text);
    this.loop =
        new CheckLoop(runs, new AskInvariant(builder.reads, errors), reader, builder.invariants);
  }

  /**
   * A builder.
   *
   * @param dataSource the pool of the database that holds Skald's tables; one connection is taken
   *     at a time, for a moment
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  /** Collects what is checked, and where. Not safe for use by several threads. */
  public static final class Builder {
    private final DataSource dataSource;
    private final List<Invariant> invariants = new ArrayList<>();
    private DataSource reads;
    private String schema = "skald";
    private Migration migration = Migration.AUTO;

    private Builder(DataSource dataSource) {
      this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
      this.reads = dataSource;
    }

    /**
     * Adds an invariant.
     *
     * @throws IllegalArgumentException if there is one of that name
     */
    public Builder invariant(Invariant invariant) {
      String name = Objects.requireNonNull(invariant, "invariant").name();
      if (invariants.stream().anyMatch(one -> one.name().equals(name))) {
        throw Check.refused("invariant", name, "a name that is not taken");
      }
      invariants.add(invariant);
      return this;
    }

    /**
     * Where the queries of invariants run, in place of the pool of Skald's tables: one connection
     * at a time, for as long as a query takes. Best a small pool of its own, under a role that may
     * only select.
     */
    public Builder reads(DataSource pool) {
      this.reads = Objects.requireNonNull(pool, "pool");
      return this;
    }

    /**
     * The schema of Skald's tables, in place of {@code skald}.
     *
     * @throws IllegalArgumentException if the name is not 1 to 63 of lower-case letters, digits and
     *     {@code _}, a digit not first
     */
    public Builder schema(String name) {
      this.schema = new SqlText(name).schema();
      return this;
    }

    /** What happens to the schema, in place of {@link Migration#AUTO}. */
    public Builder migration(Migration mode) {
      this.migration = Objects.requireNonNull(mode, "mode");
      return this;
    }

    /**
     * Migrates or validates the schema as asked, and makes the reconciliation, which checks nothing
     * until it is opened.
     *
     * @throws SagaStoreException if the database cannot be reached, refuses the migration, or lacks
     *     something; the message says what
     */
    public Reconciliation build() {
      new SkaldSchema(dataSource, schema).apply(migration);
      return new Reconciliation(this);
    }
  }

  /**
   * Begins to check, on a daemon thread of its own.
   *
   * @throws IllegalStateException if it was opened before
   */
  public void open() {
    loop.open();
  }

  /**
   * How all invariants of the schema stand, by their names; those that this node does not have
   * included. Asks the database, and reads no table of the business.
   *
   * @throws SagaStoreException if the database fails
   */
  public List<InvariantReport> report() {
    return reader.report();
  }

  /**
   * The same as this node has read it last: at most half a minute ago, or after its last check.
   * Asks nobody, for metrics: every node says the same of an invariant, so take the greatest value
   * and not the sum. Empty until it was opened.
   */
  public List<InvariantReport> latest() {
    return loop.latest();
  }

  /**
   * What was found of an invariant when it was checked last: what is confirmed first, and of that
   * what has been for longest. Empty if there is no such invariant.
   *
   * @throws SagaStoreException if the database fails
   */
  public List<Violation> violations(String invariant) {
    return reader.violations(Objects.requireNonNull(invariant, "invariant"), LIST_MAX);
  }

  /**
   * Forgets an invariant that no node has any more, and what was found of it. One that a node still
   * has is there again at once, and checked.
   *
   * @return false if there was none of that name
   * @throws SagaStoreException if the database fails
   */
  public boolean forget(String invariant) {
    return runs.forget(Objects.requireNonNull(invariant, "invariant"));
  }

  /** Why it cannot check anything just now; empty if it can, or is not open. */
  public Optional<String> trouble() {
    return loop.trouble();
  }

  /** One turn: what is due is checked. Answers how long it is until something is due again. */
  Duration turn() {
    return loop.turn();
  }

  /**
   * Begins no other check, and waits 5 s at most for the one that is under way, which other nodes
   * begin anew later if it is not over by then. Does nothing if it was never opened.
   */
  @Override
  public void close() {
    loop.close();
  }
}

package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.internal.Check;
import io.skald.saga.participant.DeadLetter;
import io.skald.saga.participant.DeadLetters;
import io.skald.saga.participant.DeadMessage;
import io.skald.saga.participant.Delivery;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters in PostgreSQL, 15 or later, beside the inbox of their consumer. Takes connections
 * from the application's pool for one transaction each. Safe for use by several threads.
 *
 * <p>No text of PostgreSQL's holds a NUL: where a topic, a key or a header has one, or a lone
 * surrogate, U+FFFD stands in its place. The payload is kept as it is.
 */
public final class JooqDeadLetters implements DeadLetters {
  private static final int ACTOR_MAX = 100;
  private static final int BECAUSE_MAX = 1_000;
  private static final int BATCH = 500;

  private final Transactions transactions;
  private final Duration retention;
  private final String keep;
  private final String find;
  private final String retry;
  private final String discard;
  private final String handled;
  private final String failed;
  private final String purge;

  private JooqDeadLetters(Builder builder) {
    var text = new SqlText(builder.schema);
    this.transactions = new Transactions(builder.dataSource, new SqlErrors(builder.schema));
    this.retention = builder.retention;
    this.keep = text.renderWithCommit(PlanOnce.SETTINGS + DeadLetterSql.KEEP);
    this.find = text.renderWithCommit(PlanOnce.SETTINGS + DeadLetterSql.FIND);
    this.retry = text.renderWithCommit(PlanOnce.SETTINGS + DeadLetterSql.RETRY);
    this.discard = text.renderWithCommit(PlanOnce.SETTINGS + DeadLetterSql.DISCARD);
    this.handled = text.renderWithCommit(PlanOnce.SETTINGS + DeadLetterSql.HANDLED);
    this.failed = text.renderWithCommit(PlanOnce.SETTINGS + DeadLetterSql.FAILED);
    this.purge = text.renderWithCommit(PlanOnce.SETTINGS + DeadLetterSql.PURGE);
  }

  /**
   * Dead letters in the schema {@code skald}, kept for 30 days after they were seen to.
   *
   * @param dataSource the pool of the database that holds the consumer's inbox as well
   * @throws SagaStoreException if the database cannot be reached or refuses the migration
   */
  public static JooqDeadLetters of(DataSource dataSource) {
    return builder(dataSource).build();
  }

  /**
   * A builder of dead letters.
   *
   * @param dataSource the pool of the database that holds the consumer's inbox as well
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  /** Collects what they are made of. Not safe for use by several threads. */
  public static final class Builder {
    private static final Duration RETENTION_MAX = Duration.ofDays(3650);

    private final DataSource dataSource;
    private String schema = "skald";
    private Migration migration = Migration.AUTO;
    private Duration retention = Duration.ofDays(30);

    private Builder(DataSource dataSource) {
      this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
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

    /** What happens to the schema when they are built, in place of {@link Migration#AUTO}. */
    public Builder migration(Migration mode) {
      this.migration = Objects.requireNonNull(mode, "mode");
      return this;
    }

    /**
     * How long {@link JooqDeadLetters#purge} leaves what was handled or discarded, in place of 30
     * days.
     *
     * @param kept 0 to 3,650 days
     * @throws IllegalArgumentException if {@code kept} is out of bounds
     */
    public Builder retention(Duration kept) {
      this.retention = Check.within("retention", kept, Duration.ZERO, RETENTION_MAX);
      return this;
    }

    /**
     * Migrates or validates the schema as asked, and makes them.
     *
     * @throws SagaStoreException if the database cannot be reached, refuses the migration, or lacks
     *     something; the message says what
     */
    public JooqDeadLetters build() {
      new SkaldSchema(dataSource, schema).apply(migration);
      return new JooqDeadLetters(this);
    }
  }

  /** What binds the parameters of a statement. */
  @FunctionalInterface
  private interface Binding {
    void to(Binds binds) throws SQLException;
  }

  private int update(String what, String sql, Binding binding) {
    return transactions.run(
        what,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            binding.to(new Binds(statement));
            PlanOnce.execute(statement);
            return statement.getUpdateCount();
          }
        });
  }

  @Override
  public void keep(DeadMessage message, String reason, int attempts) {
    var delivery = Delivery.of(message.consumer(), message.id(), message.payload());
    List<String> headers = flat(message.headers());
    var unused =
        update(
            "Keeping a dead letter",
            keep,
            binds ->
                binds
                    .text(message.consumer())
                    .text(message.id())
                    .bytes(delivery.digest())
                    .text(storable(message.topic()))
                    .text(storableOrNull(message.keyOrNull()))
                    .bytes(message.payload())
                    .texts(headers, text -> text)
                    .text(reason(reason))
                    .integer(attempts));
  }

  private static List<String> flat(Map<String, String> headers) {
    return headers.entrySet().stream()
        .flatMap(header -> Stream.of(storable(header.getKey()), storable(header.getValue())))
        .toList();
  }

  private static @Nullable String storableOrNull(@Nullable String text) {
    return text == null ? null : storable(text);
  }

  private static String storable(String text) {
    return text.replaceAll("[\\x00\\p{Cs}]", "\uFFFD");
  }

  private static String reason(String text) {
    String cut = text.length() > REASON_MAX ? text.substring(0, REASON_MAX) : text;
    return cut.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", " ");
  }

  @Override
  public List<DeadLetter> find(String consumer, DeadLetter.Status status, long after, int limit) {
    Check.within("limit", limit, PAGE_MAX);
    return transactions.run(
        "Reading dead letters",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(find)) {
            new Binds(statement).text(consumer).text(status.name()).bigint(after).integer(limit);
            PlanOnce.execute(statement);
            List<DeadLetter> found = new ArrayList<>();
            try (ResultSet rows = statement.getResultSet()) {
              while (rows.next()) {
                found.add(letter(rows));
              }
            }
            return found;
          }
        });
  }

  private static DeadLetter letter(ResultSet row) throws SQLException {
    var message =
        new DeadMessage(
            row.getString("consumer"),
            row.getString("message_id"),
            row.getString("topic"),
            row.getString("key"),
            row.getBytes("payload"),
            Attributes.read(row.getArray("headers")));
    Instant decidedAt = Rows.instantOrNull(row, row.findColumn("decided_at"));
    return new DeadLetter(
        row.getLong("position"),
        message,
        row.getString("reason"),
        row.getInt("attempts"),
        DeadLetter.Status.valueOf(row.getString("status")),
        Rows.instant(row, row.findColumn("failed_at")),
        decidedAt == null
            ? null
            : new DeadLetter.Decision(
                row.getString("decided_by"), row.getString("decided_because"), decidedAt));
  }

  @Override
  public boolean retry(long position, String actor, String reason) {
    return isDecided("Having a dead letter tried again", retry, position, actor, reason);
  }

  @Override
  public boolean discard(long position, String actor, String reason) {
    return isDecided("Discarding a dead letter", discard, position, actor, reason);
  }

  private boolean isDecided(String what, String sql, long position, String actor, String reason) {
    Check.text("actor", actor, ACTOR_MAX);
    Check.text("reason", reason, BECAUSE_MAX);
    return update(what, sql, binds -> binds.text(actor).text(reason).bigint(position)) == 1;
  }

  @Override
  public void handled(long position) {
    var unused =
        update("Recording a dead letter as handled", handled, binds -> binds.bigint(position));
  }

  @Override
  public void failed(long position, String reason) {
    var unused =
        update(
            "Recording that a dead letter failed again",
            failed,
            binds -> binds.text(reason(reason)).bigint(position));
  }

  @Override
  public long purge() {
    long purged = 0;
    int some;
    do {
      some =
          update(
              "Purging dead letters",
              purge,
              binds -> binds.bigint(Rows.micros(retention)).integer(BATCH));
      purged += some;
    } while (some == BATCH && !Thread.currentThread().isInterrupted());
    return purged;
  }
}

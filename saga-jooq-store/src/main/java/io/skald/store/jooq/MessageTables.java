package io.skald.store.jooq;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.SQLDataType;

/**
 * The tables of a schema that have to do with messages, for queries in jOOQ. For reading.
 *
 * @param outbox messages that were published
 * @param outboxBucket which relay sends what
 * @param relay one row per relay
 * @param inbox messages that were handled
 * @param barrier what a participant has let pass
 * @param deadLetter messages that were given up
 */
public record MessageTables(
    SagaOutbox outbox,
    SagaOutboxBucket outboxBucket,
    SagaRelay relay,
    SagaInbox inbox,
    SagaBarrier barrier,
    SagaDeadLetter deadLetter) {

  static MessageTables of(String name) {
    return new MessageTables(
        new SagaOutbox(name),
        new SagaOutboxBucket(name),
        new SagaRelay(name),
        new SagaInbox(name),
        new SagaBarrier(name),
        new SagaDeadLetter(name));
  }

  List<Tables.Declared> all() {
    return List.of(outbox, outboxBucket, relay, inbox, barrier, deadLetter);
  }

  /** {@code saga_outbox}: messages that were published. */
  public static final class SagaOutbox extends Tables.Declared {
    /** The column {@code position}. */
    public final Field<Long> position = column("position", SQLDataType.BIGINT);

    /** The column {@code id}. */
    public final Field<UUID> id = column("id", SQLDataType.UUID);

    /** The column {@code bucket}. */
    public final Field<Integer> bucket = column("bucket", SQLDataType.INTEGER);

    /** The column {@code topic}. */
    public final Field<String> topic = text("topic");

    /** The column {@code key}. */
    public final Field<String> key = text("key");

    /** The column {@code ordering}. */
    public final Field<String> ordering = text("ordering");

    /** The column {@code payload}. */
    public final Field<byte[]> payload = column("payload", SQLDataType.BLOB);

    /** The column {@code headers}. */
    public final Field<JSONB> headers = column("headers", SQLDataType.JSONB);

    /** The column {@code status}. */
    public final Field<String> status = text("status");

    /** The column {@code attempts}. */
    public final Field<Integer> attempts = column("attempts", SQLDataType.INTEGER);

    /** The column {@code retry_at}. */
    public final Field<OffsetDateTime> retryAt = time("retry_at");

    /** The column {@code error}. */
    public final Field<String> error = text("error");

    /** The column {@code created_at}. */
    public final Field<OffsetDateTime> createdAt = time("created_at");

    /** The column {@code sent_at}. */
    public final Field<OffsetDateTime> sentAt = time("sent_at");

    /** The column {@code discarded_at}. */
    public final Field<OffsetDateTime> discardedAt = time("discarded_at");

    private SagaOutbox(String schema) {
      super(schema, "saga_outbox");
    }
  }

  /** {@code saga_outbox_bucket}: which relay sends what. */
  public static final class SagaOutboxBucket extends Tables.Declared {
    /** The column {@code bucket}. */
    public final Field<Integer> bucket = column("bucket", SQLDataType.INTEGER);

    /** The column {@code owner}. */
    public final Field<UUID> owner = column("owner", SQLDataType.UUID);

    private SagaOutboxBucket(String schema) {
      super(schema, "saga_outbox_bucket");
    }
  }

  /** {@code saga_relay}: one row per relay. */
  public static final class SagaRelay extends Tables.Declared {
    /** The column {@code id}. */
    public final Field<UUID> id = column("id", SQLDataType.UUID);

    /** The column {@code joined_at}. */
    public final Field<OffsetDateTime> joinedAt = time("joined_at");

    /** The column {@code expires_at}. */
    public final Field<OffsetDateTime> expiresAt = time("expires_at");

    private SagaRelay(String schema) {
      super(schema, "saga_relay");
    }
  }

  /** {@code saga_barrier}: what a participant has let pass. */
  public static final class SagaBarrier extends Tables.Declared {
    /** The column {@code action_key}. */
    public final Field<String> actionKey = text("action_key");

    /** The column {@code state}. */
    public final Field<String> state = text("state");

    /** The column {@code answer}. */
    public final Field<String> answer = text("answer");

    /** The column {@code passed_at}. */
    public final Field<OffsetDateTime> passedAt = time("passed_at");

    private SagaBarrier(String schema) {
      super(schema, "saga_barrier");
    }
  }

  /** {@code saga_inbox}: messages that were handled. */
  public static final class SagaInbox extends Tables.Declared {
    /** The column {@code consumer}. */
    public final Field<String> consumer = text("consumer");

    /** The column {@code message_id}. */
    public final Field<String> messageId = text("message_id");

    /** The column {@code digest}. */
    public final Field<byte[]> digest = column("digest", SQLDataType.BLOB);

    /** The column {@code received_at}. */
    public final Field<OffsetDateTime> receivedAt = time("received_at");

    /** The column {@code conflict_count}. */
    public final Field<Integer> conflictCount = column("conflict_count", SQLDataType.INTEGER);

    /** The column {@code conflict_digest}. */
    public final Field<byte[]> conflictDigest = column("conflict_digest", SQLDataType.BLOB);

    /** The column {@code conflict_at}. */
    public final Field<OffsetDateTime> conflictAt = time("conflict_at");

    private SagaInbox(String schema) {
      super(schema, "saga_inbox");
    }
  }

  /** {@code saga_dead_letter}: messages that were given up. */
  public static final class SagaDeadLetter extends Tables.Declared {
    /** The column {@code position}. */
    public final Field<Long> position = column("position", SQLDataType.BIGINT);

    /** The column {@code consumer}. */
    public final Field<String> consumer = text("consumer");

    /** The column {@code message_id}. */
    public final Field<String> messageId = text("message_id");

    /** The column {@code digest}. */
    public final Field<byte[]> digest = column("digest", SQLDataType.BLOB);

    /** The column {@code topic}. */
    public final Field<String> topic = text("topic");

    /** The column {@code key}. */
    public final Field<String> key = text("key");

    /** The column {@code payload}. */
    public final Field<byte[]> payload = column("payload", SQLDataType.BLOB);

    /** The column {@code headers}. */
    public final Field<JSONB> headers = column("headers", SQLDataType.JSONB);

    /** The column {@code reason}. */
    public final Field<String> reason = text("reason");

    /** The column {@code attempts}. */
    public final Field<Integer> attempts = column("attempts", SQLDataType.INTEGER);

    /** The column {@code status}. */
    public final Field<String> status = text("status");

    /** The column {@code received_at}. */
    public final Field<OffsetDateTime> receivedAt = time("received_at");

    /** The column {@code failed_at}. */
    public final Field<OffsetDateTime> failedAt = time("failed_at");

    /** The column {@code decided_by}. */
    public final Field<String> decidedBy = text("decided_by");

    /** The column {@code decided_because}. */
    public final Field<String> decidedBecause = text("decided_because");

    /** The column {@code decided_at}. */
    public final Field<OffsetDateTime> decidedAt = time("decided_at");

    /** The column {@code ended_at}. */
    public final Field<OffsetDateTime> endedAt = time("ended_at");

    private SagaDeadLetter(String schema) {
      super(schema, "saga_dead_letter");
    }
  }
}

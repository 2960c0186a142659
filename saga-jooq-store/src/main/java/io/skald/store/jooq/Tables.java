package io.skald.store.jooq;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.types.YearToSecond;

/**
 * The tables of a schema for queries in jOOQ, as when a report joins business rows with their
 * sagas. For reading: whatever writes without the fence breaks what the engine promises.
 *
 * @param saga one row per saga
 * @param log one row per step and direction
 * @param signal what was sent to sagas
 * @param node one row per incarnation of a node
 * @param audit what operators did
 * @param lock the locks of sagas, held and waited for
 * @param lockFreed what was given back of it
 * @param limit limits of the fleet on remote attempts
 * @param permit attempts that are under way behind a limit
 * @param waiter sagas that wait for a permit
 * @param messages what services tell each other
 * @param invariants what the business says of its own tables, and what breaks it
 * @param version the versions of the schema that were applied
 */
public record Tables(
    Saga saga,
    SagaLog log,
    SagaSignal signal,
    SagaNode node,
    SagaAudit audit,
    SagaLock lock,
    SagaLockFreed lockFreed,
    SagaLimit limit,
    SagaLimitPermit permit,
    SagaLimitWaiter waiter,
    MessageTables messages,
    InvariantTables invariants,
    SchemaVersion version) {

  /**
   * The tables of a schema.
   *
   * @param schema its name
   * @throws IllegalArgumentException if it is not lower-case letters, digits and {@code _}
   */
  public static Tables of(String schema) {
    String name = new SqlText(schema).schema();
    return new Tables(
        new Saga(name),
        new SagaLog(name),
        new SagaSignal(name),
        new SagaNode(name),
        new SagaAudit(name),
        new SagaLock(name),
        new SagaLockFreed(name),
        new SagaLimit(name),
        new SagaLimitPermit(name),
        new SagaLimitWaiter(name),
        MessageTables.of(name),
        InvariantTables.of(name),
        new SchemaVersion(name));
  }

  List<Declared> all() {
    var all = new ArrayList<Declared>(messages.all());
    all.addAll(invariants.all());
    all.addAll(
        List.of(saga, log, signal, node, audit, lock, lockFreed, limit, permit, waiter, version));
    return all;
  }

  /** What the tables have in common. */
  public abstract static class Declared {
    private final Table<Record> table;
    private final List<Field<?>> fields = new ArrayList<>();

    Declared(String schema, String name) {
      this.table = DSL.table(DSL.name(schema, name));
    }

    /** The table itself, for FROM. */
    public final Table<Record> table() {
      return table;
    }

    /** The columns, in the order of their declaration. */
    final List<Field<?>> fields() {
      return List.copyOf(fields);
    }

    final <T> Field<T> column(String name, DataType<T> type) {
      Field<T> field = DSL.field(table.getQualifiedName().append(name), type);
      fields.add(field);
      return field;
    }

    final Field<String> text(String name) {
      return column(name, SQLDataType.CLOB);
    }

    final Field<OffsetDateTime> time(String name) {
      return column(name, SQLDataType.TIMESTAMPWITHTIMEZONE);
    }
  }

  /** {@code saga}: one row per saga. */
  public static final class Saga extends Declared {
    /** The column {@code id}. */
    public final Field<UUID> id = column("id", SQLDataType.UUID);

    /** The column {@code definition}. */
    public final Field<String> definition = text("definition");

    /** The column {@code version}. */
    public final Field<Integer> version = column("version", SQLDataType.INTEGER);

    /** The column {@code fingerprint}. */
    public final Field<String> fingerprint = text("fingerprint");

    /** The column {@code business_key}. */
    public final Field<String> businessKey = text("business_key");

    /** The column {@code attributes}. */
    public final Field<JSONB> attributes = column("attributes", SQLDataType.JSONB);

    /** The column {@code parent_id}. */
    public final Field<UUID> parentId = column("parent_id", SQLDataType.UUID);

    /** The column {@code parent_path}. */
    public final Field<String> parentPath = text("parent_path");

    /** The column {@code status}. */
    public final Field<String> status = text("status");

    /** The column {@code paused}. */
    public final Field<Boolean> paused = column("paused", SQLDataType.BOOLEAN);

    /** The column {@code owner}. */
    public final Field<UUID> owner = column("owner", SQLDataType.UUID);

    /** The column {@code epoch}. */
    public final Field<Long> epoch = column("epoch", SQLDataType.BIGINT);

    /** The column {@code claimed_epoch}. */
    public final Field<Long> claimedEpoch = column("claimed_epoch", SQLDataType.BIGINT);

    /** The column {@code signals}. */
    public final Field<Integer> signals = column("signals", SQLDataType.INTEGER);

    /** The column {@code wake_at}. */
    public final Field<OffsetDateTime> wakeAt = time("wake_at");

    /** The column {@code deadline_at}. */
    public final Field<OffsetDateTime> deadlineAt = time("deadline_at");

    /** The column {@code cancel_requested_at}. */
    public final Field<OffsetDateTime> cancelRequestedAt = time("cancel_requested_at");

    /** The column {@code turned_around_at}. */
    public final Field<OffsetDateTime> turnedAroundAt = time("turned_around_at");

    /** The column {@code crash_count}. */
    public final Field<Integer> crashCount = column("crash_count", SQLDataType.INTEGER);

    /** The column {@code input}. */
    public final Field<String> input = text("input");

    /** The column {@code input_digest}. */
    public final Field<String> inputDigest = text("input_digest");

    /** The column {@code output}. */
    public final Field<String> output = text("output");

    /** The column {@code error}. */
    public final Field<String> error = text("error");

    /** The column {@code error_step}. */
    public final Field<String> errorStep = text("error_step");

    /** The column {@code error_actor}. */
    public final Field<String> errorActor = text("error_actor");

    /** The column {@code token_key}: whoever knows it can answer the saga's waits. */
    public final Field<UUID> tokenKey = column("token_key", SQLDataType.UUID);

    /** The column {@code headers}. */
    public final Field<String> headers = text("headers");

    /** The column {@code created_at}. */
    public final Field<OffsetDateTime> createdAt = time("created_at");

    /** The column {@code updated_at}. */
    public final Field<OffsetDateTime> updatedAt = time("updated_at");

    /** The column {@code finished_at}. */
    public final Field<OffsetDateTime> finishedAt = time("finished_at");

    /** The column {@code erased_at}. */
    public final Field<OffsetDateTime> erasedAt = time("erased_at");

    /** The column {@code urgent}. */
    public final Field<Boolean> urgent = column("urgent", SQLDataType.BOOLEAN);

    private Saga(String schema) {
      super(schema, "saga");
    }
  }

  /** {@code saga_log}: one row per step and direction. */
  public static final class SagaLog extends Declared {
    /** The column {@code saga_id}. */
    public final Field<UUID> sagaId = column("saga_id", SQLDataType.UUID);

    /** The column {@code path}. */
    public final Field<String> path = text("path");

    /** The column {@code direction}. */
    public final Field<String> direction = text("direction");

    /** The column {@code step_name}. */
    public final Field<String> stepName = text("step_name");

    /** The column {@code seq}. */
    public final Field<Integer> seq = column("seq", SQLDataType.INTEGER);

    /** The column {@code status}. */
    public final Field<String> status = text("status");

    /** The column {@code attempt}. */
    public final Field<Integer> attempt = column("attempt", SQLDataType.INTEGER);

    /** The column {@code attempt_base}. */
    public final Field<Integer> attemptBase = column("attempt_base", SQLDataType.INTEGER);

    /** The column {@code decision}. */
    public final Field<String> decision = text("decision");

    /** The column {@code payload}. */
    public final Field<String> payload = text("payload");

    /** The column {@code error}. */
    public final Field<String> error = text("error");

    /** The column {@code node}. */
    public final Field<UUID> node = column("node", SQLDataType.UUID);

    /** The column {@code epoch}. */
    public final Field<Long> epoch = column("epoch", SQLDataType.BIGINT);

    /** The column {@code created_at}. */
    public final Field<OffsetDateTime> createdAt = time("created_at");

    /** The column {@code retry_at}. */
    public final Field<OffsetDateTime> retryAt = time("retry_at");

    /** The column {@code finished_at}. */
    public final Field<OffsetDateTime> finishedAt = time("finished_at");

    private SagaLog(String schema) {
      super(schema, "saga_log");
    }
  }

  /** {@code saga_signal}: what was sent to sagas. */
  public static final class SagaSignal extends Declared {
    /** The column {@code id}. */
    public final Field<UUID> id = column("id", SQLDataType.UUID);

    /** The column {@code definition}. */
    public final Field<String> definition = text("definition");

    /** The column {@code business_key}. */
    public final Field<String> businessKey = text("business_key");

    /** The column {@code name}. */
    public final Field<String> name = text("name");

    /** The column {@code payload}. */
    public final Field<String> payload = text("payload");

    /** The column {@code error}. */
    public final Field<String> error = text("error");

    /** The column {@code sent_at}. */
    public final Field<OffsetDateTime> sentAt = time("sent_at");

    /** The column {@code routed_at}. */
    public final Field<OffsetDateTime> routedAt = time("routed_at");

    /** The column {@code consumed_at}. */
    public final Field<OffsetDateTime> consumedAt = time("consumed_at");

    /** The column {@code consumed_path}. */
    public final Field<String> consumedPath = text("consumed_path");

    private SagaSignal(String schema) {
      super(schema, "saga_signal");
    }
  }

  /** {@code saga_node}: one row per incarnation of a node. */
  public static final class SagaNode extends Declared {
    /** The column {@code id}. */
    public final Field<UUID> id = column("id", SQLDataType.UUID);

    /** The column {@code name}. */
    public final Field<String> name = text("name");

    /** The column {@code definitions}. */
    public final Field<String[]> definitions = column("definitions", SQLDataType.CLOB.array());

    /** The column {@code lease}. */
    public final Field<YearToSecond> lease = column("lease", SQLDataType.INTERVAL);

    /** The column {@code started_at}. */
    public final Field<OffsetDateTime> startedAt = time("started_at");

    /** The column {@code heartbeat_at}. */
    public final Field<OffsetDateTime> heartbeatAt = time("heartbeat_at");

    /** The column {@code expires_at}. */
    public final Field<OffsetDateTime> expiresAt = time("expires_at");

    private SagaNode(String schema) {
      super(schema, "saga_node");
    }
  }

  /** {@code saga_audit}: what operators did. */
  public static final class SagaAudit extends Declared {
    /** The column {@code id}. */
    public final Field<Long> id = column("id", SQLDataType.BIGINT);

    /** The column {@code saga_id}. */
    public final Field<UUID> sagaId = column("saga_id", SQLDataType.UUID);

    /** The column {@code actor}. */
    public final Field<String> actor = text("actor");

    /** The column {@code action}. */
    public final Field<String> action = text("action");

    /** The column {@code step}. */
    public final Field<String> step = text("step");

    /** The column {@code reason}. */
    public final Field<String> reason = text("reason");

    /** The column {@code at}. */
    public final Field<OffsetDateTime> at = time("at");

    private SagaAudit(String schema) {
      super(schema, "saga_audit");
    }
  }

  /** {@code saga_lock}: who has which lock, and who waits for it. */
  public static final class SagaLock extends Declared {
    /** The column {@code saga_id}. */
    public final Field<UUID> sagaId = column("saga_id", SQLDataType.UUID);

    /** The column {@code name}. */
    public final Field<String> name = text("name");

    /** The column {@code key}. */
    public final Field<String> key = text("key");

    /** The column {@code slots}. */
    public final Field<Integer> slots = column("slots", SQLDataType.INTEGER);

    /** The column {@code since}. */
    public final Field<OffsetDateTime> since = time("since");

    /** The column {@code slot}. */
    public final Field<Integer> slot = column("slot", SQLDataType.INTEGER);

    /** The column {@code held_at}. */
    public final Field<OffsetDateTime> heldAt = time("held_at");

    /** The column {@code shared}. */
    public final Field<Boolean> shared = column("shared", SQLDataType.BOOLEAN);

    private SagaLock(String schema) {
      super(schema, "saga_lock");
    }
  }

  /** {@code saga_lock_freed}: what was given back of it. */
  public static final class SagaLockFreed extends Declared {
    /** The column {@code name}. */
    public final Field<String> name = text("name");

    /** The column {@code key}. */
    public final Field<String> key = text("key");

    /** The column {@code id}. */
    public final Field<UUID> id = column("id", SQLDataType.UUID);

    /** The column {@code freed_at}. */
    public final Field<OffsetDateTime> freedAt = time("freed_at");

    private SagaLockFreed(String schema) {
      super(schema, "saga_lock_freed");
    }
  }

  /** {@code saga_limit}: limits of the fleet on remote attempts. */
  public static final class SagaLimit extends Declared {
    /** The column {@code name}. */
    public final Field<String> name = text("name");

    /** The column {@code arrival_at}. */
    public final Field<OffsetDateTime> arrivalAt = time("arrival_at");

    private SagaLimit(String schema) {
      super(schema, "saga_limit");
    }
  }

  /** {@code saga_limit_permit}: attempts that are under way behind a limit. */
  public static final class SagaLimitPermit extends Declared {
    /** The column {@code limit_name}. */
    public final Field<String> limitName = text("limit_name");

    /** The column {@code node}. */
    public final Field<UUID> node = column("node", SQLDataType.UUID);

    /** The column {@code id}. */
    public final Field<UUID> id = column("id", SQLDataType.UUID);

    /** The column {@code saga_id}. */
    public final Field<UUID> sagaId = column("saga_id", SQLDataType.UUID);

    /** The column {@code path}. */
    public final Field<String> path = text("path");

    /** The column {@code direction}. */
    public final Field<String> direction = text("direction");

    /** The column {@code granted_at}. */
    public final Field<OffsetDateTime> grantedAt = time("granted_at");

    private SagaLimitPermit(String schema) {
      super(schema, "saga_limit_permit");
    }
  }

  /** {@code saga_limit_waiter}: sagas that wait for a permit. */
  public static final class SagaLimitWaiter extends Declared {
    /** The column {@code limit_name}. */
    public final Field<String> limitName = text("limit_name");

    /** The column {@code saga_id}. */
    public final Field<UUID> sagaId = column("saga_id", SQLDataType.UUID);

    /** The column {@code lane}. */
    public final Field<Integer> lane = column("lane", SQLDataType.INTEGER);

    /** The column {@code since}. */
    public final Field<OffsetDateTime> since = time("since");

    /** The column {@code woken_at}. */
    public final Field<OffsetDateTime> wokenAt = time("woken_at");

    private SagaLimitWaiter(String schema) {
      super(schema, "saga_limit_waiter");
    }
  }

  /** {@code schema_version}: the versions that were applied. */
  public static final class SchemaVersion extends Declared {
    /** The column {@code version}. */
    public final Field<String> version = text("version");

    /** The column {@code applied_at}. */
    public final Field<OffsetDateTime> appliedAt = time("applied_at");

    private SchemaVersion(String schema) {
      super(schema, "schema_version");
    }
  }
}

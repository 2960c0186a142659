package io.skald.store.jooq;

import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The group commit of what the engine alone writes. A batch waits for nobody: rows that somebody
 * else has locked are skipped and go alone, with a lock timeout, after the others are committed.
 */
final class JournalWrites {
  /** Log and COMMIT of a local step hold the lock for one round trip; this is patience enough. */
  private static final String PATIENCE = "set local lock_timeout = '2s'";

  /**
   * Planning costs more than running: the plan is made once per connection. It may be made when the
   * tables are empty, so it must not rest on that.
   */
  private static final String PLAN_ONCE =
      """
      set local plan_cache_mode = force_generic_plan;
      set local enable_seqscan = off;
      """;

  private static final String FENCES =
      """
      with t as materialized (
        select *
        from unnest(%s) as t (saga_id, owner, epoch%s)
        order by saga_id
      ), f as materialized (
        select t.*
        from t
        cross join lateral (
          select s.id
          from skald.saga s
          where s.id = t.saga_id
            and s.owner = t.owner
            and s.epoch = t.epoch
          %s) s
      ), r as materialized (
        select *
        from unnest(
          ?::uuid[], ?::text[], ?::text[], ?::text[], ?::integer[], ?::text[], ?::integer[],
          ?::integer[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::integer[])
          as r (
            saga_id, path, direction, step_name, seq, status, attempt,
            attempt_base, payload, error, retry_micros, old_status, old_attempt)
      )
      """;

  /** Log rows that are not what they were to replace, or are there already. By saga_log_pkey. */
  private static final String CONFLICTS =
      """
      , conflicting as materialized (
        select distinct r.saga_id
        from r
        left join lateral (
          select l.status, l.attempt
          from skald.saga_log l
          where l.saga_id = r.saga_id
            and l.path = r.path
            and l.direction = r.direction
          offset 0) l on true
        where case
          when r.old_status is null then l.status is not null
          else l.status is distinct from r.old_status
            or l.attempt is distinct from r.old_attempt
        end
      ), ok as materialized (
        select f.*
        from f
        where f.saga_id not in (select x.saga_id from conflicting x)
      )
      """;

  private static final String WRITES =
      """
      , inserted as (
        insert into skald.saga_log (
          saga_id, path, direction, step_name, seq, status, attempt, attempt_base, payload, error,
          node, epoch, retry_at, finished_at)
        select r.saga_id, r.path, r.direction, r.step_name, r.seq, r.status, r.attempt,
          r.attempt_base, r.payload, r.error, ok.owner, ok.epoch,
          clock_timestamp() + r.retry_micros * interval '1 microsecond',
          case when r.status not in ('STARTED', 'RETRYING') then clock_timestamp() end
        from r
        join ok on ok.saga_id = r.saga_id
        where r.old_status is null
      ), replaced as (
        update skald.saga_log l
        set step_name = r.step_name, seq = r.seq, status = r.status, attempt = r.attempt,
          attempt_base = r.attempt_base, payload = r.payload, error = r.error, node = ok.owner,
          epoch = ok.epoch,
          retry_at = clock_timestamp() + r.retry_micros * interval '1 microsecond',
          finished_at =
            case when r.status not in ('STARTED', 'RETRYING') then clock_timestamp() end
        from r
        join ok on ok.saga_id = r.saga_id
        where l.saga_id = r.saga_id
          and l.path = r.path
          and l.direction = r.direction
          and l.status = r.old_status
          and l.attempt = r.old_attempt
        returning l.saga_id
      )
      """;

  private static final String CHANGES =
      """
      , changed as (
        update skald.saga s
        set %s
        from ok c
        where s.id = c.saga_id
      )
      """
          .formatted(ChangeColumns.ASSIGNMENTS.strip());

  /** A row the fence skipped although it looks right is locked, or was changed this moment. */
  private static final String ANSWERS =
      """
      select t.saga_id,
        case
          when ok.saga_id is not null then 'APPLIED'
          when f.saga_id is not null then 'CONFLICT'
          when exists (
            select
            from skald.saga s
            where s.id = t.saga_id
              and s.owner = t.owner
              and s.epoch = t.epoch) then 'LOCKED'
          else 'FENCE_LOST'
        end,
        (select count(*) from replaced p where p.saga_id = t.saga_id)
      from t
      left join f on f.saga_id = t.saga_id
      left join ok on ok.saga_id = t.saga_id
      """;

  private static final String FENCE_ARRAYS = "?::uuid[], ?::uuid[], ?::bigint[]";
  private static final String CHANGE_ARRAYS =
      FENCE_ARRAYS
          + ", ?::text[], ?::integer[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[]";

  private enum Answer {
    APPLIED,
    CONFLICT,
    FENCE_LOST,
    LOCKED
  }

  /** A batch that turned out to be applied in part: it is rolled back and written one by one. */
  private static final class TornBatchException extends SQLException {
    private static final long serialVersionUID = 1L;

    TornBatchException() {
      super("A log row changed between check and write", "40001");
    }
  }

  private final Transactions transactions;
  private final SqlErrors errors;
  private final FencedInsert insert;
  private final String rowsSkipping;
  private final String changesSkipping;
  private final String rowsWaiting;
  private final String changesWaiting;

  JournalWrites(Transactions transactions, SqlErrors errors, FencedInsert insert, SqlText text) {
    this.insert = insert;
    this.transactions = transactions;
    this.errors = errors;
    this.rowsSkipping = text.render(rows("for share skip locked"));
    this.rowsWaiting = text.render(rows("for share"));
    this.changesSkipping = text.render(changes("for no key update skip locked"));
    this.changesWaiting = text.render(changes("for no key update"));
  }

  private static String rows(String lock) {
    return PLAN_ONCE + FENCES.formatted(FENCE_ARRAYS, "", lock) + CONFLICTS + WRITES + ANSWERS;
  }

  private static String changes(String lock) {
    return PLAN_ONCE
        + FENCES.formatted(CHANGE_ARRAYS, ", " + ChangeColumns.COLUMNS, lock)
        + CONFLICTS
        + WRITES
        + CHANGES
        + ANSWERS;
  }

  List<WriteResult> write(List<Transition> transitions) {
    if (transitions.size() == 1 && isInserted(transitions.getFirst())) {
      return List.of(WriteResult.APPLIED);
    }
    Map<SagaId, Answer> answers = together(transitions);
    List<WriteResult> results = new ArrayList<>(transitions.size());
    for (Transition transition : transitions) {
      Answer answer = answers.getOrDefault(transition.fence().saga(), Answer.LOCKED);
      results.add(
          switch (answer) {
            case APPLIED -> WriteResult.APPLIED;
            case CONFLICT -> WriteResult.CONFLICT;
            case FENCE_LOST -> WriteResult.FENCE_LOST;
            case LOCKED -> alone(transition);
          });
    }
    return results;
  }

  /** Writes a single transition in one round trip; if it was not written, why is asked anew. */
  private boolean isInserted(Transition transition) {
    if (!FencedInsert.fits(transition)) {
      return false;
    }
    try {
      return transactions.once(connection -> inserted(connection, transition));
    } catch (SQLException e) {
      SqlErrors.Reaction reaction = errors.reaction(e);
      transactions.noteRefusal(reaction);
      return switch (reaction) {
        case FENCE_LOST, ENGINE_KEY, CONFLICT, STALE_PLAN, READ_ONLY -> false;
        case CONNECTION_LOST, CANCELLED, NO_ROOM, ABORTED, REFUSED ->
            throw errors.exception("Writing " + transition.fence().saga(), e);
      };
    }
  }

  private boolean inserted(Connection connection, Transition transition) throws SQLException {
    insert.execute(connection, transition, FencedInsert.Lock.SKIP, FencedInsert.Ending.COMMIT);
    return true;
  }

  /** Writes one transition on a connection, waiting for locks; whether it took effect. */
  boolean applyAlone(Connection connection, Transition transition) throws SQLException {
    return waiting(connection, transition) == WriteResult.APPLIED;
  }

  /** The answers of one transaction for all; empty if each must go alone. */
  private Map<SagaId, Answer> together(List<Transition> transitions) {
    List<Transition> rows = transitions.stream().filter(t -> t.change() == null).toList();
    List<Transition> changes = transitions.stream().filter(t -> t.change() != null).toList();
    try {
      return transactions.run(
          "Writing " + transitions.size() + " transitions",
          connection -> {
            Map<SagaId, Answer> answers = execute(connection, rowsSkipping, rows);
            answers.putAll(execute(connection, changesSkipping, changes));
            return answers;
          });
    } catch (SagaStoreException e) {
      if (isEngineKey(e)) {
        return Map.of();
      }
      throw e;
    }
  }

  private WriteResult alone(Transition transition) {
    try {
      return transactions.run(
          "Writing a transition of " + transition.fence().saga(),
          connection -> {
            try (Statement patience = connection.createStatement()) {
              patience.execute(PATIENCE);
            }
            return waiting(connection, transition);
          });
    } catch (SagaStoreException e) {
      if (isEngineKey(e)) {
        return WriteResult.CONFLICT;
      }
      throw e;
    }
  }

  private boolean isEngineKey(SagaStoreException failure) {
    return SqlErrors.in(failure)
        .filter(e -> errors.reaction(e) == SqlErrors.Reaction.ENGINE_KEY)
        .isPresent();
  }

  private WriteResult waiting(Connection connection, Transition transition) throws SQLException {
    String statement = transition.change() == null ? rowsWaiting : changesWaiting;
    Answer answer =
        execute(connection, statement, List.of(transition))
            .getOrDefault(transition.fence().saga(), Answer.FENCE_LOST);
    return switch (answer) {
      case APPLIED -> WriteResult.APPLIED;
      case CONFLICT -> WriteResult.CONFLICT;
      // it was waited for: what looked right in the snapshot was changed meanwhile
      case FENCE_LOST, LOCKED -> WriteResult.FENCE_LOST;
    };
  }

  private static Map<SagaId, Answer> execute(
      Connection connection, String sql, List<Transition> transitions) throws SQLException {
    Map<SagaId, Answer> answers = new HashMap<>();
    if (transitions.isEmpty()) {
      return answers;
    }
    TransitionArrays arrays = new TransitionArrays(transitions);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      arrays.bind(new Binds(statement));
      statement.execute();
      statement.getMoreResults();
      statement.getMoreResults();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          SagaId saga = new SagaId(rows.getObject(1, UUID.class));
          Answer answer = Answer.valueOf(rows.getString(2));
          if (answer == Answer.APPLIED && rows.getInt(3) != arrays.replacements(saga)) {
            throw new TornBatchException();
          }
          answers.put(saga, answer);
        }
      }
    }
    return answers;
  }
}

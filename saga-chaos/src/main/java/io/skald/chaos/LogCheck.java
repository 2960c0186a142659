package io.skald.chaos;

import java.util.List;

/** The invariants of the log, the sagas' rows and the business tables. */
final class LogCheck {
  private static final String NOT_AT_REST =
      """
      select 'I1 not at rest: ' || definition || ' ' || id || ' ' || status
      from skald.saga
      where status in ('RUNNING', 'COMPENSATING')
        or (status = 'STUCK' and error is null)
        or (status <> 'STUCK' and finished_at is null)
        or owner is not null
        or wake_at is not null
      """;
  private static final String STUCK =
      """
      select 'I1 stuck: ' || definition || ' ' || id || ' at ' || coalesce(error_step, 'no step')
        || ': ' || error
      from skald.saga
      where status = 'STUCK'
        and definition <> 'poison'
      """;
  private static final String LEFT_OPEN =
      """
      select 'I1 ' || s.status || ' and left open: ' || l.direction || ' ' || l.path || ' '
        || l.status || ' of ' || s.definition || ' ' || s.id
      from skald.saga s
      join skald.saga_log l on l.saga_id = s.id
      where s.status in ('COMPLETED', 'COMPENSATED')
        and l.status in ('STARTED', 'WAITING', 'RETRYING')
      """;
  private static final String KEY_TWICE =
      """
      select 'I2 two sagas of ' || definition || ' ' || business_key
      from skald.saga
      group by definition, business_key
      having count(*) > 1
      """;
  private static final String ORDERED_OTHERWISE =
      """
      select 'I2 ' || o.way || ' start of ' || o.definition || ' ' || o.business_key
        || ' was answered with ' || o.saga_id || ', and there is '
        || coalesce(s.id::text, 'none')
      from ordered o
      left join skald.saga s on s.definition = o.definition and s.business_key = o.business_key
      where s.id is distinct from o.saga_id
      """;
  private static final String EFFECT_TWICE =
      """
      select 'I3 ' || count(*) || ' effects of ' || direction || ' ' || step || ' in ' || saga_id
      from effect
      group by saga_id, step, direction
      having count(*) > 1
      """;
  private static final String EFFECT_WITHOUT_ROW =
      """
      select 'I3 effect and log differ: ' || coalesce(e.saga_id, l.saga_id)
        || ' ' || coalesce(e.step, l.step_name)
      from effect e
      full join (
        select l.saga_id, l.step_name, l.direction
        from skald.saga_log l
        join skald.saga s on s.id = l.saga_id
        join step p on p.definition = s.definition and p.name = l.step_name
        where l.status = 'SUCCEEDED'
          and p.kind = 'local'
      ) l on l.saga_id = e.saga_id and l.step_name = e.step and l.direction = e.direction
      where e.saga_id is null
        or l.saga_id is null
      """;

  /** Under an epoch that was not the node's, or after it was another one's. */
  private static final String WRITTEN_BY_ANOTHER =
      """
      with owned as (
        select saga_id, owner, epoch,
          lead(at) over (partition by saga_id order by n) as until
        from ownership
      )
      select 'I4 written when it was not the owner''s: ' || l.direction || ' ' || l.path
        || ' epoch ' || l.epoch || ' in ' || l.saga_id
      from skald.saga_log l
      where l.node is not null
        and not exists (
          select
          from owned o
          where o.saga_id = l.saga_id
            and o.epoch = l.epoch
            and o.owner = l.node
            and coalesce(l.finished_at, l.created_at) <= coalesce(o.until, 'infinity'))
      """;

  private static final String ACTION_AFTER_TURN =
      """
      select 'I5 ' || a.path || ' took effect after compensation began in ' || a.saga_id
      from skald.saga_log a
      join skald.saga s on s.id = a.saga_id
      join step p on p.definition = s.definition and p.name = a.step_name
      join (
        select saga_id, min(seq) as seq, min(finished_at) as at
        from skald.saga_log
        where direction in ('COMPENSATION', 'CANCEL')
        group by saga_id
      ) c on c.saga_id = a.saga_id
      where p.kind = 'local'
        and a.direction = 'ACTION'
        and a.status = 'SUCCEEDED'
        and (a.seq > c.seq or a.finished_at > c.at)
      """;
  private static final String WRONG_ORDER =
      """
      select 'I6 compensated before ' || a2.path || ', which completed later: ' || a1.path
        || ' in ' || a1.saga_id
      from skald.saga_log a1
      join skald.saga_log a2 on a2.saga_id = a1.saga_id and a2.direction = 'ACTION'
        and a2.seq > a1.seq
      join skald.saga_log c1 on c1.saga_id = a1.saga_id and c1.path = a1.path
        and c1.direction in ('COMPENSATION', 'CANCEL')
      join skald.saga_log c2 on c2.saga_id = a2.saga_id and c2.path = a2.path
        and c2.direction in ('COMPENSATION', 'CANCEL')
      where a1.direction = 'ACTION'
        and c1.seq < c2.seq
      """;
  private static final String NOT_COMPENSATED =
      """
      select 'I7 ' || s.definition || ' ' || a.path || ' ' || a.status || ' and its '
        || p.backward || ' ' || coalesce(c.status, 'none') || ' in ' || s.id
      from skald.saga s
      join skald.saga_log a on a.saga_id = s.id and a.direction = 'ACTION'
      join step p on p.definition = s.definition and p.name = a.step_name
      left join skald.saga_log c on c.saga_id = s.id and c.path = a.path
        and c.direction = p.backward
      where s.status = 'COMPENSATED'
        and (coalesce(c.status, '') = 'SUCCEEDED') <> (
          (a.status = 'SUCCEEDED' and p.owed_succeeded)
          or (a.status = 'UNKNOWN' and p.owed_unknown))
      """;
  private static final String CHILD_OTHERWISE =
      """
      select 'I7 ' || p.status || ' and what it started ' || c.status || ': ' || p.id
      from skald.saga p
      join skald.saga c on c.parent_id = p.id
      where p.status in ('COMPLETED', 'COMPENSATED')
        and c.status <> p.status
      """;
  private static final String COMPENSATED_WITHOUT_TURN =
      """
      select 'I8 ' || s.status || ', and ' || c.direction || ' of ' || c.path || ' in ' || s.id
      from skald.saga s
      join skald.saga_log c on c.saga_id = s.id and c.direction in ('COMPENSATION', 'CANCEL')
      where s.status = 'COMPLETED'
      """;
  private static final String COMPENSATED_AFTER_PIVOT =
      """
      select 'I8 compensation after the pivot in ' || a.saga_id
      from skald.saga_log a
      join skald.saga s on s.id = a.saga_id
      join step p on p.definition = s.definition and p.name = a.step_name
      where p.position = 'PIVOT'
        and a.direction = 'ACTION'
        and a.status = 'SUCCEEDED'
        and s.turned_around_at is not null
      """;
  private static final String MONEY =
      """
      select 'I11 ' || s.definition || ' ' || s.status || ' and moved ' || coalesce(e.cents, 0)
        || ' cents: ' || s.id
      from skald.saga s
      left join (
        select saga_id, sum(cents) as cents
        from effect
        group by saga_id
      ) e on e.saga_id = s.id
      where s.status in ('COMPLETED', 'COMPENSATED')
        and coalesce(e.cents, 0)
          <> case when s.status = 'COMPLETED' then -(s.input::json ->> 'cents')::int else 0 end
      """;
  private static final String BALANCES =
      """
      select 'I11 account ' || a.id || ' has ' || a.cents || ' cents'
      from account a
      left join (
        select account, sum(cents) as cents
        from effect
        group by account
      ) e on e.account = a.id
      where a.cents <> %d + coalesce(e.cents, 0)
      """
          .formatted(ChaosDatabase.CENTS_EACH);

  /** More than it takes if the owner that was to say so was killed first. */
  private static final String POISON =
      """
      select 'I18 poison ended ' || status || ': ' || coalesce(error, 'no reason')
      from skald.saga
      where definition = 'poison'
        and (status <> 'STUCK' or coalesce(
          substring(error from '^([0-9]+) nodes in a row died while they ran it$')::int, 0) < %d)
      """
          .formatted(ChaosNode.CRASHES_MAX);

  private static final String COMPLAINTS =
      """
      select 'P4 the engine threw what it should not: ' || text
      from complaint
      """;
  private static final String LOCKS =
      """
      select 'I20 a lock is waited for by ' || coalesce(a.application_name, 'nobody')
        || ': ' || coalesce(a.query, '')
      from pg_locks l
      left join pg_stat_activity a on a.pid = l.pid
      where not l.granted
        and a.query_start < clock_timestamp() - interval '3 s'
      """;
  private static final String IDLE_IN_TRANSACTION =
      """
      select 'I20 idle in transaction: ' || application_name || ': ' || query
      from pg_stat_activity
      where state like 'idle in transaction%'
        and state_change < clock_timestamp() - interval '3 s'
      """;

  static final List<String> QUERIES =
      List.of(
          NOT_AT_REST,
          STUCK,
          LEFT_OPEN,
          KEY_TWICE,
          ORDERED_OTHERWISE,
          EFFECT_TWICE,
          EFFECT_WITHOUT_ROW,
          WRITTEN_BY_ANOTHER,
          ACTION_AFTER_TURN,
          WRONG_ORDER,
          NOT_COMPENSATED,
          CHILD_OTHERWISE,
          COMPENSATED_WITHOUT_TURN,
          COMPENSATED_AFTER_PIVOT,
          MONEY,
          BALANCES,
          POISON,
          COMPLAINTS,
          LOCKS,
          IDLE_IN_TRANSACTION);

  private LogCheck() {}
}

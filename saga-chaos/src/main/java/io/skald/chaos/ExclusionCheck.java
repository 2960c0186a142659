package io.skald.chaos;

import java.util.List;

/** The invariants of locks. */
final class ExclusionCheck {
  /** A saga records that it has its locks after it was given them, and ends before others are. */
  private static final String HELD_BY_TWO =
      """
      with held as (
        select s.id, (s.input::json ->> 'account')::int %% %d as counter,
          l.finished_at as since, coalesce(s.finished_at, 'infinity') as until
        from skald.saga s
        join skald.saga_log l on l.saga_id = s.id
        where s.definition = 'exchange'
          and l.path = '@locks'
          and l.direction = 'ACTION'
          and l.status = 'SUCCEEDED'
      )
      select 'I21 at one counter at the same time: ' || a.id || ' and ' || b.id
      from held a
      join held b on b.counter = a.counter and b.id > a.id
        and b.since < a.until and a.since < b.until
      """
          .formatted(Exchange.COUNTERS);

  private static final String ACTED_WITHOUT =
      """
      select 'I21 ' || e.step || ' took effect without a lock in ' || s.id
      from effect e
      join skald.saga s on s.id = e.saga_id
      left join skald.saga_log l on l.saga_id = s.id and l.path = '@locks'
        and l.direction = 'ACTION'
      where s.definition = 'exchange'
        and (l.status is distinct from 'SUCCEEDED' or e.at < l.finished_at)
      """;

  private static final String LEFT =
      """
      select 'I20 lock ' || name || ' is left, of ' || saga_id
      from skald.saga_lock
      """;

  static final List<String> QUERIES = List.of(HELD_BY_TWO, ACTED_WITHOUT, LEFT);

  private ExclusionCheck() {}
}

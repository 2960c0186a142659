package io.skald.chaos;

import java.util.List;

/** The invariants of whatever waits: for signals, for completions, for a time. */
final class WaitCheck {
  /** A joined one is there if and only if its transaction committed. */
  private static final String SENT_OTHERWISE =
      """
      select 'I15 sent by ' || coalesce(t.business_key, g.business_key) || ', and '
        || case when t.payload is null then 'not recorded' else 'not there' end || ': '
        || coalesce(t.payload, g.payload)
      from (select * from skald.saga_signal where name = 'approved') g
      full join sent t on t.business_key = g.business_key and t.payload = g.payload
      where g.payload is null
        or (t.payload is null and g.payload like '"JOINED%')
      """;

  private static final String SIGNAL_TWICE =
      """
      select 'I15 ' || count(*) || ' times there: ' || payload
      from skald.saga_signal
      where name = 'approved'
      group by payload
      having count(*) > 1
      """;
  private static final String CONSUMED_OTHERWISE =
      """
      select 'I15 consumed ' || g.payload || ', and the wait ' || coalesce(l.status, 'is not there')
        || ' with ' || coalesce(l.payload, 'nothing') || ': ' || g.business_key
      from skald.saga_signal g
      left join skald.saga s on s.definition = g.definition and s.business_key = g.business_key
      left join skald.saga_log l on l.saga_id = s.id and l.path = g.consumed_path
        and l.direction = 'ACTION'
      where g.name = 'approved'
        and g.consumed_at is not null
        and (l.status is distinct from 'SUCCEEDED' or l.payload is distinct from g.payload)
      """;
  private static final String APPROVED_BY_NOTHING =
      """
      select 'I15 ' || count(g.id) || ' signals consumed for ' || l.payload || ': '
        || s.business_key
      from skald.saga_log l
      join skald.saga s on s.id = l.saga_id
      left join skald.saga_signal g on g.definition = s.definition
        and g.business_key = s.business_key
        and g.consumed_path = l.path
      where l.step_name = 'approval'
        and l.status = 'SUCCEEDED'
      group by l.saga_id, l.payload, s.business_key
      having count(g.id) <> case when l.payload = '"%s"' then 0 else 1 end
      """
          .formatted(Delivery.NOBODY);

  /** Nobody would ever be told of it. */
  private static final String LOST_SIGNAL =
      """
      select 'I15 neither consumed nor unclaimed: ' || g.payload || ' of ' || g.business_key
      from skald.saga_signal g
      left join skald.saga s on s.definition = g.definition and s.business_key = g.business_key
      where g.name = 'approved'
        and g.consumed_at is null
        and (g.routed_at is null or s.finished_at is null and s.id is not null)
      """;

  private static final String PASSED_OVER =
      """
      select 'I15 came in time, and was passed over: ' || g.payload || ' of ' || g.business_key
      from skald.saga_signal g
      join skald.saga s on s.definition = g.definition and s.business_key = g.business_key
      join skald.saga_log l on l.saga_id = s.id and l.path = 'approval'
      where g.name = 'approved'
        and g.consumed_at is null
        and l.status = 'SUCCEEDED'
        and l.payload = '"%s"'
        and g.routed_at < l.created_at + interval '%d milliseconds'
      """
          .formatted(Delivery.NOBODY, Patience.ANSWER.toMillis());
  private static final String COMPLETED_OTHERWISE =
      """
      select 'I15 ' || count(*) || ' completions accepted of one token'
      from completed
      where accepted
        and way = 'OWN'
      group by token
      having count(*) > 1
      """;

  /**
   * What turns a saga around comes first, even before what was accepted and is not taken yet: a
   * cancel, a deadline, a failure beside the step.
   */
  private static final String BOX_LOST =
      """
      select 'I15 accepted, and the step is ' || coalesce(l.status, 'not there') || ': ' || c.box
        || ' of ' || s.business_key
      from completed c
      join skald.saga_signal g on g.payload = c.box and g.name like '@%'
      join skald.saga s on s.definition = g.definition and s.business_key = g.business_key
      left join skald.saga_log l on l.saga_id = s.id and l.path = 'pack'
        and l.direction = 'ACTION'
      where c.accepted
        and c.way = 'OWN'
        and s.turned_around_at is null
        and (l.status is distinct from 'SUCCEEDED' or l.payload is distinct from c.box)
      """;

  private static final String TOO_EARLY =
      """
      select 'I16 ' || l.path || ' ended ' || extract(epoch from l.finished_at - l.created_at)
        || ' s after it began in ' || l.saga_id
      from skald.saga_log l
      where l.direction = 'ACTION'
        and l.status = 'SUCCEEDED'
        and (
          (l.step_name = 'cool-off' and l.finished_at < l.created_at + interval '200 ms')
          or (l.step_name = 'travel' and l.finished_at < l.created_at + interval '100 ms')
          or (l.step_name = 'approval' and l.payload = '"%s"'
            and l.finished_at < l.created_at + interval '%d ms'))
      """
          .formatted(Delivery.NOBODY, Patience.ANSWER.toMillis());

  static final List<String> QUERIES =
      List.of(
          SENT_OTHERWISE,
          SIGNAL_TWICE,
          CONSUMED_OTHERWISE,
          APPROVED_BY_NOTHING,
          LOST_SIGNAL,
          PASSED_OVER,
          COMPLETED_OTHERWISE,
          BOX_LOST,
          TOO_EARLY);

  private WaitCheck() {}
}

package io.skald.chaos;

import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long the sagas of nodes that died waited for another node, by the database's clock.
 *
 * @param millis of each saga of a node that died alone, in order
 * @param deaths how many nodes died alone and owned something
 * @param leftOut how many sagas are not among these, by the faults that overlapped
 * @param violations what was too late, or never taken
 */
record Takeovers(
    List<Long> millis, int deaths, Map<String, Integer> leftOut, List<String> violations) {
  static final Duration PROMISE = ChaosNode.LEASE.plus(ChaosNode.POLL).plusSeconds(1);

  private static final String DEATHS =
      """
      create table death (node text primary key, at timestamptz not null, overlapped text not null)
      """;
  private static final String INSERT = "insert into death values (?, ?, ?)";

  /**
   * What a node owned last and somebody else came to own after its death. It may have ended or
   * parked some itself, by a commit that was under way: those have no owner next. A saga that two
   * owners have died with runs alone: whoever has it takes nothing else until it has.
   */
  private static final String TAKEN_OVER =
      """
      with died as materialized (
        select r.saga_id, e.at,
          row_number() over (partition by r.saga_id order by e.at) as nth
        from (
          select saga_id, owner, at, lead(at) over (partition by saga_id order by n) as until
          from ownership
        ) r
        join skald.saga_node w on w.id = r.owner
        join death e on e.node = w.name
        where e.at >= r.at
          and (r.until is null or e.at < r.until)
      )
      select d.node, d.overlapped, o.saga_id,
        round(extract(epoch from next.at - d.at) * 1000)::bigint as millis,
        exists (
          select
          from died s
          where s.nth > 1
            and s.at between d.at - interval '5 s' and d.at + interval '5 s') as has_suspects
      from death d
      join skald.saga_node v on v.name = d.node
      cross join lateral (
        select o.saga_id, max(o.n) as n
        from ownership o
        where o.owner = v.id
        group by o.saga_id
      ) o
      left join lateral (
        select f.at, f.owner
        from ownership f
        where f.saga_id = o.saga_id
          and f.n > o.n
        order by f.n
        limit 1
      ) next on true
      where next.at is null
        or (next.at > d.at and next.owner is not null)
      """;

  /** Measures what was written down during a run. */
  static Takeovers of(ChaosDatabase database, Circumstances circumstances) throws SQLException {
    var rows = new ArrayList<Object[]>();
    for (Cluster.Death death : circumstances.deaths()) {
      rows.add(
          new Object[] {
            death.node(),
            OffsetDateTime.ofInstant(death.at(), ZoneOffset.UTC),
            circumstances.beside(death)
          });
    }
    database.execute(DEATHS);
    database.insert(INSERT, rows);
    return of(database.rows(TAKEN_OVER));
  }

  private static Takeovers of(List<List<String>> sagas) {
    var millis = new ArrayList<Long>();
    var nodes = new ArrayList<String>();
    var leftOut = new TreeMap<String, Integer>();
    var violations = new ArrayList<String>();
    for (List<String> saga : sagas) {
      if (saga.get(3).equals("null")) {
        violations.add("I17 never taken over from %s: %s".formatted(saga.getFirst(), saga.get(2)));
      } else if (!saga.get(1).isEmpty()) {
        leftOut.merge(saga.get(1), 1, Integer::sum);
      } else if (saga.get(4).equals("t")) {
        leftOut.merge("a saga ran alone", 1, Integer::sum);
      } else {
        nodes.add(saga.getFirst());
        millis.add(Long.valueOf(saga.get(3)));
        if (millis.getLast() > PROMISE.toMillis()) {
          violations.add(
              "I17 taken over from %s after %d ms: %s"
                  .formatted(saga.getFirst(), millis.getLast(), saga.get(2)));
        }
      }
    }
    millis.sort(null);
    int alone = Math.toIntExact(nodes.stream().distinct().count());
    return new Takeovers(List.copyOf(millis), alone, leftOut, violations);
  }

  /** How long all but {@code share} of the sagas waited at most, in milliseconds; 0 of none. */
  long quantile(double share) {
    return millis.isEmpty()
        ? 0
        : millis.get(Math.min(millis.size() - 1, (int) Math.floor(millis.size() * share)));
  }

  long max() {
    return millis.isEmpty() ? 0 : millis.getLast();
  }
}

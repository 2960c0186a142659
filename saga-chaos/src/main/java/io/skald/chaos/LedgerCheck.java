package io.skald.chaos;

import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The invariants between the participant's ledger and the log. */
final class LedgerCheck {
  private static final String TABLES =
      """
      create table request (
        saga_id uuid not null,
        path text not null,
        step text not null,
        direction text not null,
        attempt int not null,
        at timestamptz not null
      );
      create table done (
        saga_id uuid not null,
        path text not null,
        step text not null,
        acted boolean not null,
        taken_back boolean not null,
        confirmed boolean not null
      );
      """;
  private static final String REQUEST = "insert into request values (?, ?, ?, ?, ?, ?)";
  private static final String DONE = "insert into done values (?, ?, ?, ?, ?, ?)";
  private static final String INDEXES =
      """
      create index on request (saga_id, path, direction);
      create index on done (saga_id, path);
      analyze
      """;

  /** Their order is not checked: a request that was given up may arrive after the next one. */
  private static final String ATTEMPT_TWICE =
      """
      select 'I9 ' || count(*) || ' times attempt ' || attempt || ' of ' || direction || ' '
        || path || ' in ' || saga_id
      from request
      group by saga_id, path, direction, attempt
      having count(*) > 1
      """;

  private static final String ATTEMPT_UNKNOWN =
      """
      select 'I9 attempt ' || max(r.attempt) || ' of ' || r.direction || ' ' || r.path
        || ' arrived, and the log counts ' || coalesce(max(l.attempt)::text, 'none') || ' in '
        || r.saga_id
      from request r
      left join skald.saga_log l on l.saga_id = r.saga_id and l.path = r.path
        and l.direction = r.direction
      group by r.saga_id, r.path, r.direction
      having max(r.attempt) > coalesce(max(l.attempt), 0)
      """;

  /** The intent to act is the commit of all that stands before. */
  private static final String ACTED_EARLY =
      """
      select 'I10 ' || r.path || ' was called before ' || e.name || ' was recorded in '
        || r.saga_id
      from request r
      join skald.saga s on s.id = r.saga_id
      join step p on p.definition = s.definition and p.name = r.step
      join step e on e.definition = s.definition and e.place < p.place and e.kind <> 'whole'
      left join skald.saga_log l on l.saga_id = s.id and l.step_name = e.name
        and l.direction = 'ACTION'
      where r.direction = 'ACTION'
        and (l.status is distinct from 'SUCCEEDED' or l.finished_at > r.at)
      """;

  private static final String TAKEN_BACK_EARLY =
      """
      select 'I10 ' || r.direction || ' of ' || r.path || ' was called before the saga turned: '
        || r.saga_id
      from request r
      left join skald.saga s on s.id = r.saga_id
      where r.direction in ('COMPENSATION', 'CANCEL')
        and (s.turned_around_at is null or s.turned_around_at > r.at)
      """;
  private static final String CONFIRMED_EARLY =
      """
      select 'I10 ' || r.path || ' was confirmed before the pivot succeeded in ' || r.saga_id
      from request r
      left join skald.saga s on s.id = r.saga_id
      left join step p on p.definition = s.definition and p.position = 'PIVOT'
      left join skald.saga_log l on l.saga_id = s.id and l.step_name = p.name
        and l.direction = 'ACTION'
      where r.direction = 'CONFIRM'
        and (l.status is distinct from 'SUCCEEDED' or l.finished_at > r.at)
      """;
  private static final String OF_NO_SAGA =
      """
      select 'I10 called for no saga: ' || r.path || ' of ' || r.saga_id
      from request r
      left join skald.saga s on s.id = r.saga_id
      where s.id is null
      """;

  /** What stands there is what completed here. Work that failed later was taken on. */
  private static final String STANDS_OTHERWISE =
      """
      select 'I11 ' || s.definition || ' ' || s.status || ', ' || d.path || ' '
        || coalesce(l.status, 'without a row') || ', and at the participant '
        || case when d.acted then 'done' else 'not done' end
        || case when d.taken_back then ', taken back' else '' end || ': ' || s.id
      from done d
      join skald.saga s on s.id = d.saga_id
      left join skald.saga_log l on l.saga_id = s.id and l.path = d.path
        and l.direction = 'ACTION'
      join step p on p.definition = s.definition and p.name = d.step
      where s.status in ('COMPLETED', 'COMPENSATED')
        and not (p.kind = 'async' and coalesce(l.status, '') = 'FAILED')
        and (d.acted and not d.taken_back)
          <> (s.status = 'COMPLETED' and coalesce(l.status, '') = 'SUCCEEDED')
      """;

  private static final String NOT_THERE =
      """
      select 'I11 ' || l.path || ' succeeded, and the participant does not know of it: ' || s.id
      from skald.saga s
      join step p on p.definition = s.definition
      join skald.saga_log l on l.saga_id = s.id and l.step_name = p.name
        and l.direction = 'ACTION'
      left join done d on d.saga_id = s.id and d.path = l.path
      where p.kind in ('remote', 'try', 'async')
        and l.status = 'SUCCEEDED'
        and s.definition <> 'poison'
        and d.saga_id is null
      """;
  private static final String TRIED_OTHERWISE =
      """
      select 'I12 ' || s.status || ' and ' || d.path || case when d.acted then ' tried' else '' end
        || case when d.confirmed then ', confirmed' else '' end
        || case when d.taken_back then ', cancelled' else '' end || ': ' || s.id
      from done d
      join skald.saga s on s.id = d.saga_id
      join step p on p.definition = s.definition and p.name = d.step
      where p.kind = 'try'
        and (
          (s.status = 'COMPLETED' and (not d.confirmed or d.taken_back))
          or (s.status = 'COMPENSATED' and (d.confirmed or d.acted and not d.taken_back)))
      """;

  static final List<String> QUERIES =
      List.of(
          ATTEMPT_TWICE,
          ATTEMPT_UNKNOWN,
          ACTED_EARLY,
          TAKEN_BACK_EARLY,
          CONFIRMED_EARLY,
          OF_NO_SAGA,
          STANDS_OTHERWISE,
          NOT_THERE,
          TRIED_OTHERWISE);

  private LedgerCheck() {}

  /** Puts the ledger beside the log. */
  static void load(ChaosDatabase database, RemoteLedger ledger) throws SQLException {
    var requests = new ArrayList<Object[]>();
    for (RemoteLedger.Request one : ledger.requests()) {
      requests.add(
          new Object[] {
            one.place().saga(),
            one.place().path(),
            step(one.place().path()),
            one.direction().toUpperCase(Locale.ROOT),
            one.attempt(),
            OffsetDateTime.ofInstant(one.at(), ZoneOffset.UTC)
          });
    }
    var done = new ArrayList<Object[]>();
    for (Map.Entry<RemoteLedger.Place, Set<String>> one : ledger.done().entrySet()) {
      Set<String> what = one.getValue();
      done.add(
          new Object[] {
            one.getKey().saga(),
            one.getKey().path(),
            step(one.getKey().path()),
            what.contains("action"),
            what.contains("compensation") || what.contains("cancel"),
            what.contains("confirm")
          });
    }
    database.execute(TABLES);
    database.insert(REQUEST, requests);
    database.insert(DONE, done);
    database.execute(INDEXES);
  }

  private static String step(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}

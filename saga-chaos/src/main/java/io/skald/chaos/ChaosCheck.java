package io.skald.chaos;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** The invariants, computed from the participant's ledger, the log and the business tables. */
final class ChaosCheck {
  private static final String NOT_AT_REST =
      """
      select 'I1 not at rest: ' || id
      from skald.saga
      where status in ('RUNNING', 'COMPENSATING')
        or (status = 'STUCK' and error is null)
        or (status <> 'STUCK' and finished_at is null)
        or owner is not null
      """;
  private static final String KEY_TWICE =
      """
      select 'I2 two sagas of key ' || business_key
      from skald.saga
      group by definition, business_key
      having count(*) > 1
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
        select *
        from skald.saga_log
        where status = 'SUCCEEDED'
          and step_name in ('hold', 'note', 'close')
      ) l on l.saga_id = e.saga_id and l.step_name = e.step and l.direction = e.direction
      where e.saga_id is null
        or l.saga_id is null
      """;
  private static final String ACTION_AFTER_TURN =
      """
      select 'I5 action ' || e.step || ' after compensation began in ' || s.id
      from effect e
      join skald.saga s on s.id = e.saga_id
      where e.direction = 'ACTION'
        and e.at > s.turned_around_at
      """;
  private static final String WRONG_ORDER =
      """
      select 'I6 compensations out of order in ' || a1.saga_id
      from skald.saga_log a1
      join skald.saga_log a2 on a2.saga_id = a1.saga_id and a2.direction = 'ACTION'
        and a2.seq > a1.seq
      join skald.saga_log c1 on c1.saga_id = a1.saga_id and c1.path = a1.path
        and c1.direction = 'COMPENSATION'
      join skald.saga_log c2 on c2.saga_id = a2.saga_id and c2.path = a2.path
        and c2.direction = 'COMPENSATION'
      where a1.direction = 'ACTION'
        and c1.seq < c2.seq
      """;
  private static final String NOT_COMPENSATED =
      """
      select 'I7 ' || a.path || ' ' || a.status || ' and compensation '
          || coalesce(c.status, 'none') || ' in ' || s.id
      from skald.saga s
      join skald.saga_log a on a.saga_id = s.id and a.direction = 'ACTION'
      left join skald.saga_log c on c.saga_id = s.id and c.path = a.path
        and c.direction = 'COMPENSATION'
      where s.status = 'COMPENSATED'
        and (coalesce(c.status, '') = 'SUCCEEDED') <> (
          (a.path = 'hold' and a.status = 'SUCCEEDED')
          or (a.path = 'reserve' and a.status in ('SUCCEEDED', 'UNKNOWN'))
          or (a.path = 'charge' and a.status = 'UNKNOWN'))
      """;
  private static final String COMPENSATED_AFTER_PIVOT =
      """
      select 'I8 compensation after the pivot in ' || a.saga_id
      from skald.saga_log a
      join skald.saga_log c on c.saga_id = a.saga_id and c.direction = 'COMPENSATION'
      where a.path = 'charge'
        and a.direction = 'ACTION'
        and a.status = 'SUCCEEDED'
      """;
  private static final String INTENT_MISSING =
      """
      select a.saga_id || ':' || a.path
      from skald.saga_log a
      where a.direction = 'ACTION'
        and a.status = 'SUCCEEDED'
      """;
  private static final String STUCK =
      """
      select 'stuck: ' || id || ' at ' || coalesce(error_step, '') || ': ' || error
      from skald.saga
      where status = 'STUCK'
      """;
  private static final String ENDS = "select id, status from skald.saga";
  private static final List<String> QUERIES =
      List.of(
          NOT_AT_REST,
          KEY_TWICE,
          EFFECT_TWICE,
          EFFECT_WITHOUT_ROW,
          ACTION_AFTER_TURN,
          WRONG_ORDER,
          NOT_COMPENSATED,
          COMPENSATED_AFTER_PIVOT,
          STUCK);

  /** The step whose success is the intent to call. */
  private static final Map<String, String> STEP_BEFORE =
      Map.of("reserve", "hold", "charge", "note", "ship", "charge");

  private final ChaosDatabase database;
  private final RemoteLedger ledger;
  private final List<String> violations = new ArrayList<>();

  ChaosCheck(ChaosDatabase database, RemoteLedger ledger) {
    this.database = database;
    this.ledger = ledger;
  }

  List<String> violations() {
    for (String query : QUERIES) {
      database.rows(query).forEach(row -> violations.add(row.getFirst()));
    }
    checkAttempts();
    checkIntents();
    checkRemoteEffects();
    checkMoney();
    return violations;
  }

  /**
   * I9: no attempt's number is used twice, so none restarts after a takeover. Their order is not
   * checked: a request that was given up may arrive after the next one.
   */
  private void checkAttempts() {
    var seen = new HashSet<RemoteLedger.Request>();
    for (RemoteLedger.Request request : ledger.requests()) {
      if (!seen.add(request)) {
        violations.add("I9 twice: " + request);
      }
    }
  }

  /** I10: a call is preceded by its committed intent, the success of the step before. */
  private void checkIntents() {
    var succeeded = database.rows(INTENT_MISSING).stream().map(List::getFirst).toList();
    var known = new HashSet<>(succeeded);
    for (RemoteLedger.Request request : ledger.requests()) {
      String before = STEP_BEFORE.get(request.operation());
      if (before != null && !known.contains(sagaOf(request.key()) + ":" + before)) {
        violations.add("I10 no intent for " + request.operation() + " " + request.key());
      }
    }
  }

  private static String sagaOf(String key) {
    return key.substring(0, key.indexOf(':'));
  }

  /** I11 at the participant: what stands there is what completed here, and nothing else. */
  private void checkRemoteEffects() {
    for (List<String> saga : database.rows(ENDS)) {
      boolean completed = saga.get(1).equals("COMPLETED");
      for (String operation : List.of("reserve", "charge", "ship")) {
        String key = "%s:%s:action".formatted(saga.getFirst(), operation);
        if (ledger.stands(operation, key) != completed) {
          violations.add(
              "I11 %s %s stands at the participant: %s".formatted(saga, operation, !completed));
        }
      }
    }
  }

  /** I11 here: money is where the ended sagas left it. */
  private void checkMoney() {
    long held =
        database.count(
            """
            select coalesce(sum((input::json->>'cents')::int), 0)
            from skald.saga
            where status = 'COMPLETED'
            """);
    long left = database.count("select sum(cents) from account");
    long begun = (long) ChaosNode.ACCOUNTS * ChaosDatabase.CENTS_EACH;
    if (left + held != begun) {
      violations.add("I11 money: %d left + %d held, of %d".formatted(left, held, begun));
    }
  }
}

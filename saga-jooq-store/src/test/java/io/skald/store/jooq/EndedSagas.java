package io.skald.store.jooq;

/** Tables full of sagas, logs and signals, nearly all of which have come to their end. */
final class EndedSagas {
  private EndedSagas() {}

  static void fill(TestDatabase database) {
    database.execute(
        """
        insert into %s.saga (id, definition, version, fingerprint, business_key, status, wake_at,
          input, input_digest, finished_at)
        select gen_random_uuid(), 'place-order', 1, 'f1', 'k' || n,
          case when n <= 250 then 'RUNNING' else 'COMPLETED' end,
          case when n <= 250 then clock_timestamp() + interval '1 day' end,
          '{}', 'd',
          case when n > 250 then clock_timestamp() end
        from generate_series(1, 50250) n
        """);
    database.execute(
        """
        insert into %s.saga_log (saga_id, path, direction, step_name, seq, status, attempt,
          attempt_base, epoch)
        select s.id, 'step-' || n, 'ACTION', 'step-' || n, n, 'SUCCEEDED', 1, 0, 0
        from %s.saga s
        cross join generate_series(1, 2) n
        """);
    database.execute(
        """
        insert into %s.saga_signal (id, definition, business_key, name, sent_at, routed_at,
          consumed_at)
        select gen_random_uuid(), 'place-order', 'k' || n % 10000, 'paid',
          clock_timestamp() - interval '1 hour',
          case when n > 250 then clock_timestamp() end,
          case when n > 1000 then clock_timestamp() end
        from generate_series(1, 50000) n
        """);
    database.execute("analyze %s.saga_log");
    database.execute("vacuum analyze %s.saga_signal");
  }
}

package io.skald.benchmarks;

import java.io.PrintStream;
import java.sql.SQLException;

/** Rows of sagas that completed two days ago, as the engine leaves them: one, and three of log. */
final class FinishedSagas {
  private static final int BATCH = 500_000;

  /** In the order of their starts, as ids of version 7 are; each took a second. */
  private static final String SAGAS =
      """
      insert into <schema>.saga (id, definition, version, fingerprint, business_key, status, epoch,
        input, input_digest, output, created_at, updated_at, finished_at)
      select
        (lpad(to_hex(at.ms), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
        'place-order', 1, '<fingerprint>', 'f-' || n, 'COMPLETED', 1,
        '{"orderId":"f-' || n || '","customer":"customer-' || n % 5000
          || '","address":"12 Harbour Street, 20457 Hamburg","cents":4711}',
        encode(sha256(n::text::bytea), 'hex'),
        '{"orderId":"f-' || n || '","reserved":1,"charged":2,"shipped":3}',
        at.instant, at.instant + interval '1 second', at.instant + interval '1 second'
      from generate_series(<first>, <last>) n
      cross join lateral (
        select now() - interval '2 days' - (<sagas> - n) * interval '1 millisecond') as t (instant)
      cross join lateral (
        select t.instant, (extract(epoch from t.instant) * 1000)::bigint) as at (instant, ms)
      """;

  private static final String LOGS =
      """
      insert into <schema>.saga_log (saga_id, path, direction, step_name, seq, status, attempt,
        attempt_base, payload, node, epoch, created_at, finished_at)
      select s.id, l.step, 'ACTION', l.step, l.seq, 'SUCCEEDED', 1, 0, '{"id":4711}',
        '00000000-0000-7000-8000-000000000001', 0, s.finished_at, s.finished_at
      from <schema>.saga s
      cross join (values ('reserve', 1), ('charge', 2), ('ship', 3)) l (step, seq)
      where s.business_key like 'f-%'
        and s.id between
          (select id from <schema>.saga where business_key = 'f-<first>')
          and (select id from <schema>.saga where business_key = 'f-<last>')
      """;

  private FinishedSagas() {}

  /** Fills the tables of a schema, and leaves them vacuumed. */
  static void fill(Server server, String schema, String fingerprint, int sagas, PrintStream out)
      throws SQLException {
    for (int first = 1; first <= sagas; first += BATCH) {
      int last = Math.min(sagas, first + BATCH - 1);
      for (String sql : new String[] {SAGAS, LOGS}) {
        server.execute(
            sql.replace("<schema>", schema)
                .replace("<fingerprint>", fingerprint)
                .replace("<first>", String.valueOf(first))
                .replace("<last>", String.valueOf(last))
                .replace("<sagas>", String.valueOf(sagas)));
      }
      out.printf("%,d finished sagas%n", last);
    }
    server.execute("vacuum (analyze, freeze) %s.saga".formatted(schema));
    server.execute("vacuum (analyze, freeze) %s.saga_log".formatted(schema));
    server.execute("checkpoint");
  }
}

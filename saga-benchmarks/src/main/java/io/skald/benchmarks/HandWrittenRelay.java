package io.skald.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The relay one writes in an hour: one thread takes the next hundred messages, sends each and waits
 * for the broker, and marks it as sent. In order, as long as there is one of it.
 */
final class HandWrittenRelay {
  private static final String TABLE =
      """
      drop schema if exists by_hand cascade;
      create schema by_hand;
      create table by_hand.outbox (
        position bigint generated always as identity primary key,
        id uuid not null,
        topic text not null,
        key text not null,
        payload bytea not null,
        headers jsonb,
        created_at timestamptz not null default clock_timestamp(),
        sent_at timestamptz
      );
      create index on by_hand.outbox (position) where sent_at is null
      """;

  private static final String FILL =
      """
      truncate by_hand.outbox;
      insert into by_hand.outbox (id, topic, key, payload, headers)
      select gen_random_uuid(), '%s', 'order-' || n %% %d,
        convert_to(replace('%s', '%%d', n::text), 'UTF8'), '%s'
      from generate_series(1, %d) n
      """;

  private static final String NEXT =
      """
      select id, position, key, payload, headers
      from by_hand.outbox
      where sent_at is null
      order by position
      limit 100
      """;

  private static final String SENT =
      """
      update by_hand.outbox
      set sent_at = clock_timestamp()
      where position = ?
      """;

  private final Server server;
  private final Producer<byte[], byte[]> producer;

  /** One that is to be sent. */
  private record Pending(long position, ProducerRecord<byte[], byte[]> record) {}

  HandWrittenRelay(Server server, Producer<byte[], byte[]> producer) throws SQLException {
    this.server = server;
    this.producer = producer;
    server.execute(TABLE);
  }

  void fill(int messages) throws SQLException {
    server.execute(
        FILL.formatted(
            PlacedOrders.TOPIC,
            PlacedOrders.KEYS,
            PlacedOrders.PAYLOAD,
            PlacedOrders.HEADERS,
            messages));
    server.execute("vacuum (analyze) by_hand.outbox");
  }

  /** Sends for a while; answers how many a second. */
  double perSecond(Duration round) throws Exception {
    long sent = 0;
    long begin = System.nanoTime();
    try (Connection connection = server.connect();
        PreparedStatement next = connection.prepareStatement(NEXT);
        PreparedStatement mark = connection.prepareStatement(SENT)) {
      while (System.nanoTime() - begin < round.toNanos()) {
        for (Pending pending : read(next)) {
          var unused = producer.send(pending.record()).get();
          mark.setLong(1, pending.position());
          mark.executeUpdate();
          sent++;
        }
      }
    }
    return sent * 1e9 / (System.nanoTime() - begin);
  }

  private static List<Pending> read(PreparedStatement next) throws SQLException {
    List<Pending> pending = new ArrayList<>();
    try (ResultSet rows = next.executeQuery()) {
      while (rows.next()) {
        pending.add(
            new Pending(
                rows.getLong(2),
                PlacedOrders.record(
                    rows.getObject(1, UUID.class),
                    rows.getLong(2),
                    rows.getString(3),
                    rows.getBytes(4),
                    rows.getString(5))));
      }
    }
    if (pending.isEmpty()) {
      throw new IllegalStateException("nothing is left to send (expected: more --sagas)");
    }
    return pending;
  }
}

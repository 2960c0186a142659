package io.skald.benchmarks;

import com.github.f4b6a3.uuid.UuidCreator;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * The data access one writes by hand: a row per saga, a row per step, plain prepared statements.
 * What they say is what the engine's tables say; the index on unfinished sagas is what a restart
 * would look for them by.
 */
final class HandWrittenSagas {
  static final String CREATE =
      """
      drop schema if exists by_hand cascade;
      create schema by_hand;
      create table by_hand.saga (
        id uuid primary key,
        definition text not null,
        version integer not null,
        business_key text not null,
        status text not null,
        input text not null,
        output text,
        error text,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        finished_at timestamptz,
        unique (business_key, definition)
      );
      create index on by_hand.saga (updated_at) where finished_at is null;
      create table by_hand.saga_log (
        saga_id uuid not null,
        step text not null,
        direction text not null,
        seq integer not null,
        status text not null,
        attempt integer not null,
        payload text,
        error text,
        created_at timestamptz not null default now(),
        primary key (saga_id, step, direction)
      );
      """;

  private static final String BEGIN =
      """
      insert into by_hand.saga (id, definition, version, business_key, status, input)
      values (?, 'place-order', 1, ?, 'RUNNING', ?)
      """;

  private static final String RECORD =
      """
      insert into by_hand.saga_log (
        saga_id, step, direction, seq, status, attempt, payload, error)
      values (?, ?, ?, ?, ?, 1, ?, ?)
      """;

  private static final String TURN_AROUND =
      """
      update by_hand.saga
      set status = 'COMPENSATING',
        error = ?,
        updated_at = now()
      where id = ?
        and status = 'RUNNING'
      """;

  /** Never "finished_at is null": the planner would look through the index on just those. */
  private static final String END =
      """
      update by_hand.saga
      set status = ?,
        output = ?,
        updated_at = now(),
        finished_at = now()
      where id = ?
        and status in ('RUNNING', 'COMPENSATING')
      """;

  private final ObjectMapper json = JsonMapper.builder().build();

  /** What is recorded of a step. */
  record Entry(
      String step,
      String direction,
      int seq,
      String status,
      @Nullable Object payload,
      @Nullable String error) {

    static Entry succeeded(String step, int seq, Booking booking) {
      return new Entry(step, "ACTION", seq, "SUCCEEDED", booking, null);
    }

    static Entry failed(String step, int seq, String error) {
      return new Entry(step, "ACTION", seq, "FAILED", null, error);
    }

    static Entry compensated(String step, int seq) {
      return new Entry(step, "COMPENSATION", seq, "SUCCEEDED", null, null);
    }
  }

  UUID begin(Connection connection, PlaceOrder order) throws SQLException {
    UUID id = UuidCreator.getTimeOrderedEpoch();
    try (PreparedStatement statement = connection.prepareStatement(BEGIN)) {
      statement.setObject(1, id);
      statement.setString(2, order.orderId());
      statement.setString(3, json.writeValueAsString(order));
      statement.executeUpdate();
    }
    return id;
  }

  void record(Connection connection, UUID saga, Entry entry) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RECORD)) {
      statement.setObject(1, saga);
      statement.setString(2, entry.step());
      statement.setString(3, entry.direction());
      statement.setInt(4, entry.seq());
      statement.setString(5, entry.status());
      Object payload = entry.payload();
      statement.setString(6, payload == null ? null : json.writeValueAsString(payload));
      statement.setString(7, entry.error());
      statement.executeUpdate();
    }
  }

  void turnAround(Connection connection, UUID saga, String error) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TURN_AROUND)) {
      statement.setString(1, error);
      statement.setObject(2, saga);
      requireOne(statement.executeUpdate());
    }
  }

  void end(Connection connection, UUID saga, String status, @Nullable Object output)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(END)) {
      statement.setString(1, status);
      statement.setString(2, output == null ? null : json.writeValueAsString(output));
      statement.setObject(3, saga);
      requireOne(statement.executeUpdate());
    }
  }

  private static void requireOne(int rows) {
    if (rows != 1) {
      throw new IllegalStateException("rows: " + rows + " (expected: 1)");
    }
  }
}

package io.skald.store.jooq;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.SagaStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One transaction in which an attempt asks to be admitted: it looks, decides, and takes. That no
 * two have one slot is what saga_permit_name_key_slot_idx says, whatever it saw: who loses that
 * race asks anew.
 */
final class AdmissionTry {
  private final Connection connection;
  private final AdmissionSql sql;
  private final Fence fence;
  private final Demand demand;

  /**
   * What is there of a permit, or of a turn that was given earlier.
   *
   * @param slots how many there are; 0 of a turn
   * @param taken how many of them others have
   * @param before how many others wait who come first
   * @param beginMicros how long until the turn begins; null if there is none
   */
  private record Seen(
      String name,
      String key,
      int slots,
      boolean isHeld,
      int taken,
      int before,
      @Nullable Long beginMicros) {

    boolean isPermit() {
      return slots > 0;
    }

    boolean isBlocked() {
      return !isHeld && taken + before >= slots;
    }

    /** Past what is left to those who come first, by chance: others choose at the same time. */
    int skipped() {
      return before + ThreadLocalRandom.current().nextInt(slots - taken - before);
    }
  }

  private record Key(String name, String key) {}

  AdmissionTry(Connection connection, AdmissionSql sql, Fence fence, Demand demand) {
    this.connection = connection;
    this.sql = sql;
    this.fence = fence;
    this.demand = demand;
  }

  /** Asks; empty if it has to be asked again, once this is committed. */
  Optional<Admission> ask() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.ask)) {
      bindAsk(new Binds(statement));
      PlanOnce.execute(statement);
      int signals;
      try (ResultSet row = statement.getResultSet()) {
        if (!row.next()) {
          connection.rollback();
          return Optional.of(new Admission.FenceLost());
        }
        signals = row.getInt(1);
      }
      statement.getMoreResults();
      statement.getMoreResults();
      boolean isFirst = statement.getUpdateCount() > 0;
      statement.getMoreResults();
      statement.getMoreResults();
      return decide(seen(statement), signals, isFirst);
    }
  }

  private void bindAsk(Binds binds) throws SQLException {
    List<Key> all = new ArrayList<>();
    demand.permits().forEach(permit -> all.add(new Key(permit.name(), permit.key())));
    demand.turns().forEach(turn -> all.add(new Key(turn.name(), "")));
    binds.uuid(fence.saga().value()).uuid(fence.owner().value()).bigint(fence.epoch());
    place(binds).texts(all, Key::name).texts(all, Key::key);
    permits(place(binds).integer(demand.rank()));
    place(permits(binds.integer(demand.rank()).bigint(Rows.micros(SagaStore.QUEUED_MAX))));
    place(binds);
  }

  private Binds place(Binds binds) throws SQLException {
    return binds.uuid(fence.saga().value()).text(demand.place());
  }

  private Binds permits(Binds binds) throws SQLException {
    return binds
        .texts(demand.permits(), Demand.Permit::name)
        .texts(demand.permits(), Demand.Permit::key)
        .integers(demand.permits(), Demand.Permit::slots);
  }

  private static List<Seen> seen(PreparedStatement statement) throws SQLException {
    List<Seen> seen = new ArrayList<>();
    try (ResultSet rows = statement.getResultSet()) {
      while (rows.next()) {
        seen.add(
            new Seen(
                rows.getString(1),
                rows.getString(2),
                rows.getInt(3),
                rows.getBoolean(4),
                rows.getInt(5),
                rows.getInt(6),
                rows.getObject(7, Long.class)));
      }
    }
    return seen;
  }

  private Optional<Admission> decide(List<Seen> seen, int signals, boolean isFirst)
      throws SQLException {
    List<Seen> permits = seen.stream().filter(Seen::isPermit).toList();
    if (!permits.isEmpty() && permits.stream().allMatch(Seen::isHeld)) {
      // the answer to it was lost, or a node with it
      return Optional.of(new Admission.Admitted());
    }
    if (permits.stream().anyMatch(Seen::isHeld)) {
      dropAll();
      return Optional.empty();
    }
    if (permits.stream().anyMatch(Seen::isBlocked)) {
      return isFirst ? Optional.empty() : Optional.of(new Admission.Queued(signals));
    }
    return takeTurns(permits, seen.stream().filter(one -> !one.isPermit()).toList());
  }

  /** A limit was added meanwhile: who has a permit must not wait for another one. */
  private void dropAll() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.dropAll)) {
      place(new Binds(statement)).texts(List.<Key>of(), Key::name).texts(List.<Key>of(), Key::key);
      statement.executeUpdate();
    }
  }

  private Optional<Admission> takeTurns(List<Seen> permits, List<Seen> given) throws SQLException {
    Map<String, Long> begins = new HashMap<>();
    for (Seen turn : given) {
      begins.put(turn.name(), Objects.requireNonNull(turn.beginMicros(), "begin_at"));
    }
    List<Demand.Turn> missing =
        demand.turns().stream().filter(turn -> !isUsable(turn, begins.get(turn.name()))).toList();
    Map<String, Long> reserved = missing.isEmpty() ? Map.of() : reserve(missing);
    begins.putAll(reserved);
    long wait = begins.values().stream().mapToLong(begin -> begin).max().orElse(0);
    if (wait <= 0) {
      return grant(permits);
    }
    keep(reserved, wait);
    return Optional.of(new Admission.NotYet(Duration.of(wait, ChronoUnit.MICROS)));
  }

  private static boolean isUsable(Demand.Turn turn, @Nullable Long beginMicros) {
    return beginMicros != null && beginMicros >= -Rows.micros(turn.grace());
  }

  private Map<String, Long> reserve(List<Demand.Turn> turns) throws SQLException {
    Map<String, Long> reserved = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql.reserve)) {
      new Binds(statement)
          .texts(turns, Demand.Turn::name)
          .texts(turns, Demand.Turn::name)
          .texts(turns, Demand.Turn::name)
          .bigints(turns, turn -> Rows.micros(turn.pace()))
          .bigints(turns, turn -> (long) turn.burst());
      statement.execute();
      statement.getMoreResults();
      statement.getMoreResults();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          reserved.put(rows.getString(1), Math.max(0, rows.getLong(2)));
        }
      }
    }
    return reserved;
  }

  private void keep(Map<String, Long> reserved, long wait) throws SQLException {
    List<Map.Entry<String, Long>> turns = List.copyOf(reserved.entrySet());
    try (PreparedStatement statement = connection.prepareStatement(sql.keepTurns)) {
      Binds binds = new Binds(statement);
      place(binds)
          .integer(demand.rank())
          .texts(turns, Map.Entry::getKey)
          .bigints(turns, Map.Entry::getValue);
      place(binds.bigint(wait));
      statement.execute();
    }
  }

  private Optional<Admission> grant(List<Seen> permits) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.grant)) {
      Binds binds =
          new Binds(statement)
              .texts(permits, Seen::name)
              .texts(permits, Seen::key)
              .integers(permits, Seen::slots)
              .integers(permits, Seen::skipped);
      place(place(binds).integer(permits.size()));
      statement.execute();
      return statement.getUpdateCount() == permits.size()
          ? Optional.of(new Admission.Admitted())
          : Optional.empty();
    }
  }
}

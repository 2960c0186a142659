package io.skald.spring;

import io.skald.engine.DeployGate;
import io.skald.engine.EngineOptions;
import io.skald.store.jooq.Migration;
import io.skald.store.jooq.SkaldSchema;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties under {@code skald}. Immutable; bounds are checked when they are bound, those of
 * the inbox and the barrier when these are made.
 *
 * @param enabled whether there is an engine at all
 * @param nodeName what people call this node; the application's name if not set
 * @param worker how sagas are run here
 * @param database where sagas are kept
 * @param retention how long ended sagas are kept
 * @param inbox how long received messages are known
 * @param barrier how long it is known what has passed
 * @param limits limits of the fleet, by the name of the guard
 * @param deployGate what becomes of a start that finds sagas in flight which no definition here is
 *     for: it does not look, it says so in the log, or it is refused
 */
@ConfigurationProperties("skald")
public record SkaldProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable String nodeName,
    @DefaultValue Worker worker,
    @DefaultValue Database database,
    @DefaultValue Retention retention,
    @DefaultValue Inbox inbox,
    @DefaultValue Barrier barrier,
    @DefaultValue Map<String, Limit> limits,
    @DefaultValue("log") DeployGate.Mode deployGate) {

  /** Checks the bounds. */
  public SkaldProperties {
    var unused = options(worker, retention, nodeName == null ? "skald" : nodeName);
    limits = Map.copyOf(limits);
    limits.forEach((name, limit) -> limit.named(name));
  }

  /**
   * How sagas are run here.
   *
   * @param enabled whether this application runs sagas. If not, it still starts them, and another
   *     one with the same definitions runs them
   * @param concurrency how many sagas run here at the same time, at least 1
   * @param urgentShare which share of these is kept for urgent sagas, 0 to 0.9
   * @param pollInterval how often the engine looks for due sagas, 10 ms to 1 min
   * @param lease how long after its last heartbeat this node counts as alive, at least 3 heartbeats
   *     and at most 1 h
   * @param heartbeat how often this node says that it is alive, at least 10 ms
   * @param shutdownTimeout how long closing waits for running sagas, at most 1 h
   */
  public record Worker(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("64") int concurrency,
      @DefaultValue("0.25") double urgentShare,
      @DefaultValue("1s") Duration pollInterval,
      @DefaultValue("15s") Duration lease,
      @DefaultValue("5s") Duration heartbeat,
      @DefaultValue("20s") Duration shutdownTimeout) {

    /** Refuses 0, which has a name of its own here. */
    public Worker {
      if (concurrency < 1) {
        throw new IllegalArgumentException(
            "concurrency: %d (expected: >= 1, or enabled: false)".formatted(concurrency));
      }
    }
  }

  /**
   * Where sagas are kept.
   *
   * @param schema the schema of the engine's tables: lower-case letters, digits and underscores
   * @param migrate what happens to the schema at start-up: it is migrated, validated, or left alone
   */
  public record Database(
      @DefaultValue("skald") String schema, @DefaultValue("auto") Migration migrate) {

    /** Refuses a name that is none. */
    public Database {
      var unused = SkaldSchema.ddl(schema);
    }
  }

  /**
   * How long ended sagas are kept, which is also how long a key is refused to a new saga.
   *
   * @param completed how long completed ones are kept, 1 s to 3,650 days
   * @param compensated how long compensated ones are; as long as completed ones if nothing is said
   * @param resolved how long those that an operator resolved are; the same
   */
  public record Retention(
      @DefaultValue("7d") Duration completed,
      @Nullable Duration compensated,
      @Nullable Duration resolved) {

    private io.skald.engine.spi.Retention kept() {
      var all = io.skald.engine.spi.Retention.of(completed);
      return all.withCompensated(Objects.requireNonNullElse(compensated, completed))
          .withResolved(Objects.requireNonNullElse(resolved, completed));
    }
  }

  /**
   * The inbox.
   *
   * @param retention for how long a message is known again, 1 h to 3,650 days
   */
  public record Inbox(@DefaultValue("7d") Duration retention) {}

  /**
   * The barrier.
   *
   * @param retention for how long it is known what has passed, 1 to 3,650 days: longer than the
   *     longest time between an action and its compensation
   */
  public record Barrier(@DefaultValue("30d") Duration retention) {}

  /**
   * A limit of the fleet on remote attempts: one of concurrent and rate.
   *
   * @param concurrent how many may be under way at the same time, 1 to 1,000
   * @param rate how many may be begun in a time, 1 to 10,000
   * @param per that time, 10 ms to 1 day
   */
  public record Limit(
      @Nullable Integer concurrent, @Nullable Integer rate, @DefaultValue("1s") Duration per) {

    private io.skald.engine.spi.Limit named(String name) {
      if (concurrent != null && rate == null) {
        return io.skald.engine.spi.Limit.concurrent(name, concurrent);
      }
      if (rate != null && concurrent == null) {
        return io.skald.engine.spi.Limit.rate(name, rate, per);
      }
      throw new IllegalArgumentException(
          "limit %s: expected: concurrent or rate, one of them".formatted(name));
    }
  }

  /** The limits of the fleet as the engine takes them. */
  List<io.skald.engine.spi.Limit> fleetLimits() {
    return limits.entrySet().stream().map(each -> each.getValue().named(each.getKey())).toList();
  }

  /** These properties as the engine takes them. */
  EngineOptions options(String applicationName) {
    return options(worker, retention, nodeName == null ? applicationName : nodeName);
  }

  private static EngineOptions options(Worker worker, Retention retention, String nodeName) {
    return EngineOptions.defaults()
        .withNodeName(nodeName)
        .withConcurrency(worker.enabled() ? worker.concurrency() : 0)
        .withUrgentShare(worker.urgentShare())
        .withPollInterval(worker.pollInterval())
        .withLease(worker.lease(), worker.heartbeat())
        .withShutdownTimeout(worker.shutdownTimeout())
        .withRetention(retention.kept());
  }
}

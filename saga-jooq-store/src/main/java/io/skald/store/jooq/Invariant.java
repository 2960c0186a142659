package io.skald.store.jooq;

import io.skald.saga.SagaDefinition;
import io.skald.saga.internal.Check;
import java.time.Duration;
import java.util.Objects;

/**
 * What has to hold of the business tables once a saga is over, as a query for what breaks it: no
 * rows, no violation. Checked by a {@link Reconciliation}. Immutable; begin with {@link #of}.
 *
 * <pre>{@code
 * Invariant captured =
 *     Invariant.of(
 *             placeOrder,
 *             "captured-payment-has-order",
 *             """
 *             select p.order_id as business_key
 *             from payment p
 *             left join orders o on o.id = p.order_id
 *             where p.status = 'CAPTURED'
 *               and o.id is null
 *               and p.captured_at < clock_timestamp() - interval '5 minutes'
 *             """)
 *         .withInterval(Duration.ofMinutes(10));
 * }</pre>
 *
 * @param name what it is called in tables, logs and metrics; the only one of this name in its
 *     schema; 1 to 100 of {@code [a-zA-Z0-9._-]}
 * @param definition the definition whose sagas the business keys are of
 * @param query a query with a column {@code business_key}; one statement, 1 to 100,000 characters.
 *     No other column is read, and keys have at most 255 characters
 * @param interval how often it is checked, by all nodes together; at least {@code timeout}, at most
 *     1 day; default 5 min
 * @param timeout after how long the database gives the query up; 10 ms to 1 h; default 30 s
 * @param violationsMax how many business keys are kept, the first ones in the order of their bytes;
 *     1 to 10,000; default 1,000
 */
public record Invariant(
    String name,
    String definition,
    String query,
    Duration interval,
    Duration timeout,
    int violationsMax) {
  private static final int QUERY_MAX = 100_000;
  private static final int VIOLATIONS_MAX = 10_000;
  private static final Duration TIMEOUT_MIN = Duration.ofMillis(10);
  private static final Duration TIMEOUT_MAX = Duration.ofHours(1);
  private static final Duration INTERVAL_MAX = Duration.ofDays(1);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if one is broken, or the query ends with a semicolon
   */
  public Invariant {
    Check.name("invariant", name);
    Check.name("definition", definition);
    query = query.strip();
    if (query.isEmpty() || query.length() > QUERY_MAX || query.indexOf('\0') >= 0) {
      throw Check.refused(
          what(name, "query"), query.length() + " characters", "1 to 100000, no NUL");
    }
    if (query.endsWith(";")) {
      throw Check.refused(
          what(name, "query"), "ends with a semicolon", "one query, which others may contain");
    }
    Check.within(what(name, "timeout"), timeout, TIMEOUT_MIN, TIMEOUT_MAX);
    Check.within(what(name, "interval"), interval, timeout, INTERVAL_MAX);
    Check.within(what(name, "violationsMax"), violationsMax, VIOLATIONS_MAX);
  }

  private static String what(String name, String option) {
    return "invariant " + name + ": " + option;
  }

  /**
   * An invariant that is checked every 5 minutes.
   *
   * @param definition the definition whose sagas the business keys are of
   * @param name what it is called
   * @param query what breaks it, with a column {@code business_key}
   * @throws IllegalArgumentException if a bound is broken
   */
  public static Invariant of(SagaDefinition<?, ?> definition, String name, String query) {
    Objects.requireNonNull(definition, "definition");
    return new Invariant(
        name,
        definition.name(),
        Objects.requireNonNull(query, "query"),
        Duration.ofMinutes(5),
        Duration.ofSeconds(30),
        1_000);
  }

  /** The same, checked more often or less. */
  public Invariant withInterval(Duration duration) {
    return new Invariant(name, definition, query, duration, timeout, violationsMax);
  }

  /** The same, with more time for the query, or less. */
  public Invariant withTimeout(Duration duration) {
    return new Invariant(name, definition, query, interval, duration, violationsMax);
  }

  /** The same, of which more business keys are kept, or fewer. */
  public Invariant withViolationsMax(int keys) {
    return new Invariant(name, definition, query, interval, timeout, keys);
  }
}

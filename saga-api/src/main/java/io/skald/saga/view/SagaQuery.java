package io.skald.saga.view;

import io.skald.saga.internal.Check;
import io.skald.saga.internal.StepPath;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A question for sagas: those of which all that was asked is true.
 *
 * <pre>{@code
 * SagaQuery stuck = SagaQuery.all().definition("place-order").status(SagaStatus.STUCK).limit(20);
 * SagaPage page = engine.search(stuck);
 * page.next().ifPresent(cursor -> show(engine.search(stuck.after(cursor))));
 * }</pre>
 *
 * <p>They come by business key where the query has one, or its beginning, else with the one that
 * was started last first. What a query costs depends on what leads to the sagas, the first of these
 * that it has:
 *
 * <ul>
 *   <li>{@link #key} and {@link #keyPrefix}: the sagas of the key, or those of the page;
 *   <li>{@link #attribute}: as many sagas as have these attributes, so that one whose value most
 *       sagas share is for narrowing a search by key;
 *   <li>{@link #status} without an ended one, {@link #waiting}, {@link #standsAt}: as many sagas as
 *       have not ended; with {@code STUCK} alone, as are stuck;
 *   <li>else, the sagas in the order of their starts: at most 10,000 are looked at for a page.
 * </ul>
 *
 * <p>Immutable; each method answers another query.
 */
public final class SagaQuery {
  /** The most sagas of a page. */
  public static final int LIMIT_MAX = 200;

  private static final int LIMIT_DEFAULT = 50;
  private static final Pattern TEXT = Pattern.compile("[^\\p{Cc}\\p{Cs}]{0,255}");
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{12}");

  private final Map<String, SagaCriterion> criteria;
  private final int limit;
  private final @Nullable String after;

  private SagaQuery(Map<String, SagaCriterion> criteria, int limit, @Nullable String after) {
    this.criteria = criteria;
    this.limit = limit;
    this.after = after;
  }

  /** A query that asks for nothing in particular: all sagas, the latest first, 50 at a time. */
  public static SagaQuery all() {
    return new SagaQuery(Map.of(), LIMIT_DEFAULT, null);
  }

  /**
   * Those of a definition, in any version; replaces an earlier name.
   *
   * @throws IllegalArgumentException if no definition can have that name
   */
  public SagaQuery definition(String name) {
    return with("definition", new SagaCriterion.Definition(Check.name("definition", name)));
  }

  /**
   * Those of a version; replaces an earlier one.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public SagaQuery version(int number) {
    return with("version", new SagaCriterion.Version(Check.positive("version", number)));
  }

  /**
   * Those of a business key, of every definition unless one was asked for; replaces an earlier key
   * or beginning of one.
   *
   * @throws IllegalArgumentException if no saga can have that key
   */
  public SagaQuery key(String businessKey) {
    return with("key", new SagaCriterion.Key(text("key", businessKey, 1)));
  }

  /**
   * Those whose business key begins with this; replaces an earlier key or beginning of one.
   *
   * @throws IllegalArgumentException if no key can begin so
   */
  public SagaQuery keyPrefix(String beginning) {
    return with("key", new SagaCriterion.KeyPrefix(text("keyPrefix", beginning, 1)));
  }

  /**
   * Those with an attribute of exactly that value, which may be empty, and every other attribute
   * asked for; replaces another value of the same one.
   *
   * @throws IllegalArgumentException if no saga can have that attribute
   */
  public SagaQuery attribute(String name, String value) {
    return with(
        "attribute " + Check.name("attribute", name),
        new SagaCriterion.Attribute(name, text("attribute " + name, value, 0)));
  }

  /** Those in one of these; replaces the earlier ones. */
  public SagaQuery status(SagaStatus one, SagaStatus... more) {
    return with("status", new SagaCriterion.Status(EnumSet.of(one, more)));
  }

  /** Those that have not ended; replaces the status asked for. */
  public SagaQuery unfinished() {
    return status(SagaStatus.RUNNING, SagaStatus.COMPENSATING, SagaStatus.STUCK);
  }

  /**
   * Those nobody runs now and that go on by themselves: at a time, with a signal, a completion or
   * the end of another saga, or as soon as a node takes them up. A stuck saga is not one.
   */
  public SagaQuery waiting() {
    return with("waiting", new SagaCriterion.Waiting());
  }

  /**
   * Those that have not ended and stand at a step: they are stuck at it, wait there, will attempt
   * it again, or have recorded that they attempt it. One that makes the first attempt at a step has
   * recorded nothing of it, and is not found. Replaces an earlier step.
   *
   * @param step the step's name; within a {@code forEach}, that of each element's step; {@code
   *     @locks} for those that wait for their locks
   * @throws IllegalArgumentException if no step can have that name
   */
  public SagaQuery standsAt(String step) {
    boolean isOwn = step.equals(StepPath.LOCKS);
    return with("step", new SagaCriterion.StandsAt(isOwn ? step : Check.name("step", step)));
  }

  /**
   * Those that failed in the same way: the saga's error, or that of a step it stands at, has this
   * fingerprint. Replaces an earlier one.
   *
   * @param fingerprint as {@link SagaSummary#errorFingerprint} and the views have it: 12 digits
   *     {@code 0-9a-f}
   * @throws IllegalArgumentException if it has another form
   */
  public SagaQuery errorFingerprint(String fingerprint) {
    Objects.requireNonNull(fingerprint, "fingerprint");
    if (!FINGERPRINT.matcher(fingerprint).matches()) {
      throw Check.refused("fingerprint", Check.printable(fingerprint), "12 characters of [0-9a-f]");
    }
    return with("fingerprint", new SagaCriterion.FailedWith(fingerprint));
  }

  /**
   * Those to which something happened at an instant or later; replaces an earlier such instant of
   * the same moment.
   *
   * <p>What leads to them by {@link SagaMoment#CREATED} is the time in their ids, by the clocks of
   * the nodes that started them: a saga whose node was off by more than an hour may be left out.
   */
  public SagaQuery since(SagaMoment moment, Instant at) {
    return with(
        "since " + Objects.requireNonNull(moment, "moment"),
        new SagaCriterion.Since(moment, Objects.requireNonNull(at, "at")));
  }

  /** Those to which something happened before an instant; otherwise as {@link #since}. */
  public SagaQuery before(SagaMoment moment, Instant at) {
    return with(
        "before " + Objects.requireNonNull(moment, "moment"),
        new SagaCriterion.Before(moment, Objects.requireNonNull(at, "at")));
  }

  /**
   * At most so many at a time, in place of 50.
   *
   * @throws IllegalArgumentException if it is below 1 or above {@link #LIMIT_MAX}
   */
  public SagaQuery limit(int sagas) {
    return new SagaQuery(criteria, Check.within("limit", sagas, LIMIT_MAX), after);
  }

  /**
   * Those after the end of a page of the same query. A saga started meanwhile moves none of them to
   * another page.
   *
   * @param cursor {@link SagaPage#next} of that page
   */
  public SagaQuery after(String cursor) {
    return new SagaQuery(criteria, limit, Objects.requireNonNull(cursor, "cursor"));
  }

  /** What is asked for, each of another kind. */
  public List<SagaCriterion> criteria() {
    return List.copyOf(criteria.values());
  }

  /** How many sagas a page has at most. */
  public int limit() {
    return limit;
  }

  /** After which page; empty for the first one. */
  public Optional<String> after() {
    return Optional.ofNullable(after);
  }

  /** For logs: what is asked for, without keys and values. */
  @Override
  public String toString() {
    return "SagaQuery[%s, limit=%d]".formatted(criteria.keySet(), limit);
  }

  private SagaQuery with(String kind, SagaCriterion criterion) {
    var more = new LinkedHashMap<>(criteria);
    more.put(kind, criterion);
    return new SagaQuery(more, limit, after);
  }

  /** What is refused may be somebody's secret: nothing of it is said. */
  private static String text(String what, String text, int lengthMin) {
    Objects.requireNonNull(text, what);
    if (text.length() < lengthMin || !TEXT.matcher(text).matches()) {
      throw Check.refused(
          what,
          text.length() + " characters",
          lengthMin + " to 255 characters without control characters and lone surrogates");
    }
    return text;
  }
}

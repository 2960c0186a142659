package io.skald.store.jooq;

import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.Transition;
import java.util.Objects;

/**
 * Permits given back by a saga that ends, or given up by one that gets stuck while it waits, in the
 * statement that says so. It touches rows of the saga's own alone and leaves a note for {@link
 * WakeWaiters}: it waits for no other saga, and finds nobody who could wait for it while it waits.
 *
 * <p>For a saga that has none it is a look into saga_permit_pkey.
 */
final class FreePermits {
  private static final String FREED =
      """
      , freed as (
        delete from skald.saga_permit p
        using %s e
        where p.saga_id = e.%s%s
        returning p.name, p.key
      ), noted as (
        insert into skald.saga_permit_freed (name, key)
        select distinct d.name, d.key
        from freed d
      )
      """;

  /** By saga_permit_pkey. A turn is nobody else's, so nobody is told of it. */
  private static final String LEFT =
      """
      , given as (
        delete from skald.saga_permit p
        using %1$s e%2$s
        where p.saga_id = e.%3$s
          and p.place <> ''
          and p.place <> all (string_to_array(%4$s, ','))
        returning p.name, p.key, p.slots
      ), given_noted as (
        insert into skald.saga_permit_freed (name, key)
        select distinct d.name, d.key
        from given d
        where d.slots > 0
      )
      """;

  private static final String KEPT =
      """
      , kept as materialized (
        select *
        from unnest(?::uuid[], ?::text[]) as k (saga_id, places)
      )
      """;

  private FreePermits() {}

  /**
   * Whether the transition says which attempts keep their permits; whatever ends gives all back.
   */
  static boolean isKeeping(Transition transition) {
    SagaChange change = transition.change();
    return transition.links().keeps() != null && (change == null || !isBy(ChangeKind.of(change)));
  }

  /** The places of those attempts, as one value: no place has a comma in it. */
  static String kept(Transition transition) {
    return String.join(",", Objects.requireNonNull(transition.links().keeps(), "keeps"));
  }

  /** More common table expressions, for many sagas, each with what it keeps. */
  static String ofEach(String sagas, String id) {
    String kept = "\n  join kept k on k.saga_id = e." + id;
    return KEPT + LEFT.formatted(sagas, kept, id, "k.places");
  }

  /** The same for one saga. */
  static String ofOne(String sagas, String id) {
    return LEFT.formatted(sagas, "", id, "?::text");
  }

  /** Whether that change gives anything back. */
  static boolean isBy(ChangeKind change) {
    return switch (change) {
      case COMPLETE, END_COMPENSATED, RESOLVE, STICK -> true;
      case PARK, PARK_UNLESS_SIGNALLED, TURN_AROUND, CALL_BACK, RESUME, REQUEST_CANCEL -> false;
    };
  }

  /**
   * Two more common table expressions, if that change gives anything back.
   *
   * @param sagas the expression that holds the sagas that are changed
   * @param id their column there
   */
  static String expressions(ChangeKind change, String sagas, String id) {
    // a saga that is stuck and has its locks may have begun what they protect
    String which =
        change == ChangeKind.STICK ? "\n    and (p.held_at is null or p.place <> '')" : "";
    return isBy(change) ? FREED.formatted(sagas, id, which) : "";
  }
}

package io.skald.store.jooq;

/**
 * Locks given back by a saga that ends, or given up by one that gets stuck while it waits, in the
 * statement that says so. It touches rows of the saga's own alone and leaves a note for {@link
 * WakeLockWaiters}: it waits for no other saga, and finds nobody who could wait for it while it
 * waits.
 *
 * <p>For a saga that has none it is a look into saga_lock_pkey.
 */
final class FreeLocks {
  private static final String FREED =
      """
      , freed as (
        delete from skald.saga_lock p
        using %s e
        where p.saga_id = e.%s%s
        returning p.name, p.key
      ), noted as (
        insert into skald.saga_lock_freed (name, key)
        select distinct d.name, d.key
        from freed d
      )
      """;

  private FreeLocks() {}

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
    String which = change == ChangeKind.STICK ? "\n    and p.held_at is null" : "";
    return isBy(change) ? FREED.formatted(sagas, id, which) : "";
  }
}

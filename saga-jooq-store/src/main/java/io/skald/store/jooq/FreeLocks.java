package io.skald.store.jooq;

import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Locks given back by a saga that ends, in the transaction of its end. Whoever ends touches rows of
 * its own alone and leaves a note for {@link HandOnLocks}: it waits for no other saga, and finds
 * nobody who could wait for it while it waits.
 *
 * <p>Of a family everything is given back with the first saga of it: until then a saga that it
 * started may have to be compensated, under the same locks. What a saga only waits for it gives up
 * with its own end. A parent that an operator resolves may leave sagas running that it started:
 * they keep what they took themselves, and the last of the two to end gives it back. Should both
 * end at the same time, {@link LockQueries#freeLost} does.
 */
final class FreeLocks {
  /** By saga_lock_pkey and saga_lock_root_id_idx; the other sagas by saga_pkey. */
  private static final String FREED =
      """
      freed as (
        delete from skald.saga_lock l
        using %1$s e
        where (l.saga_id = e.%2$s or l.root_id = e.%2$s)
          and ((l.saga_id = e.%2$s and l.held_at is null)
            or not exists (
              select
              from skald.saga o
              where o.id = any (array[l.saga_id, l.root_id])
                and o.id <> e.%2$s
                and o.finished_at is null))
        returning l.name, l.key
      )\
      """;

  /** What is given back, whether or not anybody is seen to wait: one may be about to. */
  private static final String NOTE =
      """
      insert into skald.saga_lock_freed (name, key)
      select distinct d.name, d.key
      from freed d
      """;

  private final String free;

  FreeLocks(SqlText text) {
    this.free =
        text.render("with ended (id) as (values (?::uuid)), " + freed("ended", "id") + "\n" + NOTE);
  }

  private static String freed(String ended, String id) {
    return FREED.formatted(ended, id);
  }

  /**
   * Two common table expressions.
   *
   * @param ended the one that holds the sagas that end
   * @param id their column there
   */
  static String expressions(String ended, String id) {
    return ", " + freed(ended, id) + ", noted as (\n" + NOTE + ")\n";
  }

  void free(Connection connection, SagaId saga) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(free)) {
      new Binds(statement).uuid(saga.value());
      statement.executeUpdate();
    }
  }
}

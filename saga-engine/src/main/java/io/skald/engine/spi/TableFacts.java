package io.skald.engine.spi;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a store can say of its tables without reading them. Rows are estimated, as the database
 * keeps count of them; what is counted is counted up to {@link #COUNTED_MAX}. Immutable.
 *
 * @param tables each table of the store; none if it has no tables
 * @param holdback the oldest transaction that something could still look back to: vacuum removes
 *     nothing that was deleted since; empty if there is none
 * @param backlog what the sagas wait for
 * @param unseen what could not be looked at, each in words with what it takes
 * @param readAt the store's time of the look
 */
public record TableFacts(
    List<Table> tables,
    Optional<Holdback> holdback,
    Backlog backlog,
    List<String> unseen,
    Instant readAt) {
  /** Up to which number sagas are counted: as many means as many or more. */
  public static final int COUNTED_MAX = 10_000;

  /** After how many transactions without a freeze the database stops to accept writes. */
  private static final double HORIZON = 1L << 31;

  /** Copies the lists. */
  public TableFacts {
    tables = List.copyOf(tables);
    unseen = List.copyOf(unseen);
  }

  /**
   * A table.
   *
   * @param name its name, without the schema
   * @param bytes its size, what is stored out of line included and indexes not
   * @param liveRows how many rows there are, estimated
   * @param deadRows how many rows wait for vacuum, estimated
   * @param vacuumedAt when it was last vacuumed; empty if never, as far as is known
   * @param analyzedAt when it was last analyzed; empty if never, as far as is known
   * @param transactions how many transactions ago all its rows were frozen
   * @param multixacts the same in locks that transactions have shared
   * @param indexes its indexes
   */
  public record Table(
      String name,
      long bytes,
      long liveRows,
      long deadRows,
      Optional<Instant> vacuumedAt,
      Optional<Instant> analyzedAt,
      long transactions,
      long multixacts,
      List<Index> indexes) {
    /** Copies the indexes. */
    public Table {
      indexes = List.copyOf(indexes);
    }

    /** Which share of the numbers of transactions is used up, 0 to 1; freezing brings it down. */
    public double horizon() {
      return Math.max(transactions, multixacts) / HORIZON;
    }
  }

  /**
   * An index.
   *
   * @param name its name, without the schema
   * @param bytes its size
   */
  public record Index(String name, long bytes) {}

  /**
   * What holds vacuum back.
   *
   * @param who a session, a prepared transaction or a replication slot, in words
   * @param transactions how many transactions ago it began
   * @param since when it began; empty if that is not to be seen
   */
  public record Holdback(String who, long transactions, Optional<Instant> since) {}

  /**
   * What the sagas wait for. All but the first are counted, up to {@link #COUNTED_MAX}.
   *
   * @param unfinished how many have not ended, as the last vacuum or analysis has estimated
   * @param due how many nobody runs though they are due
   * @param overdue how many of them have been due for more than a minute
   * @param stuck how many wait for an operator
   * @param expired how many have ended so long ago that retention deletes them; a family counts as
   *     its first one, and those that wait for one of their family are among them
   */
  public record Backlog(long unfinished, long due, long overdue, long stuck, long expired) {}
}

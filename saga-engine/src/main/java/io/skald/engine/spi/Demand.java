package io.skald.engine.spi;

import java.time.Duration;
import java.util.List;

/**
 * What an attempt has to have before it is made: a permit of each limit and a turn of each rate
 * that names it.
 *
 * @param place which attempt of its saga, by path and direction: {@code charge-card ACTION}
 * @param rank who comes first of those who wait for the same: the lower; then who asked first
 * @param permits a permit of each of these, all or none
 * @param turns a turn of each of these
 */
public record Demand(String place, int rank, List<Permit> permits, List<Turn> turns) {
  /** Of sagas that can go one way only, and whose end others may wait for. */
  public static final int URGENT = 0;

  /** Of all others. */
  public static final int ORDINARY = 1;

  /** Copies the lists. */
  public Demand {
    permits = List.copyOf(permits);
    turns = List.copyOf(turns);
  }

  /** Whether nothing is demanded. */
  public boolean isEmpty() {
    return permits.isEmpty() && turns.isEmpty();
  }

  /**
   * One of the attempts that a limit allows at a time.
   *
   * @param name what is limited
   * @param key whose attempts are counted: a node's, or empty for those of all nodes
   * @param slots how many at a time
   */
  public record Permit(String name, String key, int slots) {}

  /**
   * One of the attempts that a rate allows in a while.
   *
   * @param name what the rate is of
   * @param pace how long after the turn before it, once the burst is used up
   * @param burst how many turns there are at once after a while without any
   */
  public record Turn(String name, Duration pace, int burst) {
    private static final Duration GRACE_MIN = Duration.ofSeconds(2);

    /**
     * How long after its time the turn can be used: as long as the whole burst takes to come back,
     * and at least 2 s, for those who wait for their time come by a claim. What was left unused for
     * longer, as in an outage, does not pile up.
     */
    public Duration grace() {
      Duration whole = pace.multipliedBy(burst);
      return whole.compareTo(GRACE_MIN) > 0 ? whole : GRACE_MIN;
    }
  }
}

package io.skald.engine.spi;

import java.time.Instant;
import java.util.List;

/**
 * Where the unfinished sagas stand.
 *
 * @param standings the sagas, those of which the same was recorded last together
 * @param readAt the database's time of the read
 */
public record Standings(List<Standing> standings, Instant readAt) {
  /** Copies the list. */
  public Standings {
    standings = List.copyOf(standings);
  }
}

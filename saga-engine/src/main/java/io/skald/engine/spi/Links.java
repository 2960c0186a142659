package io.skald.engine.spi;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a transition does beyond its own saga, in the same commit.
 *
 * @param consumes the signals of this saga that it consumes, each of them pending until then
 * @param starts the sagas it starts, none of which is there yet, by its id or by its key
 * @param tells the place that a signal is sent to, unrouted and named {@link Parent#signal};
 *     nothing is sent if that saga is not there any more
 */
public record Links(List<UUID> consumes, List<NewSaga> starts, @Nullable Parent tells) {
  /** Nothing, as most transitions do. */
  public static final Links NONE = new Links(List.of(), List.of(), null);

  /** Copies the lists. */
  public Links {
    consumes = List.copyOf(consumes);
    starts = List.copyOf(starts);
  }

  /** Those that consume these signals, and nothing else. */
  public static Links consuming(List<UUID> signals) {
    return signals.isEmpty() ? NONE : new Links(signals, List.of(), null);
  }

  /** Those that start these sagas, and nothing else. */
  public static Links starting(List<NewSaga> sagas) {
    return sagas.isEmpty() ? NONE : new Links(List.of(), sagas, null);
  }

  /** Those that tell this parent, if there is one, and nothing else. */
  public static Links telling(@Nullable Parent parent) {
    return parent == null ? NONE : new Links(List.of(), List.of(), parent);
  }
}

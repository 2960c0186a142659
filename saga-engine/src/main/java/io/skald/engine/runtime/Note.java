package io.skald.engine.runtime;

import io.skald.engine.spi.NewSaga;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a log row says beside its status.
 *
 * @param decision what was decided, at a choice or a {@code forEach}
 * @param payload the encoded result, of what succeeded, or with which the saga goes on
 * @param error what it said, if it failed
 * @param signal the signal it consumes
 * @param starts the saga it starts
 */
record Note(
    @Nullable String decision,
    @Nullable String payload,
    @Nullable String error,
    @Nullable UUID signal,
    @Nullable NewSaga starts) {
  static final Note NOTHING = new Note(null, null, null, null, null);

  static Note payload(@Nullable String payload) {
    return new Note(null, payload, null, null, null);
  }

  static Note error(@Nullable String error) {
    return new Note(null, null, error, null, null);
  }

  /** This note with a result. */
  Note withPayload(String result) {
    return new Note(decision, result, error, signal, starts);
  }
}

package io.skald.store.jooq;

/** Who ends a transaction. */
enum Ending {
  /** The statement itself, in its own round trip, on a connection the engine took. */
  COMMIT,
  /** Whoever began it. */
  OPEN
}

package io.skald.engine.spi;

/** What became of a local attempt. */
public sealed interface LocalOutcome {

  /** Everything is committed. */
  record Committed() implements LocalOutcome {}

  /**
   * Nothing is committed, and the attempt counts.
   *
   * @param cause what the user's code threw, what the database refused, or a {@link
   *     java.util.concurrent.TimeoutException} if the attempt ran into its time limit
   */
  record RolledBack(Throwable cause) implements LocalOutcome {}

  /** Nothing is committed: the saga has another owner or another epoch by now. */
  record FenceLost() implements LocalOutcome {}

  /**
   * Nothing is committed, and the attempt does not count: the database had no room or was not
   * there.
   *
   * @param cause what the database said
   */
  record Postponed(Throwable cause) implements LocalOutcome {}

  /**
   * Nobody knows whether it is committed: the connection was lost near COMMIT. To be settled.
   *
   * @param cause how the connection was lost
   */
  record InDoubt(Throwable cause) implements LocalOutcome {}

  /**
   * The step ended its own transaction: what it wrote may be committed, its record is not, and to
   * repeat it would be to write it twice. For an operator to look at.
   *
   * @param cause how it was noticed, and as its cause what the user's code threw, if anything
   */
  record Escaped(Throwable cause) implements LocalOutcome {}
}

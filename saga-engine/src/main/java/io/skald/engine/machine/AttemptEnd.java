package io.skald.engine.machine;

/** How an attempt ended, as the driver saw it. */
public sealed interface AttemptEnd {

  /** It returned. */
  record Succeeded() implements AttemptEnd {}

  /**
   * It threw what the definition calls permanent: nothing happened, nothing can.
   *
   * @param error what it said
   */
  record Permanent(String error) implements AttemptEnd {}

  /**
   * No further attempt can do better: a local one was rolled back because its result cannot be
   * stored, or what a compensation or confirmation needs cannot be read. Nobody said no; the code
   * is at fault.
   *
   * @param error what it said
   */
  record Hopeless(String error) implements AttemptEnd {}

  /**
   * It threw something else, ran into its time limit, or its node died: for a remote step nobody
   * knows whether it took effect; a local one was rolled back.
   *
   * @param error what it said
   */
  record Unanswered(String error) implements AttemptEnd {}

  /**
   * The verification said that no attempt took effect and none can any more.
   *
   * @param error what it said
   */
  record Disproved(String error) implements AttemptEnd {}

  /** The verification could not tell, and no further attempt may be made. */
  record Unverified() implements AttemptEnd {}
}

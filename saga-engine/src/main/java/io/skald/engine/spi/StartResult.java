package io.skald.engine.spi;

/** What became of a start. */
public sealed interface StartResult {

  /** The saga as it stands now. */
  SagaRow saga();

  /**
   * The saga was inserted by this very start (or by an earlier try of it, with the same id).
   *
   * @param saga the saga
   */
  record Started(SagaRow saga) implements StartResult {}

  /**
   * A saga of that definition and key was there already; nothing was inserted.
   *
   * @param saga the saga that was there
   */
  record Existing(SagaRow saga) implements StartResult {}
}

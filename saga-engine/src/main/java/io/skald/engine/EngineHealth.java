package io.skald.engine;

/** Whether an engine can run sagas now, for the health check of its service. */
public sealed interface EngineHealth {

  /**
   * It is open, its lease is held, and it was answered when it last routed signals and looked for
   * due sagas.
   */
  record Up() implements EngineHealth {}

  /**
   * It runs no sagas, or only those it has, or signals do not reach them. It goes on by itself once
   * the reason is gone, unless it is closed; other nodes may be well.
   *
   * @param reason why, in words for people; holds no payload
   */
  record Down(String reason) implements EngineHealth {}
}

package io.skald.testkit.simulation;

/** Ends a thread of a node that died. No engine code may survive it. */
final class NodeDied extends Error {
  private static final long serialVersionUID = 1L;

  NodeDied() {
    super("the node died", null, false, false);
  }
}

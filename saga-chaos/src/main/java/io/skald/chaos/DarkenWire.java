package io.skald.chaos;

import java.time.Duration;

/**
 * For a while nothing passes between a node and the server, and both see their connections open.
 * Over when the node has joined again.
 */
record DarkenWire(int node, Duration length) implements Fault {
  @Override
  public Kind kind() {
    return Kind.DARKEN;
  }

  @Override
  public int strike(Scene scene) throws InterruptedException {
    if (!scene.cluster().awaitMember(node)) {
      return 0;
    }
    WireProxy wire = scene.cluster().wires().get(node);
    wire.darken();
    try {
      Scene.pause(length.toMillis());
    } finally {
      wire.heal();
    }
    boolean unused = scene.cluster().awaitMember(node);
    return 1;
  }
}

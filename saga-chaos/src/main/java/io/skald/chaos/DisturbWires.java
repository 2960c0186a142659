package io.skald.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * For a while the nodes' connections are cut, torn, delayed and lost by chance, at one in so many
 * statements. Over when the nodes have joined again.
 */
record DisturbWires(Duration length, int oneIn, long seed) implements Fault {
  @Override
  public Kind kind() {
    return Kind.DISTURB;
  }

  @Override
  public int strike(Scene scene) throws InterruptedException {
    var random = new Random(seed);
    List<WireProxy> wires = scene.cluster().wires();
    int before = struck(wires);
    wires.forEach(wire -> wire.disturb(random.nextLong(), oneIn));
    try {
      Scene.pause(length.toMillis());
    } finally {
      wires.forEach(WireProxy::heal);
    }
    scene.awaitMembers();
    return struck(wires) - before;
  }

  private static int struck(List<WireProxy> wires) {
    return wires.stream()
        .flatMap(wire -> wire.struck().values().stream())
        .mapToInt(Integer::intValue)
        .sum();
  }
}

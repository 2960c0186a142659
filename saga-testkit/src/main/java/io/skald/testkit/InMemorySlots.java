package io.skald.testkit;

import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Slot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Who holds which slot of what is limited over the fleet. Guarded by the store's lock. */
final class InMemorySlots {
  private final InMemoryNodes nodes;
  private final Map<Key, Taken> slots = new HashMap<>();

  private record Key(String limit, int number) {}

  private record Taken(@Nullable NodeId holder, long epoch) {}

  InMemorySlots(InMemoryNodes nodes) {
    this.nodes = nodes;
  }

  Optional<Slot> take(NodeId node, String limit, int count) {
    if (!nodes.isAlive(node)) {
      return Optional.empty();
    }
    return IntStream.rangeClosed(1, count)
        .mapToObj(number -> new Key(limit, number))
        .filter(this::isFree)
        .findFirst()
        .map(key -> taken(node, key));
  }

  private boolean isFree(Key key) {
    NodeId holder = of(key).holder();
    return holder == null || !nodes.isAlive(holder);
  }

  private Taken of(Key key) {
    return slots.getOrDefault(key, new Taken(null, 0));
  }

  private Slot taken(NodeId node, Key key) {
    var taken = new Taken(node, of(key).epoch() + 1);
    slots.put(key, taken);
    return new Slot(key.limit(), key.number(), taken.epoch());
  }

  void give(NodeId node, Slot slot) {
    var key = new Key(slot.limit(), slot.number());
    if (of(key).equals(new Taken(node, slot.epoch()))) {
      slots.put(key, new Taken(null, slot.epoch()));
    }
  }

  List<Slot> of(NodeId node) {
    return slots.entrySet().stream()
        .filter(one -> node.equals(one.getValue().holder()))
        .map(one -> new Slot(one.getKey().limit(), one.getKey().number(), one.getValue().epoch()))
        .toList();
  }
}

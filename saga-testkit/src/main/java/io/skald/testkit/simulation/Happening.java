package io.skald.testkit.simulation;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Something that happened at a fault point. */
record Happening(
    int number,
    Duration at,
    String node,
    FaultPoint point,
    Supplier<String> what,
    @Nullable Fault fault) {
  @Override
  public String toString() {
    return "#%d +%d ms %s %s %s%s"
        .formatted(
            number, at.toMillis(), node, point, what.get(), fault == null ? "" : " <- " + fault);
  }
}

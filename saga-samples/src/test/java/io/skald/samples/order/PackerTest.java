package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PackerTest {
  private final List<String> inParts =
      OrderFile.orders().stream().filter(PlaceOrder::isInParts).map(PlaceOrder::orderId).toList();

  @Test
  void packsMostAndBreaksSome() {
    assertThat(inParts)
        .filteredOn(order -> Packer.end(order) == Packings.State.BROKEN)
        .hasSizeBetween(10, inParts.size() / 10);
  }

  @Test
  void saysMostAtOnceAndSomeTooLate() {
    assertThat(inParts)
        .filteredOn(order -> Packer.pause(order).compareTo(ShipInPartsSaga.PACKED_WITHIN) > 0)
        .hasSizeBetween(10, inParts.size() / 10);
  }

  @Test
  void saysSomeThingsTwice() {
    assertThat(inParts.stream().map(Packer::reports)).containsOnly(1, 2);
  }
}

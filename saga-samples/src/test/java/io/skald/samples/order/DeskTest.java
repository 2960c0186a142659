package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeskTest {
  private final List<String> dear =
      OrderFile.orders().stream()
          .filter(order -> order.isInParts() && order.cents() > ShipInPartsSaga.LIMIT)
          .map(PlaceOrder::orderId)
          .toList();

  @Test
  void grantsMostRefusesSomeAndForgetsSome() {
    var verdicts = new ArrayList<Optional<Messages.Verdict>>();
    dear.forEach(order -> verdicts.add(Desk.verdict(order)));

    assertThat(verdicts).hasSizeGreaterThan(100).contains(Optional.empty());
    assertThat(verdicts).filteredOn(Optional.of(Messages.Verdict.REFUSED)::equals).isNotEmpty();
    assertThat(verdicts)
        .filteredOn(Optional.of(Messages.Verdict.GRANTED)::equals)
        .hasSizeGreaterThan(verdicts.size() / 2);
  }

  @Test
  void saysSomeThingsTwice() {
    var times = new HashSet<Integer>();
    dear.forEach(order -> times.add(Desk.times(order)));

    assertThat(times).containsExactlyInAnyOrder(1, 2);
  }
}

package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PurgedPage;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.UnclaimedSignal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Facts of signals that nothing will consume: found, and deleted in the end. */
abstract class UnclaimedContract extends TokenContract {
  // ---- unclaimed

  @Test
  void aSignalToAnEndedSagaIsLateAndUnclaimed() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    NewSignal early = sent(fence, "paid");
    assertThat(unclaimed()).isEmpty();
    write(end(fence));
    NewSignal late = to(fence, "paid");
    elapse(Duration.ofMillis(2));
    assertThat(store().signal(late)).isEqualTo(SignalResult.LATE);

    assertThat(routed(fence)).isOne();
    route(10);
    assertThat(routed(fence)).isOne();
    assertThat(load(fence).saga().wakeAt()).isNull();
    assertThat(unclaimed()).extracting(UnclaimedSignal::id).containsExactly(early.id(), late.id());
    Instant finishedAt = load(fence).saga().finishedAt();
    assertThat(unclaimed().getFirst().since()).isEqualTo(finishedAt);
    assertThat(unclaimed().getLast().since()).isAfter(finishedAt);
  }

  @Test
  void aSignalWithoutASagaIsUnclaimedFromAnAgeOn() {
    NewSignal signal = to("nobody", "paid");
    store().signal(signal);
    // it is routed once the transaction that sent it has ended: its time counts from then on
    assertThat(unclaimed()).isEmpty();
    route(10);
    assertThat(unclaimed(HOUR, SignalPosition.START, 10).unclaimed()).isEmpty();
    assertThat(unclaimed())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.id()).isEqualTo(signal.id());
              assertThat(found.definition()).isEqualTo("order");
              assertThat(found.businessKey()).isEqualTo("nobody");
              assertThat(found.name()).isEqualTo("paid");
            });
  }

  @Test
  void aWalkLooksAtSoManyAndGoesOnWhereItStopped() {
    Fence running = started(join(LONG));
    List<UUID> ids = new ArrayList<>();
    for (int n = 0; n < 3; n++) {
      sent(running, "paid");
      NewSignal signal = to("nobody", "paid");
      store().signal(signal);
      ids.add(signal.id());
      elapse(Duration.ofMillis(2));
    }
    route(10);
    List<UUID> found = new ArrayList<>();
    var page = unclaimed(Duration.ZERO, SignalPosition.START, 2);
    int pages = 1;
    while (page.next().isPresent()) {
      assertThat(page.unclaimed()).hasSizeLessThanOrEqualTo(2);
      page.unclaimed().forEach(one -> found.add(one.id()));
      page = unclaimed(Duration.ZERO, page.next().get(), 2);
      pages++;
    }

    assertThat(page.unclaimed()).isEmpty();
    assertThat(found).containsExactlyElementsOf(ids);
    assertThat(pages).isEqualTo(4);
  }

  // ---- purged

  @Test
  void signalsGoWithTheirSaga() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    String key = load(fence).saga().businessKey();
    NewSignal consumed = sent(fence, "@w");
    write(consuming(fence, row("w", 1), consumed));
    sent(fence, "paid");
    Fence stays = started(node);
    NewSignal other = sent(stays, "paid");
    change(fence, new SagaChange.Complete("1"));

    assertThat(purge(Duration.ZERO, 10)).isOne();
    assertThat(unclaimed()).isEmpty();
    // the key is free again: a new saga of it has no part in the old one's signals
    NewSaga next = saga(key, node);
    start(next);
    assertThat(store().signals(next.id()).pending()).isEmpty();
    assertThat(store().signal(to(key, "@w"))).isEqualTo(SignalResult.ACCEPTED);
    assertThat(pending(stays)).containsExactly(other.id());
  }

  @Test
  void unclaimedSignalsWithoutASagaArePurgedFromAnAgeOn() {
    NodeId node = join(LONG);
    Fence ended = started(node);
    NewSignal kept = sent(ended, "paid");
    write(end(ended));
    elapse(Duration.ofMillis(2));
    for (String key : List.of("nobody", "nobody", "somebody")) {
      // what is sent at the same time has no order but that of the ids
      store().signal(to(key, "paid"));
      elapse(Duration.ofMillis(2));
    }
    start(saga("somebody", node));

    var start = SignalPosition.START;
    assertThat(store().purgeSignals(HOUR, start, 10))
        .isEqualTo(new PurgedPage(0, Optional.empty()));
    var first = store().purgeSignals(Duration.ZERO, start, 2);
    assertThat(first.deleted()).isOne();
    var second = store().purgeSignals(Duration.ZERO, first.next().orElseThrow(), 10);
    assertThat(second).isEqualTo(new PurgedPage(1, Optional.empty()));
    route(10);
    assertThat(unclaimed()).extracting(UnclaimedSignal::id).containsExactly(kept.id());
  }
}

package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Relocated;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.Relocation.MovedRow;
import io.skald.engine.spi.Relocation.RowKey;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Standing;
import io.skald.engine.spi.Standings;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store does when a saga is moved to another version of its definition. */
abstract class RelocationContract extends SharedLockContract {
  private static final DefinitionRef NEXT = new DefinitionRef("order", 2, "f2");

  private Fence parked(LogWrite... rows) {
    Fence fence = started(join(LONG));
    var park = new SagaChange.Park(Duration.ZERO, null, Lane.ORDINARY);
    write(new Transition(fence, List.of(rows), park, Links.NONE));
    return fence;
  }

  private static Relocation relocation(
      List<MovedRow> rows, List<RowKey> removed, List<LogWrite> added) {
    return new Relocation(
        NEXT, "{\"v\":2}", "digest 2", null, rows, removed, added, audit("migrate"));
  }

  private static Relocation bare() {
    return relocation(List.of(), List.of(), List.of());
  }

  private Relocated move(Fence fence, Relocation relocation) {
    return store().relocate(fence.saga(), found -> Optional.of(relocation));
  }

  @Test
  void movesASagaWithWhatIsRecordedOfItUnderTheNextEpoch() {
    Fence fence = parked(row("a", 1), row("b", 2), retrying("c", 3, 1, null));
    SagaSnapshot before = load(fence);
    var renamed = new MovedRow(new RowKey("a", Direction.ACTION), "x", "x", "decided", "[1]");
    var added =
        new LogWrite(
            "y", Direction.ACTION, "y", 4, LogStatus.SKIPPED, 0, 0, null, "7", null, null, null);
    Relocation relocation =
        relocation(List.of(renamed), List.of(new RowKey("b", Direction.ACTION)), List.of(added));
    assertThat(move(fence, relocation)).isEqualTo(Relocated.MOVED);

    SagaSnapshot after = load(fence);
    assertThat(after.saga().definition()).isEqualTo(NEXT);
    assertThat(after.saga().input()).isEqualTo("{\"v\":2}");
    assertThat(after.saga().inputDigest()).isEqualTo("digest 2");
    assertThat(after.saga().epoch()).isEqualTo(before.saga().epoch() + 1);
    assertThat(after.saga().wakeAt()).isEqualTo(before.saga().wakeAt());
    assertThat(after.log()).extracting(LogRow::path).containsExactly("x", "c", "y");
    assertThat(after.log().getFirst())
        .isEqualTo(before.log().getFirst().movedTo("x", "x", "decided", "[1]"));
    assertThat(after.log().get(1)).isEqualTo(before.log().get(2));
    assertThat(after.log().getLast().status()).isEqualTo(LogStatus.SKIPPED);
    assertThat(audits()).contains(audit("migrate"));
  }

  @Test
  void aMovedSagaIsClaimedByThoseWhoKnowWhereTo() {
    Fence fence = parked(row("a", 1));
    assertThat(move(fence, bare())).isEqualTo(Relocated.MOVED);

    assertThat(claim(join(LONG))).isEmpty();
    var node = registration(NEXT, LONG);
    assertThat(store().join(node)).isEmpty();
    assertThat(store().claim(node.id(), List.of(NEXT), 10))
        .singleElement()
        .returns(fence.saga(), claim -> id(claim))
        .returns(NEXT, claim -> claim.snapshot().saga().definition());
  }

  @Test
  void aSagaThatANodeOwnsIsNotMoved() {
    Fence fence = started(join(LONG));
    SagaSnapshot before = load(fence);
    assertThat(move(fence, bare())).isEqualTo(Relocated.OWNED);
    assertThat(load(fence).saga()).isEqualTo(before.saga());
  }

  @Test
  void aSagaOfADeadNodeIsNotMovedBeforeItIsTakenOver() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    store().leave(node);
    assertThat(move(fence, bare())).isEqualTo(Relocated.OWNED);
  }

  @Test
  void aSagaThatHasEndedIsNotMoved() {
    Fence fence = started(join(LONG));
    write(end(fence));
    assertThat(move(fence, bare())).isEqualTo(Relocated.ENDED);
    assertThat(store().relocate(new SagaId(fence.owner().value()), found -> Optional.of(bare())))
        .isEqualTo(Relocated.ENDED);
  }

  @Test
  void aStuckSagaIsMovedAndStaysStuckWhereItIsSaidToBe() {
    Fence fence = started(join(LONG));
    change(fence, new SagaChange.Stick(new SagaError("a", "broken", null), Lane.ORDINARY));
    var relocation =
        new Relocation(
            NEXT, "{}", "digest", "x", List.of(), List.of(), List.of(), audit("migrate"));
    assertThat(move(fence, relocation)).isEqualTo(Relocated.MOVED);
    assertThat(load(fence).saga().error()).isEqualTo(new SagaError("x", "broken", null));
  }

  @Test
  void whatIsNotDecidedOrThrownLeavesASagaAsItWas() {
    Fence fence = parked(row("a", 1));
    SagaSnapshot before = load(fence);
    assertThat(store().relocate(fence.saga(), found -> Optional.empty()))
        .isEqualTo(Relocated.STAYED);
    assertThatThrownBy(
            () ->
                store()
                    .relocate(
                        fence.saga(),
                        found -> {
                          throw new IllegalStateException("no");
                        }))
        .hasMessage("no");
    assertThat(load(fence).saga()).isEqualTo(before.saga());
    assertThat(load(fence).log()).isEqualTo(before.log());
  }

  /** Who claims it runs it by the version it found. */
  @Test
  void aSagaIsClaimedOrMovedAndNeverBoth() throws Exception {
    NodeId node = join(LONG);
    List<Fence> fences = IntStream.range(0, 60).mapToObj(i -> started(null)).toList();
    var claimed = new ArrayList<SagaId>();
    var moved = new ArrayList<SagaId>();
    atOnce(
        List.of(
            () -> {
              for (int turn = 0; turn < 20; turn++) {
                for (Claim claim : store().claim(node, List.of(ORDER), 3)) {
                  claimed.add(id(claim));
                }
              }
              return claimed;
            },
            () -> {
              for (Fence fence : fences.reversed()) {
                if (move(fence, bare()) == Relocated.MOVED) {
                  moved.add(fence.saga());
                }
              }
              return moved;
            }));

    assertThat(Collections.disjoint(claimed, moved)).isTrue();
    assertThat(claimed.size() + moved.size()).isEqualTo(60);
    for (Fence fence : fences) {
      assertThat(load(fence).saga().definition())
          .isEqualTo(moved.contains(fence.saga()) ? NEXT : ORDER);
    }
  }

  @Test
  void unfinishedSagasOfAVersionAreWalkedThroughPageByPage() {
    List<SagaId> all = IntStream.range(0, 7).mapToObj(i -> started(null).saga()).toList();
    write(end(started(join(LONG))));
    move(parked(), bare());
    var walked = new ArrayList<SagaId>();
    List<SagaId> page = store().unfinished(ORDER, Optional.empty(), 3);
    while (!page.isEmpty()) {
      assertThat(page).hasSizeLessThanOrEqualTo(3);
      walked.addAll(page);
      page = store().unfinished(ORDER, Optional.of(page.getLast()), 3);
    }

    assertThat(walked).containsExactlyInAnyOrderElementsOf(all);
    assertThat(store().unfinished(NEXT, Optional.empty(), 3)).hasSize(1);
  }

  @Test
  void countsUnfinishedSagasByWhatWasRecordedLast() {
    write(end(started(join(LONG))));
    Instant first = load(started(null)).saga().createdAt();
    started(null);
    parked(row("a", 1), retrying("each/12/b", 2, 1, null));
    parked(row("a", 1), retrying("each/3/b", 2, 1, null));
    Fence stuck = started(join(LONG));
    change(stuck, new SagaChange.Stick(new SagaError("a", "broken", null), Lane.ORDINARY));
    move(parked(row("a", 1)), bare());

    Standings standings = store().standings(List.of());
    var retried = new Standing.Last("each/*/b", Direction.ACTION, LogStatus.RETRYING);
    var passed = new Standing.Last("a", Direction.ACTION, LogStatus.SUCCEEDED);
    assertThat(standings.standings())
        .extracting(
            one ->
                List.of(
                    one.definition(), one.status(), Optional.ofNullable(one.last()), one.sagas()))
        .containsExactlyInAnyOrder(
            List.of(ORDER, SagaStatus.RUNNING, Optional.empty(), 2L),
            List.of(ORDER, SagaStatus.RUNNING, Optional.of(retried), 2L),
            List.of(ORDER, SagaStatus.STUCK, Optional.empty(), 1L),
            List.of(NEXT, SagaStatus.RUNNING, Optional.of(passed), 1L));
    assertThat(standings.standings()).extracting(Standing::oldest).contains(first);
    assertThat(standings.readAt()).isAfterOrEqualTo(first);
  }

  @Test
  void countsNoSagasOfWhatIsLeftOutAndTellsTheTimeAllTheSame() {
    Instant before = load(started(null)).saga().createdAt();
    Standings standings = store().standings(List.of(NEXT, ORDER));
    assertThat(standings.standings()).isEmpty();
    assertThat(standings.readAt()).isAfterOrEqualTo(before);
  }
}

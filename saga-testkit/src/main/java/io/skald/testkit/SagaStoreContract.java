package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every store does: the same suite runs on the in-memory store and on PostgreSQL. */
public abstract class SagaStoreContract {
  private static final DefinitionRef ORDER = new DefinitionRef("order", 1, "f1");
  private static final Duration LEASE = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** For subclasses. */
  protected SagaStoreContract() {}

  /** The store under test, empty at the beginning of each test. */
  protected abstract SagaStore store();

  /** Lets the store's time go on by at least {@code duration}. */
  protected abstract void elapse(Duration duration);

  // ---- nodes

  @Test
  void heartbeatProlongsALiveNodeAndRevivesNoDeadOne() {
    NodeId node = join(LEASE);
    assertThat(store().heartbeat(node)).isTrue();
    elapse(LEASE.multipliedBy(2));
    assertThat(store().heartbeat(node)).isFalse();
    assertThat(store().heartbeat(new NodeId(UUID.randomUUID()))).isFalse();
  }

  @Test
  void refusesAnotherStructureOfAVersionWhileANodeOrASagaUsesTheFirst() {
    var other = new DefinitionRef("order", 1, "f2");
    NodeId node = join(LONG);
    assertThat(store().join(registration(other, LONG)))
        .singleElement()
        .asString()
        .contains("order", "1");
    store().leave(node);
    Fence fence = started(null);
    assertThat(store().join(registration(other, LONG))).hasSize(1);
    NodeId again = join(LONG);
    store().claim(again, List.of(ORDER), 10);
    store().write(List.of(end(new Fence(fence.saga(), again, 1))));
    store().leave(again);
    assertThat(store().join(registration(other, LONG))).isEmpty();
  }

  @Test
  void aNodeThatLeavesGivesUpItsSagasAtOnce() {
    NodeId first = join(LONG);
    NodeId second = join(LONG);
    Fence fence = started(first);
    store().leave(first);

    assertThat(claim(second)).extracting(SagaStoreContract::id).containsExactly(fence.saga());
    assertThat(write(fence, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
  }

  // ---- start

  @Test
  void startsEachSagaOnce() {
    NodeId node = join(LONG);
    NewSaga saga = saga("k1", node);
    StartResult first = store().start(List.of(saga)).getFirst();
    StartResult again = store().start(List.of(saga)).getFirst();
    StartResult other = store().start(List.of(saga("k1", node))).getFirst();

    assertThat(first).isInstanceOf(StartResult.Started.class);
    assertThat(again).isInstanceOf(StartResult.Started.class);
    assertThat(other).isInstanceOf(StartResult.Existing.class);
    assertThat(other.saga().id()).isEqualTo(saga.id());
    assertThat(first.saga().owner()).isEqualTo(node);
    assertThat(first.saga().status()).isEqualTo(SagaStatus.RUNNING);
  }

  @Test
  void startsManyInOrder() {
    NodeId node = join(LONG);
    store().start(List.of(saga("k3", node)));
    List<NewSaga> sagas = IntStream.range(0, 50).mapToObj(i -> saga("k" + i, node)).toList();
    List<StartResult> results = store().start(sagas);

    assertThat(results).hasSize(50);
    assertThat(results.get(3)).isInstanceOf(StartResult.Existing.class);
    for (int i = 0; i < 50; i++) {
      assertThat(results.get(i).saga().businessKey()).isEqualTo("k" + i);
    }
  }

  @Test
  void keepsWhatItWasGivenByteForByte() {
    String text = "'; drop table saga; -- %s \\ \uD83D\uDE00 \u202E 1e400 \\u0000";
    var saga =
        new NewSaga(
            new SagaId(UUID.randomUUID()),
            ORDER,
            text,
            Map.of("it's", text),
            text,
            "digest",
            Duration.ofHours(1),
            null);
    store().start(List.of(saga));
    SagaRow row = store().find("order", text).orElseThrow();

    assertThat(row.input()).isEqualTo(text);
    assertThat(row.attributes()).isEqualTo(Map.of("it's", text));
    assertThat(row.inputDigest()).isEqualTo("digest");
    assertThat(row.deadlineAt())
        .isCloseTo(row.createdAt().plus(Duration.ofHours(1)), within(1, ChronoUnit.MINUTES));
    assertThat(store().findByKey(text, 10)).containsExactly(row);
    assertThat(store().find("other", text)).isEmpty();
  }

  // ---- write

  @Test
  void writesRowsAndChangesTogether() {
    Fence fence = started(join(LONG));
    var change = new SagaChange.Complete("\"done\"");
    assertThat(write(new Transition(fence, List.of(row("a", 1), row("b", 2)), change)))
        .isEqualTo(WriteResult.APPLIED);
    SagaSnapshot found = load(fence);

    assertThat(found.log()).extracting(LogRow::path).containsExactly("a", "b");
    assertThat(found.saga().status()).isEqualTo(SagaStatus.COMPLETED);
    assertThat(found.saga().output()).isEqualTo("\"done\"");
    assertThat(found.saga().owner()).isNull();
    assertThat(found.saga().finishedAt()).isNotNull();
  }

  @Test
  void writesAllOfATransitionOrNothing() {
    Fence fence = started(join(LONG));
    write(fence, row("b", 1));
    assertThat(write(new Transition(fence, List.of(row("a", 2), row("b", 3)), null)))
        .isEqualTo(WriteResult.CONFLICT);
    assertThat(load(fence).log()).extracting(LogRow::path).containsExactly("b");
  }

  @Test
  void tellsTransitionsOfABatchApart() {
    NodeId node = join(LONG);
    Fence good = started(node);
    Fence lost = started(node);
    Fence taken = started(node);
    write(taken, row("a", 1));
    List<WriteResult> results =
        store()
            .write(
                List.of(
                    new Transition(good, List.of(row("a", 1)), null),
                    new Transition(lost.next(), List.of(row("a", 1)), null),
                    new Transition(taken, List.of(row("a", 2)), null)));

    assertThat(results)
        .containsExactly(WriteResult.APPLIED, WriteResult.FENCE_LOST, WriteResult.CONFLICT);
    assertThat(load(lost).log()).isEmpty();
  }

  @Test
  void replacesARowOnlyIfItIsWhatWasSeen() {
    Fence fence = started(join(LONG));
    write(fence, retrying("a", 1, 1, null));
    assertThat(write(fence, retrying("a", 2, 3, replaced(LogStatus.RETRYING, 2))))
        .isEqualTo(WriteResult.CONFLICT);
    assertThat(write(fence, retrying("a", 2, 2, replaced(LogStatus.RETRYING, 1))))
        .isEqualTo(WriteResult.APPLIED);
    assertThat(write(fence, retrying("a", 3, 2, replaced(LogStatus.RETRYING, 1))))
        .isEqualTo(WriteResult.CONFLICT);
    assertThat(write(fence, retrying("z", 3, 2, replaced(LogStatus.RETRYING, 1))))
        .isEqualTo(WriteResult.CONFLICT);

    LogRow row = load(fence).log().getFirst();
    assertThat(row.attempt()).isEqualTo(2);
    assertThat(row.seq()).isEqualTo(2);
    assertThat(row.retryAt()).isNotNull();
    assertThat(row.finishedAt()).isNull();
  }

  @Test
  void aTurnAroundRaisesTheEpochAndKeepsTheOwner() {
    Fence fence = started(join(LONG));
    var why = new SagaError("a", "sold out", null);
    write(new Transition(fence, List.of(row("a", 1)), new SagaChange.TurnAround(why)));
    SagaRow saga = load(fence).saga();

    assertThat(saga.status()).isEqualTo(SagaStatus.COMPENSATING);
    assertThat(saga.turnedAroundAt()).isNotNull();
    assertThat(saga.error()).isEqualTo(why);
    assertThat(saga.owner()).isEqualTo(fence.owner());
    assertThat(write(fence, row("b", 2))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(fence.next(), row("b", 2))).isEqualTo(WriteResult.APPLIED);
    write(new Transition(fence.next(), List.of(), new SagaChange.EndCompensated()));
    assertThat(load(fence).saga().status()).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(load(fence).saga().error()).isEqualTo(why);
  }

  @Test
  void aStuckSagaIsNobodysAndNeverDue() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    var why = new SagaError("a", "x".repeat(8 * 1024), null);
    write(new Transition(fence, List.of(), new SagaChange.Stick(why)));

    assertThat(load(fence).saga().status()).isEqualTo(SagaStatus.STUCK);
    assertThat(load(fence).saga().error()).isEqualTo(why);
    assertThat(claim(node)).isEmpty();
  }

  // ---- local

  @Test
  void commitsALocalAttemptWithItsRecord() {
    Fence fence = started(join(LONG));
    LocalOutcome outcome =
        store().runLocal(fence, LIMIT, tx -> new Transition(fence, List.of(row("a", 1)), null));
    assertThat(outcome).isInstanceOf(LocalOutcome.Committed.class);
    assertThat(load(fence).log()).hasSize(1);
  }

  @Test
  void rollsALocalAttemptBackThatThrows() {
    Fence fence = started(join(LONG));
    var failure = new IllegalArgumentException("no");
    LocalOutcome outcome =
        store()
            .runLocal(
                fence,
                LIMIT,
                tx -> {
                  throw failure;
                });
    assertThat(outcome).isEqualTo(new LocalOutcome.RolledBack(failure));
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void refusesALocalAttemptThatWasFencedOutWhileItRan() {
    Fence fence = started(join(LONG));
    LocalOutcome outcome =
        store()
            .runLocal(
                fence,
                LIMIT,
                tx -> {
                  store().settle(fence.saga(), fence.owner());
                  return new Transition(fence, List.of(row("a", 1)), null);
                });
    assertThat(outcome).isInstanceOf(LocalOutcome.FenceLost.class);
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void endsASagaWithItsLastLocalAttempt() {
    Fence fence = started(join(LONG));
    var change = new SagaChange.Complete("1");
    store().runLocal(fence, LIMIT, tx -> new Transition(fence, List.of(row("a", 1)), change));
    assertThat(load(fence).saga().status()).isEqualTo(SagaStatus.COMPLETED);
    assertThat(load(fence).log()).hasSize(1);
  }

  @Test
  void replacesARowInALocalAttempt() {
    Fence fence = started(join(LONG));
    write(fence, retrying("a", 1, 1, null));
    var second = row("a", 2, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1));
    LocalOutcome outcome =
        store().runLocal(fence, LIMIT, tx -> new Transition(fence, List.of(second), null));
    assertThat(outcome).isInstanceOf(LocalOutcome.Committed.class);
    assertThat(load(fence).log().getFirst().status()).isEqualTo(LogStatus.SUCCEEDED);
  }

  // ---- settle

  @Test
  void settlingRaisesTheEpochOfItsOwnSagaAlone() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    assertThat(store().settle(fence.saga(), new NodeId(UUID.randomUUID()))).isEmpty();
    assertThat(load(fence).saga().epoch()).isEqualTo(fence.epoch());
    SagaSnapshot settled = store().settle(fence.saga(), node).orElseThrow();

    assertThat(settled.saga().epoch()).isEqualTo(fence.epoch() + 1);
    assertThat(write(fence, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(fence.next(), row("a", 1))).isEqualTo(WriteResult.APPLIED);
  }

  // ---- claim

  @Test
  void claimsWhatIsDueAndRaisesTheEpoch() {
    NodeId node = join(LONG);
    Fence due = started(null);
    Fence parked = started(node);
    write(new Transition(parked, List.of(), new SagaChange.Park(Duration.ofHours(1))));
    Fence owned = started(node);
    List<Claim> claims = claim(node);

    assertThat(claims).extracting(SagaStoreContract::id).containsExactly(due.saga());
    assertThat(claims.getFirst().deadOwner()).isNull();
    assertThat(claims.getFirst().snapshot().saga().epoch()).isEqualTo(1);
    assertThat(claims.getFirst().snapshot().saga().owner()).isEqualTo(node);
    assertThat(claim(node)).isEmpty();
    assertThat(store().owned(node)).containsExactlyInAnyOrder(due.saga(), owned.saga());
  }

  @Test
  void claimsAParkedSagaOnceItIsDueWithItsLog() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    var park = new SagaChange.Park(Duration.ofMillis(200));
    write(new Transition(fence, List.of(retrying("a", 1, 1, null)), park));
    assertThat(claim(node)).isEmpty();
    elapse(Duration.ofMillis(300));

    assertThat(claim(node).getFirst().snapshot().log()).hasSize(1);
  }

  @Test
  void takesASagaFromADeadOwnerAndSaysSo() {
    NodeId dead = join(LEASE);
    NodeId live = join(LONG);
    Fence fence = started(dead);
    assertThat(claim(live)).isEmpty();
    elapse(LEASE.multipliedBy(2));
    Claim claim = claim(live).getFirst();

    assertThat(claim.deadOwner()).isEqualTo(dead);
    assertThat(claim.snapshot().saga().crashCount()).isEqualTo(1);
    assertThat(write(fence, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(store().settle(fence.saga(), dead)).isEmpty();
  }

  @Test
  void forgivesCrashesOnceAStepIsBroughtToAnEnd() {
    NodeId first = join(LEASE);
    Fence fence = started(first);
    elapse(LEASE.multipliedBy(2));
    NodeId second = join(LEASE);
    claim(second);
    var cutOff = new SagaChange.Park(Duration.ZERO);
    Fence now = new Fence(fence.saga(), second, 1);
    write(new Transition(now, List.of(retrying("a", 1, 1, null)), cutOff));
    assertThat(claim(second).getFirst().snapshot().saga().crashCount()).isEqualTo(1);
    write(
        new Fence(fence.saga(), second, 2),
        row("a", 2, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1)));
    assertThat(load(fence).saga().crashCount()).isZero();
  }

  @Test
  void aNodeWhoseLeaseRanOutClaimsNothing() {
    NodeId node = join(LEASE);
    started(null);
    elapse(LEASE.multipliedBy(2));
    assertThat(claim(node)).isEmpty();
  }

  @Test
  void leavesDefinitionsAloneThatTheNodeDoesNotKnow() {
    NodeId node = join(LONG);
    started(null);
    assertThat(store().claim(node, List.of(new DefinitionRef("order", 2, "f1")), 10)).isEmpty();
    assertThat(store().claim(node, List.of(new DefinitionRef("order", 1, "f2")), 10)).isEmpty();
  }

  @Test
  void claimsEachSagaOnceAndNoMoreThanAsked() {
    NodeId one = join(LONG);
    NodeId two = join(LONG);
    for (int i = 0; i < 25; i++) {
      started(null);
    }
    var claimed = new ArrayList<SagaId>();
    for (int i = 0; i < 4; i++) {
      List<Claim> claims = store().claim(i % 2 == 0 ? one : two, List.of(ORDER), 7);
      assertThat(claims).hasSizeLessThanOrEqualTo(7);
      claims.forEach(claim -> claimed.add(id(claim)));
    }
    assertThat(claimed).hasSize(25).doesNotHaveDuplicates();
  }

  @Test
  void namesDefinitionsThatNoLiveNodeKnows() {
    NodeId node = join(LEASE);
    started(null);
    assertThat(store().orphanedDefinitions()).isEmpty();
    elapse(LEASE.multipliedBy(2));
    assertThat(store().heartbeat(node)).isFalse();
    assertThat(store().orphanedDefinitions()).containsExactly("order");
  }

  // ---- operate

  @Test
  void amendsALockedSagaUnderTheNextEpoch() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    var why = new SagaError("a", "no", null);
    var failed = row("a", 1, LogStatus.FAILED, 1, null);
    write(new Transition(fence, List.of(failed), new SagaChange.Stick(why)));
    SagaSnapshot after =
        store()
            .amend(
                fence.saga(),
                found ->
                    new Amendment(
                        List.of(retrying("a", 1, 1, replaced(LogStatus.FAILED, 1))),
                        new SagaChange.Resume(),
                        audit("retry")))
            .orElseThrow();

    assertThat(after.saga().status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(after.saga().epoch()).isEqualTo(fence.epoch() + 1);
    assertThat(after.log().getFirst().status()).isEqualTo(LogStatus.RETRYING);
    assertThat(claim(node)).hasSize(1);
  }

  @Test
  void leavesEverythingAsItWasWhenTheOperatorIsRefused() {
    Fence fence = started(join(LONG));
    SagaSnapshot before = load(fence);
    assertThatThrownBy(
            () ->
                store()
                    .amend(
                        fence.saga(),
                        found -> {
                          throw new IllegalSagaStateException("no", null, null);
                        }))
        .isInstanceOf(IllegalSagaStateException.class);
    assertThat(load(fence).saga()).isEqualTo(before.saga());
    assertThat(store().amend(new SagaId(UUID.randomUUID()), found -> resolved())).isEmpty();
  }

  @Test
  void requestsACancelOfOwnedParkedAndStuckSagas() {
    NodeId node = join(LONG);
    Fence owned = started(node);
    cancel(owned);
    assertThat(load(owned).saga().cancelRequestedAt()).isNotNull();
    assertThat(load(owned).saga().owner()).isEqualTo(node);
    assertThat(write(owned, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
    Fence parked = started(node);
    write(new Transition(parked, List.of(), new SagaChange.Park(Duration.ofHours(1))));
    cancel(parked);
    Fence stuck = started(node);
    var why = new SagaError("a", "no", null);
    write(new Transition(stuck, List.of(), new SagaChange.Stick(why)));
    cancel(stuck);

    assertThat(load(stuck).saga().status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(claim(node))
        .extracting(SagaStoreContract::id)
        .containsExactlyInAnyOrder(parked.saga(), stuck.saga());
  }

  @Test
  void resolvesForGood() {
    Fence fence = started(join(LONG));
    store().amend(fence.saga(), found -> resolved());
    SagaRow saga = load(fence).saga();

    assertThat(saga.status()).isEqualTo(SagaStatus.RESOLVED);
    assertThat(saga.error()).isEqualTo(new SagaError("a", "by hand", "olga"));
    assertThat(saga.owner()).isNull();
    assertThat(saga.finishedAt()).isNotNull();
  }

  // ---- read and keep house

  @Test
  void readsRowsOfManySagas() {
    Fence one = started(null);
    Fence two = started(null);
    assertThat(store().rows(List.of(one.saga(), two.saga(), new SagaId(UUID.randomUUID()))))
        .extracting(SagaRow::id)
        .containsExactlyInAnyOrder(one.saga(), two.saga());
    assertThat(store().rows(List.of())).isEmpty();
    assertThat(store().load(new SagaId(UUID.randomUUID()))).isEmpty();
  }

  @Test
  void purgesOnlyWhatEndedLongAgo() {
    NodeId node = join(LONG);
    Fence ended = started(node);
    write(end(ended));
    Fence going = started(node);
    write(going, row("a", 1));
    assertThat(store().purge(Duration.ofHours(1), 10)).isZero();
    elapse(Duration.ofMillis(50));

    assertThat(store().purge(Duration.ofMillis(10), 10)).isEqualTo(1);
    assertThat(store().load(ended.saga())).isEmpty();
    assertThat(load(going).log()).hasSize(1);
  }

  // ---- what the tests are made of

  private NodeId join(Duration lease) {
    NodeRegistration node = registration(ORDER, lease);
    assertThat(store().join(node)).isEmpty();
    return node.id();
  }

  private static NodeRegistration registration(DefinitionRef ref, Duration lease) {
    return new NodeRegistration(new NodeId(UUID.randomUUID()), "node", lease, List.of(ref));
  }

  private static NewSaga saga(String key, @Nullable NodeId owner) {
    return new NewSaga(
        new SagaId(UUID.randomUUID()), ORDER, key, Map.of(), "{}", "digest", null, owner);
  }

  /** A started saga; without an owner, its fence holds nothing. */
  private Fence started(@Nullable NodeId owner) {
    NewSaga saga = saga(UUID.randomUUID().toString(), owner);
    StartResult result = store().start(List.of(saga)).getFirst();
    NodeId holder = Objects.requireNonNullElseGet(owner, () -> new NodeId(UUID.randomUUID()));
    return new Fence(saga.id(), holder, result.saga().epoch());
  }

  private static LogWrite row(String step, int seq) {
    return row(step, seq, LogStatus.SUCCEEDED, 1, null);
  }

  private static LogWrite row(
      String step, int seq, LogStatus status, int attempt, LogWrite.@Nullable Replaced replaced) {
    return new LogWrite(
        step, Direction.ACTION, step, seq, status, attempt, 0, "{}", null, null, replaced);
  }

  private static LogWrite retrying(
      String step, int seq, int attempt, LogWrite.@Nullable Replaced replaced) {
    return new LogWrite(
        step,
        Direction.ACTION,
        step,
        seq,
        LogStatus.RETRYING,
        attempt,
        0,
        null,
        "down",
        Duration.ofMillis(100),
        replaced);
  }

  private static LogWrite.Replaced replaced(LogStatus status, int attempt) {
    return new LogWrite.Replaced(status, attempt);
  }

  private static Transition end(Fence fence) {
    return new Transition(fence, List.of(row("a", 1)), new SagaChange.Complete("1"));
  }

  private WriteResult write(Fence fence, LogWrite row) {
    return write(new Transition(fence, List.of(row), null));
  }

  private WriteResult write(Transition transition) {
    return store().write(List.of(transition)).getFirst();
  }

  private List<Claim> claim(NodeId node) {
    return store().claim(node, List.of(ORDER), 10);
  }

  private SagaSnapshot load(Fence fence) {
    return store().load(fence.saga()).orElseThrow();
  }

  private void cancel(Fence fence) {
    store()
        .amend(
            fence.saga(),
            found -> new Amendment(List.of(), new SagaChange.RequestCancel(), audit("cancel")));
  }

  private static Amendment resolved() {
    var why = new SagaError("a", "by hand", "olga");
    return new Amendment(List.of(), new SagaChange.Resolve(why), audit("resolve"));
  }

  private static Amendment.Audit audit(String action) {
    return new Amendment.Audit("olga", action, "a", "because");
  }

  private static SagaId id(Claim claim) {
    return claim.snapshot().saga().id();
  }
}

package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.FreedLocks;
import io.skald.engine.spi.UnknownStatus;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a node owns, does not hold, and takes up again. */
class HousekeeperTest {
  private static final Duration LEASE = Duration.ofSeconds(15);

  private final LocalSagas sagas = new LocalSagas();
  private final InFlight inFlight = new InFlight(4, 0);
  private final Alarm alarm = new Alarm(System::nanoTime);
  private final Launcher launcher = new Launcher(inFlight, alarm, new Endings(sagas));
  private final ManualSources sources = new ManualSources();

  /** The housekeeper of the node that {@link LocalSagas#NODE} is. */
  private Housekeeper housekeeper(Registry registry) {
    return housekeeper(registry, sagas);
  }

  private Housekeeper housekeeper(Registry registry, LocalSagas sagas) {
    Sources one = sources.withIds(id -> LocalSagas.NODE.value());
    var lease = new NodeLease(sagas, one, "test", LEASE, List.of());
    lease.join();
    assertThat(lease.node()).contains(LocalSagas.NODE);
    RunContext context = sagas.context(sources, lease);
    var joined = new JoinedStarts(context, launcher);
    return new Housekeeper(new Parts(registry, context, lease, inFlight, launcher, joined, alarm));
  }

  private Housekeeper housekeeper() {
    return housekeeper(LocalSagas.REGISTRY);
  }

  @Test
  void adoptsOnceWhatTheNodeOwnsAndHasNotHeldInTwoChecks() {
    SagaId lost = sagas.owned();
    Housekeeper housekeeper = housekeeper();
    housekeeper.selfCheck();
    assertThat(inFlight.holds(lost)).isFalse();

    housekeeper.selfCheck();
    await().until(() -> sagas.runsOf(lost) == 1 && !inFlight.holds(lost));
    housekeeper.selfCheck();
    housekeeper.selfCheck();
    assertThat(sagas.runsOf(lost)).isEqualTo(1);
  }

  @Test
  void adoptsAloneWhatMayHaveKilledItsLastOwners() {
    SagaId other = sagas.held();
    SagaId suspect = sagas.owned();
    sagas.crashed(2);
    launcher.launch(sagas.run(other));
    await().until(() -> sagas.runsOf(other) == 1);
    Housekeeper housekeeper = housekeeper();
    housekeeper.selfCheck();
    housekeeper.selfCheck();
    await().until(() -> inFlight.isAwaited() || sagas.runsOf(suspect) > 0);
    assertThat(sagas.runsOf(suspect)).isZero();
    sagas.letOut(other);

    await().until(() -> sagas.runsOf(suspect) == 1);
    assertThat(sagas.most).hasValue(1);
  }

  @Test
  void namesWhatThisVersionDoesNotKnow() {
    var store =
        new EmptyStore() {
          @Override
          public List<DefinitionRef> orphanedDefinitions() {
            throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
          }

          @Override
          public List<UnknownStatus> unknownStatuses() {
            return List.of(new UnknownStatus("PONDERING", sagas.unknown(), 2));
          }
        };
    var lease = new NodeLease(store, sources, "test", LEASE, List.of());
    RunContext context = LocalSagas.context(store, sources, lease);
    var joined = new JoinedStarts(context, launcher);
    var housekeeper =
        new Housekeeper(
            new Parts(LocalSagas.REGISTRY, context, lease, inFlight, launcher, joined, alarm));

    assertThat(Logged.linesOf(housekeeper::lookForUnknown))
        .anySatisfy(
            line ->
                assertThat(line).contains("does not know: [PONDERING (2 sagas, one is 00000000-"));
  }

  @Test
  void leavesAloneWhatRunsHere() {
    SagaId held = sagas.held();
    launcher.launch(sagas.run(held));
    var settled = new AtomicInteger();
    sagas.beforeAnswers(settled::incrementAndGet);
    Housekeeper housekeeper = housekeeper();

    for (int check = 0; check < 5; check++) {
      housekeeper.selfCheck();
    }
    sagas.letOut(held);

    await().until(() -> !inFlight.holds(held));
    assertThat(settled).as("its epoch is not raised").hasValue(0);
    assertThat(sagas.runsOf(held)).isEqualTo(1);
  }

  @Test
  void aSagaHeldBetweenTwoChecksHasToBeMissedTwiceAnew() {
    SagaId saga = sagas.owned();
    Housekeeper housekeeper = housekeeper();
    housekeeper.selfCheck();
    SagaRun run = sagas.run(saga);
    assertThat(inFlight.enter(run, () -> {})).isPresent();
    housekeeper.selfCheck();
    inFlight.leave(run, new RunEnd.Dropped());

    housekeeper.selfCheck();
    assertThat(inFlight.holds(saga)).isFalse();
    housekeeper.selfCheck();
    await().until(() -> sagas.runsOf(saga) == 1);
  }

  private static Stream<RuntimeException> failures() {
    return Stream.of(
        new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null),
        new IllegalArgumentException("a fault"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatCannotBeSettledIsAdoptedAtTheNextCheckAndStopsNoOther(RuntimeException failure) {
    SagaId one = sagas.owned();
    SagaId other = sagas.owned();
    var asked = new AtomicInteger();
    sagas.beforeAnswers(
        () -> {
          if (asked.incrementAndGet() == 1) {
            throw failure;
          }
        });
    Housekeeper housekeeper = housekeeper();
    housekeeper.selfCheck();
    housekeeper.selfCheck();
    await().until(() -> sagas.runsOf(one) + sagas.runsOf(other) == 1);

    await().until(() -> !inFlight.holds(one) && !inFlight.holds(other));
    housekeeper.selfCheck();
    await().until(() -> sagas.runsOf(one) == 1 && sagas.runsOf(other) == 1);
  }

  @Test
  void aNodeWhoseLeaseIsOverAdoptsNothing() {
    SagaId lost = sagas.owned();
    Housekeeper housekeeper = housekeeper();
    housekeeper.selfCheck();
    sources.pass(LEASE);
    housekeeper.selfCheck();
    housekeeper.selfCheck();

    assertThat(inFlight.holds(lost)).isFalse();
    assertThat(sagas.runsOf(lost)).isZero();
  }

  @Test
  void aSagaWhoseDefinitionIsNotKnownHereIsNotRun() {
    SagaId foreign = sagas.owned();
    Housekeeper housekeeper = housekeeper(Registry.of(List.of(), LocalSagas.NO_BEANS));
    housekeeper.selfCheck();
    housekeeper.selfCheck();

    assertThat(inFlight.holds(foreign)).isFalse();
  }

  @Test
  void theLookForLostLocksGoesOnWhereItStoppedAndBeginsAnew() {
    SagaId last = sagas.unknown();
    var searched = new ArrayList<Optional<SagaId>>();
    var lost =
        new LocalSagas() {
          @Override
          public FreedLocks freeLostLocks(Optional<SagaId> after, int limit) {
            searched.add(after);
            return new FreedLocks(1, after.isEmpty() ? Optional.of(last) : Optional.empty());
          }
        };
    Housekeeper housekeeper = housekeeper(LocalSagas.REGISTRY, lost);
    for (int look = 0; look < 3; look++) {
      housekeeper.freeLostLocks();
    }

    assertThat(searched).containsExactly(Optional.empty(), Optional.of(last), Optional.empty());
  }

  /** None of its definitions has locks. */
  @Test
  void seesToAllNotesOfLocksThatWereGivenBack() {
    var left = new AtomicInteger(3 * EngineLoop.WAKE_MAX + 1);
    var waking =
        new LocalSagas() {
          @Override
          public int wakeLockWaiters(int limit) {
            int seen = Math.min(limit, left.get());
            left.addAndGet(-seen);
            return seen;
          }
        };
    housekeeper(LocalSagas.REGISTRY, waking).wakeLockWaiters();

    assertThat(left).hasValue(0);
  }

  @Test
  void saysOnceThatItCannotLookForLostLocks() {
    var down =
        new LocalSagas() {
          @Override
          public FreedLocks freeLostLocks(Optional<SagaId> after, int limit) {
            throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
          }

          @Override
          public int wakeLockWaiters(int limit) {
            throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
          }
        };
    Housekeeper housekeeper = housekeeper(LocalSagas.REGISTRY, down);
    List<String> lines =
        Logged.linesOf(
            () -> {
              for (int look = 0; look < 3; look++) {
                housekeeper.freeLostLocks();
                housekeeper.wakeLockWaiters();
              }
            });

    assertThat(lines).filteredOn(line -> line.contains("cannot look for lost locks")).hasSize(1);
    assertThat(lines).filteredOn(line -> line.contains("cannot wake sagas")).hasSize(1);
  }
}

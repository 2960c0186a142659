package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.Rounds;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NodeId;
import io.skald.saga.SagaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Threads that want room at the same time, give it back, and hold the same saga. */
class InFlightThreadsTest {
  private final LocalSagas sagas = new LocalSagas();
  private final SagaId saga = sagas.owned();
  private final SagaRun first = sagas.run(saga);
  private final SagaRun second = sagas.run(saga);
  private final SagaRun later = sagas.run(saga, new NodeId(new UUID(1, 2)));

  @Test
  void whoeverIsTurnedAwayHearsOfRoom() {
    Rounds.play(TurnedAway::new);
  }

  @Test
  void thereIsNeverMoreInItThanRoomAndASuspectIsAlone() {
    Rounds.play(Crowd::new);
  }

  @Test
  void whoeverFindsARunIsToldItsEnd() {
    Rounds.play(random -> new Found());
  }

  @Test
  void aLaterIncarnationHoldsWhatAnEarlierOneLeaves() {
    Rounds.play(random -> new Replaced());
  }

  @Test
  void aClaimThatMeetsALeavingRunIsLaunchedByEitherOfThem() {
    Rounds.play(random -> new ClaimedAgain());
  }

  /** Some hold all room and leave, perhaps a suspect among them, while one looks for its lane's. */
  private static final class TurnedAway implements Rounds.Round {
    private final InFlight inFlight;
    private final List<Lane> running = new ArrayList<>();
    private final int kept;
    private final Lane wanted;
    private final boolean hasSuspect;
    private final AtomicBoolean turnedAway = new AtomicBoolean();
    private final AtomicInteger told = new AtomicInteger();

    TurnedAway(Random random) {
      int room = 1 + random.nextInt(2);
      kept = random.nextInt(room);
      wanted = kept > 0 && random.nextBoolean() ? Lane.URGENT : Lane.ORDINARY;
      hasSuspect = random.nextBoolean();
      inFlight = new InFlight(room, kept);
      for (int i = 0; i < room; i++) {
        Lane lane = i < kept ? Lane.URGENT : Lane.ORDINARY;
        assertThat(inFlight.reserve(lane)).isTrue();
        running.add(lane);
      }
    }

    @Override
    public List<Runnable> actors() {
      List<Runnable> actors = new ArrayList<>();
      actors.add(() -> turnedAway.set(inFlight.free(wanted) == 0));
      for (Lane lane : running) {
        actors.add(
            () -> {
              inFlight.unreserve(lane);
              leave();
            });
      }
      if (hasSuspect) {
        actors.add(this::suspect);
      }
      return actors;
    }

    private void suspect() {
      inFlight.reserveAll();
      alone(inFlight, () -> {});
      inFlight.unreserveAll();
      leave();
    }

    private void leave() {
      if (inFlight.isRoomForThoseTurnedAway()) {
        told.incrementAndGet();
      }
    }

    @Override
    public void check() {
      if (turnedAway.get()) {
        assertThat(told).as("told of room").hasValueGreaterThan(0);
      }
      assertThat(told).hasValueLessThan(2);
      assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(running.size() - kept);
      assertThat(inFlight.free(Lane.URGENT)).isEqualTo(running.size());
    }
  }

  private static void alone(InFlight inFlight, Runnable suspect) {
    try {
      inFlight.alone(
          () -> {
            suspect.run();
            return new RunEnd.Dropped();
          });
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Room is taken in every way there is, in both lanes, perhaps with some that is kept. */
  private static final class Crowd implements Rounds.Round {
    private static final int ROOM = 2;

    private final int kept;
    private final int suspects;
    private final InFlight inFlight;
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger ordinary = new AtomicInteger();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    Crowd(Random random) {
      kept = random.nextInt(2);
      suspects = random.nextInt(3);
      inFlight = new InFlight(ROOM, kept);
    }

    @Override
    public List<Runnable> actors() {
      List<Runnable> actors = new ArrayList<>();
      for (Lane lane : Lane.values()) {
        actors.add(() -> reserve(lane));
        actors.add(() -> await(lane));
      }
      for (int i = 0; i < suspects; i++) {
        actors.add(this::suspect);
      }
      return actors;
    }

    private void reserve(Lane lane) {
      for (int i = 0; i < 3; i++) {
        if (inFlight.reserve(lane)) {
          beInside(lane);
          inFlight.unreserve(lane);
        }
      }
    }

    private void suspect() {
      inFlight.reserveAll();
      alone(inFlight, () -> beInside(ROOM));
      inFlight.unreserveAll();
    }

    private void await(Lane lane) {
      try {
        inFlight.whenRoom(
            lane,
            () -> {
              beInside(lane);
              return new RunEnd.Dropped();
            });
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private void beInside(Lane lane) {
      int one = lane == Lane.ORDINARY ? 1 : 0;
      if (ordinary.addAndGet(one) > ROOM - kept) {
        faults.add("ordinary ones in what is kept");
      }
      beInside(1);
      ordinary.addAndGet(-one);
    }

    private void beInside(int room) {
      if (inside.addAndGet(room) > ROOM) {
        faults.add("more inside than there is room for");
      }
      for (int i = 0; i < 20; i++) {
        Thread.onSpinWait();
      }
      inside.addAndGet(-room);
    }

    @Override
    public void check() {
      assertThat(faults).isEmpty();
      assertThat(inFlight.free(Lane.ORDINARY)).isEqualTo(ROOM - kept);
      assertThat(inFlight.free(Lane.URGENT)).isEqualTo(ROOM);
    }
  }

  /** One looks for a run while it comes and goes. */
  private final class Found implements Rounds.Round {
    private final InFlight inFlight = new InFlight(1, 0);
    private volatile Optional<CompletableFuture<RunEnd>> found = Optional.empty();

    @Override
    public List<Runnable> actors() {
      return List.of(
          () -> {
            assertThat(inFlight.enter(first, () -> {})).isPresent();
            assertThat(inFlight.leave(first, new RunEnd.Dropped())).isEmpty();
          },
          () -> found = inFlight.find(saga));
    }

    @Override
    public void check() {
      found.ifPresent(end -> assertThat(end).isCompletedWithValue(new RunEnd.Dropped()));
      assertThat(inFlight.holds(saga)).isFalse();
    }
  }

  /** The node has joined anew, and claims what its former self is about to let go. */
  private final class Replaced implements Rounds.Round {
    private final InFlight inFlight = new InFlight(1, 0);
    private volatile Optional<CompletableFuture<RunEnd>> end = Optional.empty();

    Replaced() {
      assertThat(inFlight.enter(first, () -> {})).isPresent();
    }

    @Override
    public List<Runnable> actors() {
      return List.of(
          () -> assertThat(inFlight.leave(first, new RunEnd.Dropped())).isEmpty(),
          () -> end = inFlight.enter(later, () -> {}));
    }

    @Override
    public void check() {
      assertThat(end).isPresent();
      assertThat(inFlight.find(saga)).isEqualTo(end);
      assertThat(inFlight.leave(later, new RunEnd.Dropped())).isEmpty();
      assertThat(end.get()).isCompletedWithValue(new RunEnd.Dropped());
      assertThat(inFlight.holds(saga)).isFalse();
    }
  }

  /** A saga is claimed again while the run that parked it leaves. */
  private final class ClaimedAgain implements Rounds.Round {
    private final InFlight inFlight = new InFlight(1, 0);
    private final AtomicInteger launched = new AtomicInteger();

    ClaimedAgain() {
      assertThat(inFlight.enter(first, () -> {})).isPresent();
    }

    @Override
    public List<Runnable> actors() {
      return List.of(
          () -> inFlight.leave(first, new RunEnd.Dropped()).ifPresent(Runnable::run), this::claim);
    }

    private void claim() {
      if (inFlight.enter(second, this::claim).isPresent()) {
        launched.incrementAndGet();
        assertThat(inFlight.leave(second, new RunEnd.Dropped())).isEmpty();
      }
    }

    @Override
    public void check() {
      assertThat(launched).hasValue(1);
      assertThat(inFlight.holds(saga)).isFalse();
    }
  }
}

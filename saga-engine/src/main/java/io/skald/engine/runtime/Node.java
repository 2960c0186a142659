package io.skald.engine.runtime;

import io.skald.engine.journal.GroupCommitJournal;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaOperator;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaListener;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: the threads of an engine, and what they work with. Four platform threads (loop,
 * heartbeat, housekeeping, purge), and one for each saga while it runs, see {@link Launcher}. Safe
 * for use by several threads.
 */
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final Duration CHORES = Duration.ofMinutes(1);
  private static final Duration INTERRUPTED_WAIT = Duration.ofSeconds(5);

  private final NodeSettings settings;
  private final ThreadTimeLimit timeLimit = new ThreadTimeLimit();
  private final NodeLease lease;
  private final Parts parts;
  private final Endings endings;
  private final SagaClient client;
  private final SagaOperator operator;
  private final EngineLoop loop;
  private final Thread loopThread;
  private final ScheduledExecutorService heart = daemon("skald-heartbeat");
  private final ScheduledExecutorService house = daemon("skald-housekeeping");
  // a backlog of ended sagas must not keep the housekeeping from those that wait
  private final ScheduledExecutorService broom = daemon("skald-purge");
  private volatile State state = State.NEW;
  private volatile boolean isTimeUp;

  private enum State {
    NEW,
    OPEN,
    CLOSED
  }

  /**
   * What a node is given.
   *
   * @param store where sagas are kept
   * @param codec reads and writes payloads
   * @param fleetLimits limits of the fleet on remote attempts
   * @param guard stands around remote attempts
   * @param listener hears what happened
   * @param binding the application's transactions, if it has a manager of its own
   * @param limits bounds of what is stored
   * @param sources where time, randomness and ids come from
   */
  public record Equipment(
      SagaStore store,
      PayloadCodec codec,
      Collection<Limit> fleetLimits,
      AttemptGuard guard,
      SagaListener listener,
      @Nullable TransactionBinding binding,
      Limits limits,
      Sources sources) {}

  /** A node that has not joined yet. */
  public Node(Equipment equipment, Registry registry, NodeSettings settings) {
    Sources sources = equipment.sources();
    this.settings = settings;
    // a node that runs nothing must not be taken for one that can
    List<DefinitionRef> runnable = settings.concurrency() == 0 ? List.of() : registry.refs();
    this.lease =
        new NodeLease(equipment.store(), sources, settings.name(), settings.lease(), runnable);
    var alarm = new Alarm(sources::nanoTime);
    var context =
        new RunContext(
            equipment.store(),
            new GroupCommitJournal(equipment.store(), sources::nanoTime),
            equipment.codec(),
            new FleetLimits(equipment.fleetLimits(), equipment.store(), sources, alarm::ringAfter),
            new LanedGuard(equipment.guard(), sources),
            timeLimit,
            ThreadCrew::new,
            node -> !isTimeUp && lease.isHeld(node),
            sources,
            equipment.listener(),
            equipment.limits(),
            new RestPaces(equipment.store(), sources),
            alarm::ring);
    var inFlight = new InFlight(settings.concurrency(), settings.kept());
    this.endings = new Endings(equipment.store());
    var launcher = new Launcher(inFlight, alarm, endings);
    var joined = new JoinedStarts(context, launcher);
    this.parts = new Parts(registry, context, lease, inFlight, launcher, joined, alarm);
    var caller = CallerTransaction.ambient(equipment.binding());
    this.client = NodeClient.of(parts, endings, this::requireOpen, caller);
    this.operator =
        new Operator(
            registry, equipment.store(), equipment.codec(), equipment.limits(), alarm::ring);
    this.loop = new EngineLoop(parts, settings.pollInterval());
    this.loopThread = Thread.ofPlatform().daemon().name("skald-loop").unstarted(loop);
  }

  private static ScheduledExecutorService daemon(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().daemon().name(name).factory());
  }

  /**
   * Joins, and begins to work.
   *
   * @throws io.skald.saga.error.SagaDefinitionException if a definition contradicts one in use
   * @throws IllegalStateException if it was opened before
   */
  public synchronized void open() {
    if (state != State.NEW) {
      throw new IllegalStateException("the engine was opened before (expected: once)");
    }
    lease.join();
    var housekeeper = new Housekeeper(parts);
    var purger =
        new Purger(
            parts.context().store(),
            settings.retention(),
            settings.archive(),
            parts.context().sources());
    var unclaimed = new UnclaimedSignals(parts.context().store());
    every(heart, settings.heartbeat(), lease::beat);
    every(house, settings.pollInterval(), parts.joined()::lookAtAll);
    every(house, settings.pollInterval(), endings::lookAtAll);
    every(house, settings.heartbeat(), housekeeper::selfCheck);
    every(house, CHORES, housekeeper::lookForOrphans);
    every(house, CHORES, housekeeper::lookForUnknown);
    every(house, CHORES, unclaimed::report);
    every(house, CHORES, housekeeper::freeLostLocks);
    every(house, CHORES, housekeeper::wakeLockWaiters);
    every(broom, CHORES, purger::purge);
    every(broom, CHORES, () -> unclaimed.purge(settings.retention().completed()));
    loopThread.start();
    state = State.OPEN;
    NodeLog.opened(settings, lease.node(), parts.registry().refs());
  }

  private static void every(ScheduledExecutorService executor, Duration interval, Runnable chore) {
    // a chore that throws would never be run again
    Runnable safe =
        () -> {
          try {
            chore.run();
          } catch (RuntimeException | Error e) {
            LOG.error("a fault in the engine; this chore is done again at its next turn", e);
          }
        };
    // a chore ends with its executor and has no result
    var unused =
        executor.scheduleWithFixedDelay(
            safe, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Stops claiming, waits for what runs, interrupts what goes on for too long, and gives up what
   * this node owns, so that others go on with it at once. Does nothing if it was never opened.
   */
  @Override
  public synchronized void close() {
    State before = state;
    state = State.CLOSED;
    if (before == State.OPEN) {
      var incarnation = lease.node();
      NodeLog.closing(settings, incarnation);
      loop.stop();
      boolean atRest = awaitRunning();
      heart.shutdown();
      if (atRest) {
        leave();
        NodeLog.closed(settings, incarnation);
      } else {
        // whoever takes over must know that attempts were under way: as from a node that died
        LOG.warn("attempts ignore their interruption; their sagas are taken over with the lease");
        fallSilent();
      }
    }
    heart.shutdown();
    house.shutdown();
    broom.shutdownNow();
  }

  /** Answers whether nothing runs any more. */
  private boolean awaitRunning() {
    try {
      boolean stopped = loopThread.join(settings.shutdownTimeout());
      boolean atRest = isAtRestWithin(settings.shutdownTimeout());
      if (!stopped || !atRest) {
        giveUp();
        // a claim that was under way may have brought more
        stopped = loopThread.join(INTERRUPTED_WAIT);
        atRest = isAtRestWithin(INTERRUPTED_WAIT);
      }
      return stopped && atRest;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      giveUp();
      return false;
    }
  }

  private boolean isAtRestWithin(Duration max) throws InterruptedException {
    return parts.inFlight().awaitNone(max, parts.context().sources());
  }

  /** What is under way is interrupted, and whoever insists on a store that is down does not. */
  private void giveUp() {
    isTimeUp = true;
    timeLimit.interruptAll();
  }

  private void leave() {
    try {
      lease.leave();
    } catch (SagaStoreException e) {
      LOG.warn("cannot give up this node's sagas; others take them over when its lease ends", e);
    }
  }

  private void fallSilent() {
    try {
      lease.fallSilent();
    } catch (SagaStoreException e) {
      LOG.warn("the store's resources for heartbeats are given back later, or not at all", e);
    }
  }

  /** Starts sagas, signals them and asks for them. */
  public SagaClient client() {
    return client;
  }

  /** Moves sagas by hand. */
  public SagaOperator operator() {
    return operator;
  }

  /** Why this node cannot run sagas now, if it cannot. */
  public Optional<String> trouble() {
    if (state != State.OPEN) {
      return Optional.of("the engine is not open");
    }
    return lease.node().isPresent()
        ? loop.trouble()
        : Optional.of("the node's lease has run out: no heartbeat was answered in time");
  }

  private void requireOpen() {
    if (state != State.OPEN) {
      throw new IllegalStateException("the engine is not open (expected: open() before start)");
    }
  }
}

package io.skald.engine.runtime;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims what is due, as much as there is room for, until the engine stops. It is there for sagas
 * that waited, or whose owner died: a saga started here runs without it.
 */
final class EngineLoop implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);

  /** How many sagas are claimed at once at most: 64. */
  static final int CLAIM_MAX = 64;

  /** How many notes of locks that were given back are seen to at once at most: 64. */
  static final int WAKE_MAX = 64;

  /** How often in a row at most, lest claims are held up: 16 times. */
  private static final int WAKES_MAX = 16;

  /** How many signals are routed at once at most: 256. */
  static final int ROUTE_MAX = 256;

  private final Registry registry;
  private final boolean usesLocks;
  private final RunContext context;
  private final NodeLease lease;
  private final InFlight inFlight;
  private final Launcher launcher;
  private final Alarm alarm;
  private final Duration pollInterval;
  private volatile boolean stopping;
  private final Outage outage = new Outage();
  private final Outage routing = new Outage();
  private final Outage waking = new Outage();

  EngineLoop(Parts parts, Duration pollInterval) {
    this.registry = parts.registry();
    this.usesLocks = registry.usesLocks();
    this.context = parts.context();
    this.lease = parts.lease();
    this.inFlight = parts.inFlight();
    this.launcher = parts.launcher();
    this.alarm = parts.alarm();
    this.pollInterval = pollInterval;
  }

  @Override
  public void run() {
    try {
      while (!stopping) {
        if (!isMoreToClaim()) {
          alarm.await(pollInterval);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the loop; what runs goes on. */
  void stop() {
    stopping = true;
    alarm.ring();
  }

  /** Nothing that goes wrong in one turn may be the last one: nobody else claims for this node. */
  private boolean isMoreToClaim() {
    try {
      Poll poll = look();
      if (poll.due()) {
        return claimAll(poll);
      }
      // the store answers, which is all that a claim that finds nothing would say
      endOutage();
      return false;
    } catch (RuntimeException | Error e) {
      // once, and not at every poll
      if (outage.isNews(e)) {
        LOG.error(
            "a fault in the engine; it claims again every {}", DurationText.of(pollInterval), e);
      }
      return false;
    }
  }

  /**
   * Wakes the sagas that permits are free for, or that signals of callers' transactions were sent
   * to, though there may be no room for them here; answers whether there may be something to claim.
   */
  private Poll look() {
    // first, so that the poll finds whom it has woken
    wakeLockWaiters();
    // whoever is woken is to be claimed, and who is alive tells who knows which saga
    if (!context.fleet().isEmpty() && lease.node().isPresent()) {
      inFlight.roomFor().ifPresent(context.fleet()::wakeWaiters);
    }
    try {
      Poll poll = poll();
      while (poll.routed() == ROUTE_MAX) {
        poll = poll();
      }
      if (routing.end()) {
        LOG.info("routes signals again");
      }
      return poll;
    } catch (SagaStoreException e) {
      // the claim that follows need not meet the same trouble: then nobody else would tell
      if (routing.isNews(e)) {
        LOG.warn("cannot route signals; tried again every {}", DurationText.of(pollInterval), e);
      }
      return new Poll(0, true, true);
    }
  }

  /** Wakes those whose turn for a lock it may be. Whatever goes wrong here, claims go on. */
  private void wakeLockWaiters() {
    try {
      if (usesLocks) {
        wakeAll(context.store());
      }
      if (waking.end()) {
        LOG.info("wakes sagas that wait for locks again");
      }
    } catch (RuntimeException | Error e) {
      if (waking.isNews(e)) {
        LOG.warn(
            "cannot wake sagas that wait for locks; tried again every {}",
            DurationText.of(pollInterval),
            e);
      }
    }
  }

  /** Answers whether there was anybody to be woken. */
  static boolean wakeAll(SagaStore store) {
    int seen = store.wakeLockWaiters(WAKE_MAX);
    boolean isAny = seen > 0;
    for (int times = 1; seen == WAKE_MAX && times < WAKES_MAX; times++) {
      seen = store.wakeLockWaiters(WAKE_MAX);
    }
    return isAny;
  }

  private Poll poll() {
    return context.store().poll(registry.refs(), ROUTE_MAX);
  }

  private void endOutage() {
    if (outage.end()) {
      LOG.info("claims sagas again");
    }
  }

  /**
   * Claims once in the room there is for all, and once in what is kept for urgent sagas; answers
   * whether there may be more.
   */
  private boolean claimAll(Poll poll) {
    Optional<NodeId> node = lease.node();
    return node.isPresent() ? claimAll(node.get(), poll) : nothingIsClaimed();
  }

  private boolean claimAll(NodeId node, Poll poll) {
    int limit = Math.min(CLAIM_MAX, inFlight.free(Lane.ORDINARY));
    if (limit > 0 && !isLimitClaimed(node, limit)) {
      return false;
    }
    int kept = poll.urgent() ? Math.min(CLAIM_MAX, inFlight.freeKept()) : 0;
    if (kept > 0) {
      return isLimitClaimedUrgent(node, kept) || limit > 0;
    }
    return limit > 0 || nothingIsClaimed();
  }

  /** What failed before says nothing any more about a node that claims nothing now. */
  private boolean nothingIsClaimed() {
    var unused = outage.end();
    return false;
  }

  private boolean isLimitClaimed(NodeId node, int limit) {
    SagaStore store = context.store();
    return launched(node, () -> store.claim(node, registry.refs(), limit)) == limit;
  }

  private boolean isLimitClaimedUrgent(NodeId node, int limit) {
    SagaStore store = context.store();
    return launched(node, () -> store.claimUrgent(node, registry.refs(), limit)) == limit;
  }

  /** Launches what a claim answers; answers how much that was. */
  private int launched(NodeId node, Supplier<List<Claim>> claim) {
    List<Claim> claims = claimed(claim);
    // a suspect waits until it is alone: what comes with it is not to wait for that
    claims.stream()
        .flatMap(one -> run(node, one).stream())
        .sorted(Comparator.comparing(SagaRun::isSuspect))
        .forEach(this::launch);
    return claims.size();
  }

  /**
   * Why the last claim failed, if it did and there is room for another; or else the last poll, or
   * the last look whose turn for a lock it is.
   */
  Optional<String> trouble() {
    return Stream.of(outage, routing, waking)
        .flatMap(trouble -> Optional.ofNullable(trouble.reason()).stream())
        .findFirst()
        .or(context.fleet()::trouble);
  }

  private List<Claim> claimed(Supplier<List<Claim>> claim) {
    try {
      List<Claim> claims = claim.get();
      endOutage();
      return claims;
    } catch (SagaStoreException e) {
      // once, and not at every poll: a missing grant is mended by people
      if (outage.isNews(e)) {
        LOG.warn("cannot claim sagas; tried again every {}", DurationText.of(pollInterval), e);
      }
      return List.of();
    }
  }

  /** What is wrong with one saga is not to keep those from running that were claimed with it. */
  private Optional<SagaRun> run(NodeId node, Claim claim) {
    try {
      RegisteredSaga saga = registry.require(claim.snapshot().saga().definition());
      return Optional.of(SagaRun.claimed(saga, context, node, claim));
    } catch (RuntimeException e) {
      SagaId id = claim.snapshot().saga().id();
      LOG.error("saga {}: cannot be run here; the self-check looks at it again", id, e);
      return Optional.empty();
    }
  }

  private void launch(SagaRun run) {
    Lane lane = run.lane();
    if (!run.isSuspect() && inFlight.reserve(lane)) {
      var unused = launcher.launchReserved(run, lane);
    } else {
      launcher.launch(run);
    }
  }
}

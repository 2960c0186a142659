package io.skald.engine.runtime;

import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.PendingSignals;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.SignalRow;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The waits of a saga: for its locks, for a time, for a signal, for another saga. They are begun,
 * looked after and ended here. Confined to the thread that runs the saga.
 */
final class SagaWaits {
  private static final Logger LOG = LoggerFactory.getLogger(SagaWaits.class);

  private final RunContext context;
  private final OwnedSaga owned;
  private final Recorder recorder;
  private final OwnSteps own;
  private final ChildSagas children;
  private final SignalTray signals;
  private final LockSteps locks;

  SagaWaits(
      RunContext context, OwnedSaga owned, Recorder recorder, OwnSteps own, ChildSagas children) {
    this.context = context;
    this.owned = owned;
    this.recorder = recorder;
    this.own = own;
    this.children = children;
    this.signals = new SignalTray(context, own.reader());
    this.locks = own.locks();
  }

  void begin(Decision.BeginWait begin) throws InterruptedException {
    recorder.record(own.beginWait(owned.held(), begin));
  }

  /** Asks for the saga's locks, and goes on with them or begins to wait. */
  void takeLocks(Decision.TakeLocks take) throws InterruptedException {
    var place = new Place(take.step(), Direction.ACTION, take.attempt());
    var plan = (LockPlan) take.step().plan();
    LockRequest request;
    try {
      request = locks.request(owned.held(), plan);
    } catch (Throwable e) {
      recorder.record(locks.hopeless(place, e));
      return;
    }
    Instant asked = owned.now();
    Optional<LockResult> result =
        owned.ask(() -> context.store().acquireLocks(owned.held().fence(), request));
    if (result.isPresent()) {
      answered(place, plan, result.get(), asked);
    }
  }

  private void answered(Place place, LockPlan plan, LockResult result, Instant asked)
      throws InterruptedException {
    switch (result) {
      case LockResult.Granted granted -> {
        // nothing was looked for: a wait for a signal has to look
        owned.tell(new Event.SignalsRead(null));
        recorder.record(locks.granted(place));
      }
      case LockResult.Waiting waiting -> {
        // whoever wakes it raises the number it goes by, and its park fails
        owned.tell(new Event.SignalsRead(new PendingSignals(waiting.signals(), List.of(), asked)));
        if (waiting.turn() == LockResult.Turn.NEW || !owned.isAt(place, LogStatus.WAITING)) {
          recorder.record(locks.waiting(place, plan, LockSteps.words(waiting)));
        }
      }
      case LockResult.NotShared missing -> recorder.record(locks.notShared(place, missing));
      case LockResult.FenceLost lost -> owned.settle();
    }
  }

  void startChild(Decision.StartChild start) throws InterruptedException {
    Recording recording = children.start(owned.held(), start);
    if (recorder.record(recording) == Written.DUPLICATE) {
      recordIfKnown(owned.ask(() -> children.taken(recording)));
    }
  }

  void callBack(Place place) throws InterruptedException {
    HeldSaga held = owned.held();
    recordUnlessLater(owned.ask(() -> children.callBack(held, place)));
  }

  void lookForSignals() throws InterruptedException {
    // the time is taken before the look: what was sent later may be missing
    Optional<PendingSignals> seen = owned.ask(() -> signals.look(owned.held().id(), owned.now()));
    if (seen.isPresent()) {
      owned.tell(new Event.SignalsRead(seen.get()));
    }
  }

  void receive(Decision.Receive receive) throws InterruptedException {
    HeldSaga held = owned.held();
    var place = new Place(receive.step(), receive.direction(), receive.attempt());
    if (receive.step().plan() instanceof ChildPlan) {
      recordUnlessLater(owned.ask(() -> children.look(owned.held(), place, receive.signal())));
      return;
    }
    var asked = owned.ask(() -> context.store().pendingSignal(receive.signal()));
    Optional<SignalRow> signal = asked.flatMap(found -> found);
    if (signal.isPresent() && signals.isReadable(held.id(), receive.step(), signal.get())) {
      recorder.record(own.received(held, place, signal.get()));
    } else {
      // whoever consumed it may own the saga by now; if not, another look shows what is left
      owned.tell(new Event.SignalsRead(null));
    }
  }

  void timeUp(Decision.TimeUp up) throws InterruptedException {
    var place = new Place(up.step(), up.direction(), up.attempt());
    if (up.step().plan() instanceof ChildPlan) {
      recordUnlessLater(owned.ask(() -> children.look(owned.held(), place, null)));
    } else if (up.step().plan() instanceof LockPlan plan) {
      String why = owned.held().errorOf(place.step().path(), Direction.ACTION);
      recorder.record(locks.timeUp(place, plan, why));
    } else {
      recorder.record(own.timeUp(owned.held(), place));
    }
  }

  /** What a later version wrote is for its nodes: until they have, this saga waits as it is. */
  private void recordUnlessLater(Optional<Optional<Recording>> asked) throws InterruptedException {
    if (asked.isPresent() && asked.get().isEmpty()) {
      LOG.warn(
          "saga {}: this version does not know the status of the saga it started, but a later"
              + " version may; the self-check looks at it again",
          owned.held().id());
      owned.drop();
    } else {
      recordIfKnown(asked.flatMap(recording -> recording));
    }
  }

  private void recordIfKnown(Optional<Recording> recording) throws InterruptedException {
    if (recording.isPresent()) {
      recorder.record(recording.get());
    }
  }
}

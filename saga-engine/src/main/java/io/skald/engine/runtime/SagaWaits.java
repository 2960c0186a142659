package io.skald.engine.runtime;

import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.PendingSignals;
import io.skald.engine.spi.SignalRow;
import io.skald.saga.definition.ChildPlan;
import java.util.Optional;

/**
 * The waits of a saga: for a time, for a signal, for another saga. They are begun, looked after and
 * ended here. Confined to the thread that runs the saga.
 */
final class SagaWaits {
  private final RunContext context;
  private final OwnedSaga owned;
  private final Recorder recorder;
  private final OwnSteps own;
  private final ChildSagas children;
  private final SignalTray signals;

  SagaWaits(
      RunContext context, OwnedSaga owned, Recorder recorder, OwnSteps own, ChildSagas children) {
    this.context = context;
    this.owned = owned;
    this.recorder = recorder;
    this.own = own;
    this.children = children;
    this.signals = new SignalTray(context, own.reader());
  }

  void begin(Decision.BeginWait begin) throws InterruptedException {
    recorder.record(own.beginWait(owned.held(), begin));
  }

  void startChild(Decision.StartChild start) throws InterruptedException {
    Recording recording = children.start(owned.held(), start);
    if (recorder.record(recording) == Written.DUPLICATE) {
      recordIfKnown(owned.ask(() -> children.taken(recording)));
    }
  }

  void callBack(Place place) throws InterruptedException {
    HeldSaga held = owned.held();
    recordIfKnown(owned.ask(() -> children.callBack(held, place)));
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
      recordIfKnown(owned.ask(() -> children.look(owned.held(), place, receive.signal())));
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
      recordIfKnown(owned.ask(() -> children.look(owned.held(), place, null)));
    } else {
      recorder.record(own.timeUp(owned.held(), place));
    }
  }

  private void recordIfKnown(Optional<Recording> recording) throws InterruptedException {
    if (recording.isPresent()) {
      recorder.record(recording.get());
    }
  }
}

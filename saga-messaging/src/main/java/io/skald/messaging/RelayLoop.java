package io.skald.messaging;

import io.skald.engine.runtime.Sources;
import io.skald.engine.spi.OutboxMessage;
import io.skald.engine.spi.OutboxPage;
import io.skald.engine.spi.OutboxStore;
import io.skald.engine.spi.RelayId;
import io.skald.messaging.Recorder.Outcome;
import io.skald.messaging.Sendings.Sending;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads what is to be sent, sends it, and has written down what became of it. Everything it knows
 * is confined to its thread; what others have to say comes by its mailbox. It may send a message
 * twice, after a crash or beside another relay that took its share over; it never sends one before
 * the broker has those of its key that came before, so whoever knows the ids meets them in order.
 */
final class RelayLoop implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);

  /** How much payload is loaded at a time at most, and from how much on nothing more is: 16 MiB. */
  private static final long BYTES_MAX = 16L << 20;

  private static final Duration MOMENT = Duration.ofMillis(50);

  private final OutboxStore store;
  private final RelayOptions options;
  private final Sources sources;
  private final Recorder recorder;
  private final Shares shares;
  private final Backlog backlog;
  private final Sender sender;
  private final Pace pace;
  private final BlockingQueue<Event> mailbox = new LinkedBlockingQueue<>();
  private final AtomicBoolean isWoken = new AtomicBoolean();
  private volatile boolean stopping;
  private volatile @Nullable String trouble;

  /** What others have to say. */
  private sealed interface Event {
    /** The transport has answered; {@code failure} is null if the broker has the message. */
    record Answered(Sending sending, @Nullable Throwable failure) implements Event {}

    /** What became of a message is written down. */
    record Recorded(Outcome outcome) implements Event {}

    /** There may be something to do. */
    record Woken() implements Event {}
  }

  RelayLoop(OutboxStore store, Transport transport, RelayOptions options, Sources sources) {
    this.store = store;
    this.options = options;
    this.sources = sources;
    this.recorder =
        new Recorder(store, sources, outcome -> mailbox.add(new Event.Recorded(outcome)));
    var relay = new RelayId(sources.newId());
    this.shares = new Shares(store, relay, options.lease(), options.heartbeat());
    this.backlog = new Backlog(options.loadedMax());
    this.sender =
        new Sender(
            transport,
            options,
            sources,
            backlog,
            recorder,
            (sending, failure) -> mailbox.add(new Event.Answered(sending, failure)));
    this.pace = new Pace(options.pollInterval(), sources.nanoTime());
  }

  /** Something was published, or is about to be. */
  void wake() {
    // one is enough, however many are published
    if (isWoken.compareAndSet(false, true)) {
      mailbox.add(new Event.Woken());
    }
  }

  /** Ends the loop once what is under way is answered, or the patience for that is over. */
  void stop() {
    stopping = true;
    mailbox.add(new Event.Woken());
  }

  /** Why nothing is loaded, or nothing is sent, if that is so. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble).or(shares::trouble).or(sender::trouble);
  }

  @Override
  public void run() {
    Thread writer = Thread.ofPlatform().daemon().name("skald-relay-recorder").start(recorder);
    try {
      while (!stopping) {
        turn();
      }
      comeToRest();
    } catch (InterruptedException e) {
      if (!stopping) {
        trouble = "interrupted";
        LOG.error("relay: its thread was interrupted; it sends nothing more, and others take over");
      }
    } finally {
      // whoever is interrupted is given no connection to leave by
      boolean isInterrupted = Thread.interrupted();
      shares.leave();
      writer.interrupt();
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Nothing that goes wrong in one turn may be the last one: nobody else sends from its buckets.
   */
  private void turn() throws InterruptedException {
    try {
      beat();
      load();
      sender.sendAll(this::isOwned);
      hear(untilNext());
    } catch (RuntimeException | Error e) {
      String text = ErrorLine.of(e);
      if (!text.equals(trouble)) {
        trouble = text;
        LOG.warn("relay: a fault; it goes on in {}", options.pollInterval(), e);
      }
      hear(options.pollInterval());
    }
  }

  private void beat() {
    long now = sources.nanoTime();
    if (recorder.writingFor().compareTo(options.lease()) > 0) {
      // what it sends is recorded by nobody: others are to have its share
      trouble = "what became of messages cannot be recorded";
    } else if (shares.isBeatDue(now)) {
      shares.beat(now, backlog::countOf);
    }
    shares.shed(backlog::countOf);
  }

  private boolean isOwned(int bucket) {
    return shares.isOwned(bucket, sources.nanoTime());
  }

  private boolean isRoom() {
    return backlog.isRoom() && backlog.bytes() <= BYTES_MAX;
  }

  private void load() {
    long now = sources.nanoTime();
    if (!pace.isDue(now) || !isRoom()) {
      return;
    }
    pace.looks(now);
    Map<Integer, Integer> rooms = backlog.rooms(shares.wanted(now));
    if (rooms.isEmpty()) {
      return;
    }
    try {
      OutboxPage found = store.pending(rooms, backlog.positions(), BYTES_MAX);
      backlog.add(found.messages());
      if (found.messages().isEmpty() && !found.isMore()) {
        pace.foundNothing();
      } else {
        pace.found();
      }
      trouble = null;
    } catch (RuntimeException | Error e) {
      // what is loaded is sent all the same
      if (trouble == null) {
        LOG.warn("relay: cannot look for messages; tried again in {}", options.pollInterval(), e);
      }
      trouble = ErrorLine.of(e);
    }
  }

  private Duration untilNext() {
    long now = sources.nanoTime();
    Duration next = sender.untilNext(now, shares.untilBeat(now));
    // without room it is the next answer that counts
    return isRoom() ? Sender.shorter(next, pace.untilDue(now)) : next;
  }

  /** Waits for something to do, and takes in all there is. */
  private void hear(Duration max) throws InterruptedException {
    Event event = mailbox.poll(Math.max(0, max.toNanos()), TimeUnit.NANOSECONDS);
    while (event != null) {
      take(event);
      event = mailbox.poll();
    }
    sender.giveUpOverdue();
  }

  private void take(Event event) {
    switch (event) {
      case Event.Answered(Sending sending, Throwable failure) -> sender.answered(sending, failure);
      case Event.Recorded(Outcome.Sent(OutboxMessage message)) -> backlog.forget(message);
      case Event.Recorded(Outcome outcome) -> {
        backlog.forgetLine(outcome.message());
        pace.hurry();
      }
      case Event.Woken woken -> {
        isWoken.set(false);
        pace.hurry();
      }
    }
  }

  /** Lets what is under way be answered and written down. */
  private void comeToRest() throws InterruptedException {
    long end = sources.nanoTime() + options.shutdownTimeout().toNanos();
    while (sender.underWay() > 0 || recorder.isBusy()) {
      Duration left = Duration.ofNanos(end - sources.nanoTime());
      if (left.isNegative()) {
        LOG.warn("relay: {} messages have no answer; others send them again", sender.underWay());
        break;
      }
      hear(Sender.shorter(left, MOMENT));
    }
  }
}

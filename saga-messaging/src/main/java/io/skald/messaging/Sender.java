package io.skald.messaging;

import io.skald.engine.runtime.Sources;
import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.Recorder.Outcome;
import io.skald.messaging.Sendings.Sending;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands messages to the transport, and judges its answers: whether the broker has a message, the
 * broker is away, the message is in trouble, or no broker will ever take it. Confined to one
 * thread, but for what the transport answers, which goes to the mailbox.
 */
final class Sender {
  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
  private static final Duration AT_ONCE = Duration.ofMillis(100);
  private static final Duration RETRY_MIN = Duration.ofSeconds(1);
  private static final Duration RETRY_MAX = Duration.ofMinutes(1);

  private final Transport transport;
  private final RelayOptions options;
  private final Sources sources;
  private final Backlog backlog;
  private final Recorder recorder;
  private final Mailbox mailbox;
  private final Sendings sendings;
  private final Door door = new Door();
  private final Map<Long, Long> suspects = new HashMap<>();
  private @Nullable Long doubted;
  private boolean isMoreToSend;
  private volatile @Nullable String trouble;

  /** Where answers go, from whatever thread. */
  @FunctionalInterface
  interface Mailbox {
    /**
     * The transport has answered.
     *
     * @param failure null if the broker has the message
     */
    void answered(Sending sending, @Nullable Throwable failure);
  }

  Sender(
      Transport transport,
      RelayOptions options,
      Sources sources,
      Backlog backlog,
      Recorder recorder,
      Mailbox mailbox) {
    this.transport = transport;
    this.options = options;
    this.sources = sources;
    this.backlog = backlog;
    this.recorder = recorder;
    this.mailbox = mailbox;
    this.sendings = new Sendings(options.sendTimeout());
  }

  /**
   * Sends what may be sent; what is not this relay's any more is left to whose it is. A transport
   * that takes its time, though it should not, has its answers heard in between.
   */
  void sendAll(IntPredicate owned) {
    isMoreToSend = false;
    long end = sources.nanoTime() + AT_ONCE.toNanos();
    while (isRoom()) {
      Optional<OutboxMessage> next = next();
      if (next.isEmpty()) {
        return;
      }
      if (owned.test(next.get().bucket())) {
        send(next.get());
      } else {
        suspects.remove(next.get().position());
        backlog.forgetLine(next.get());
      }
      if (sources.nanoTime() - end >= 0) {
        isMoreToSend = true;
        return;
      }
    }
  }

  private boolean isRoom() {
    int underWay = door.isShut() ? sendings.countSince(door.shutAt()) : sendings.count();
    return underWay < door.width(sources.nanoTime());
  }

  /**
   * Of those that failed before one at a time: a broker that comes and goes is not to be held
   * against a thousand of them. When it is not known whether the broker is there, others first.
   */
  private Optional<OutboxMessage> next() {
    if (doubted != null && sendings.isUnderWay(doubted)) {
      return backlog.next();
    }
    return door.isShut() ? backlog.next().or(this::nextDoubtful) : nextDoubtful().or(backlog::next);
  }

  private Optional<OutboxMessage> nextDoubtful() {
    Optional<OutboxMessage> next = backlog.nextDoubtful();
    next.ifPresent(message -> doubted = message.position());
    return next;
  }

  private void send(OutboxMessage message) {
    var sending = new Sending(message, sources.nanoTime());
    sendings.add(sending);
    try {
      var unused =
          transport
              .send(message)
              .whenComplete((kept, failure) -> mailbox.answered(sending, causeOf(failure)));
    } catch (RuntimeException | Error e) {
      // a client library that is not there is an Error
      mailbox.answered(sending, e);
    }
  }

  private static @Nullable Throwable causeOf(@Nullable Throwable failure) {
    if (failure instanceof CompletionException || failure instanceof ExecutionException) {
      Throwable cause = failure.getCause();
      return cause == null ? failure : causeOf(cause);
    }
    return failure;
  }

  /** How long it is until something has to be done here, if nobody answers; at most {@code max}. */
  Duration untilNext(long now, Duration max) {
    if (isMoreToSend) {
      return Duration.ZERO;
    }
    Duration next = shorter(max, sendings.untilOverdue(now).orElse(max));
    Duration open = door.untilOpen(now);
    return open.isZero() ? next : shorter(next, open);
  }

  static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  int underWay() {
    return sendings.count();
  }

  /** Why nothing is sent just now, if that is so. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  void giveUpOverdue() {
    for (Sending sending : sendings.overdue(sources.nanoTime())) {
      failed(sending, new IllegalStateException("no answer within " + options.sendTimeout()));
    }
  }

  /** Of an attempt that was given up, and perhaps made again, success alone is news. */
  void answered(Sending sending, @Nullable Throwable failure) {
    boolean isAwaited = sendings.end(sending);
    if (failure == null) {
      kept(sending.message(), isAwaited);
    } else if (isAwaited) {
      failed(sending, failure);
    }
  }

  /**
   * The broker has it, however late it says so: a broker slower than the patience for it would have
   * the same messages sent for ever. What is in trouble already, or left to others, is written down
   * all the same.
   */
  private void kept(OutboxMessage message, boolean isAwaited) {
    door.succeeded(sources.nanoTime());
    trouble = null;
    suspects.remove(message.position());
    if (isAwaited || sendings.endAnother(message) || backlog.takeBack(message)) {
      backlog.sent(message);
    }
    recorder.record(new Outcome.Sent(message));
  }

  private void failed(Sending sending, Throwable failure) {
    OutboxMessage message = sending.message();
    String error = ErrorLine.of(failure);
    if (failure instanceof RefusedMessageException) {
      LOG.error("{}: refused for good; {}; {}", message, error, whatHappens(message));
      suspects.remove(message.position());
      recorder.record(new Outcome.Failed(message, error));
      return;
    }
    long now = sources.nanoTime();
    Long before = suspects.put(message.position(), now);
    boolean wasShut = door.isShut();
    switch (door.failed(new Door.Failure(sending.sentAt(), before, now), sources.random())) {
      case UNCLEAR -> backlog.again(message);
      case BROKER -> {
        trouble = error;
        if (!wasShut) {
          LOG.warn("{}: cannot be sent, nor anything else; tried again; {}", message, error);
        }
        backlog.again(message);
      }
      case MESSAGE -> {
        suspects.remove(message.position());
        inTrouble(message, error);
      }
    }
  }

  private void inTrouble(OutboxMessage message, String error) {
    int attempt = message.attempts() + 1;
    if (attempt < options.attemptsMax()) {
      Duration retryAfter = retryAfter(attempt);
      LOG.warn("{}: failed {} times; tried again in {}; {}", message, attempt, retryAfter, error);
      recorder.record(new Outcome.Postponed(message, retryAfter, error));
    } else {
      LOG.error(
          "{}: failed {} times while others were sent; {}; {}",
          message,
          attempt,
          error,
          whatHappens(message));
      recorder.record(new Outcome.Failed(message, error));
    }
  }

  private static Duration retryAfter(int attempt) {
    return shorter(RETRY_MIN.multipliedBy(1L << Math.min(attempt - 1, 20)), RETRY_MAX);
  }

  private static String whatHappens(OutboxMessage message) {
    return switch (message.topic().order()) {
      case STRICT -> "its key waits for an operator to retry or discard it";
      case SKIPPING, NONE -> "it waits for an operator to retry or discard it";
    };
  }
}

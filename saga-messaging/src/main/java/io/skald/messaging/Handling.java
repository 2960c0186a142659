package io.skald.messaging;

import io.skald.engine.runtime.Sources;
import io.skald.saga.Retry;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.internal.Check;
import io.skald.saga.participant.DeadLetter;
import io.skald.saga.participant.DeadLetters;
import io.skald.saga.participant.DeadMessage;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles one message after the other on the threads of a source: until it is handled, or a dead
 * letter. A crash anywhere in between leaves it unacknowledged: it is delivered again, and the
 * inbox tells whether it was handled. Safe for use by several threads.
 */
final class Handling implements Source.Receiver {
  private static final Logger LOG = LoggerFactory.getLogger(Consumer.class);

  /** Between two tries at a database that does not answer, and at one that keeps no dead letter. */
  private static final Retry TROUBLE =
      Retry.exponential(Duration.ofMillis(200))
          .delayMax(Duration.ofSeconds(10))
          .attemptsUnlimited();

  private final String consumer;
  private final Inbox inbox;
  private final DeadLetters deadLetters;
  private final Map<String, MessageHandler> handlers;
  private final Retry retry;
  private final Sources sources;
  private final CountDownLatch closing = new CountDownLatch(1);

  Handling(
      String consumer,
      Inbox inbox,
      DeadLetters deadLetters,
      Map<String, MessageHandler> handlers,
      Retry retry) {
    this.consumer = consumer;
    this.inbox = inbox;
    this.deadLetters = deadLetters;
    this.handlers = handlers;
    this.retry = retry;
    this.sources = Sources.system();
  }

  /** Begins nothing more: who pauses between two attempts gives up, without acknowledging. */
  void stop() {
    closing.countDown();
  }

  @Override
  public void receive(ReceivedMessage message) throws InterruptedException {
    int failed = 0;
    int troubles = 0;
    while (true) {
      requireOpen();
      Throwable failure = attempt(message);
      if (failure == null) {
        return;
      }
      if (Trouble.isOfTheDatabase(failure)) {
        pauseInTrouble(++troubles, message, failure);
        continue;
      }
      failed++;
      if (failure instanceof PermanentFailure || retry.isSpentAfter(failed)) {
        bury(message, FailureText.of(failure), failed, FailureText.nameOf(failure));
        return;
      }
      LOG.warn(
          "consumer {}: attempt {} at {} failed ({}); it is tried again",
          consumer,
          failed,
          message,
          FailureText.nameOf(failure));
      pause(retry.delayAfter(failed, sources.random()));
    }
  }

  @Override
  public void receiveUnreadable(ReceivedMessage message, String reason)
      throws InterruptedException {
    requireOpen();
    bury(message, reason, 0, "unreadable");
  }

  /**
   * What kept it from being handled; null if it is, now or before. Whatever a handler throws is
   * caught: an error of one message is not to end the delivery of all.
   */
  private @Nullable Throwable attempt(ReceivedMessage message) {
    MessageHandler handler = handlers.get(message.topic());
    if (handler == null) {
      return new PermanentFailure("the consumer has no handler for the topic");
    }
    try {
      var delivery = Delivery.of(consumer, message.id(), message.payload());
      Receipt receipt = inbox.once(delivery, tx -> handler.handle(message, tx));
      return switch (receipt) {
        case HANDLED, DUPLICATE -> null;
        case CONFLICT ->
            new PermanentFailure("a message of this id was handled that said something else");
      };
    } catch (Throwable e) {
      return e;
    } finally {
      // a flag that the handler has left behind would end the pause, or the next message
      boolean unused = Thread.interrupted();
    }
  }

  /** Returns when it is kept: until then the broker has to keep it. */
  private void bury(ReceivedMessage message, String reason, int attempts, String inLog)
      throws InterruptedException {
    var dead =
        new DeadMessage(
            consumer,
            message.id(),
            message.topic(),
            message.keyOrNull(),
            message.payload(),
            message.headers());
    for (int troubles = 1; ; troubles++) {
      requireOpen();
      try {
        deadLetters.keep(dead, reason, attempts);
        LOG.error(
            "consumer {}: {} is a dead letter (attempts: {}, {}); retry or discard it",
            consumer,
            message,
            attempts,
            inLog);
        return;
      } catch (RuntimeException | Error e) {
        pauseInTrouble(troubles, message, e);
      }
    }
  }

  /** Tries a dead letter once more, as an operator wants it. */
  void retry(DeadLetter letter) throws InterruptedException {
    DeadMessage dead = letter.message();
    var message =
        new ReceivedMessage(
            dead.topic(), dead.id(), dead.keyOrNull(), dead.payload(), dead.headers());
    requireOpen();
    Throwable failure = attempt(message);
    if (failure == null) {
      deadLetters.handled(letter.position());
      LOG.info("consumer {}: {}, a dead letter, is handled", consumer, message);
    } else if (!Trouble.isOfTheDatabase(failure)) {
      deadLetters.failed(letter.position(), FailureText.of(failure));
      LOG.error(
          "consumer {}: {} is a dead letter still ({}); retry or discard it",
          consumer,
          message,
          FailureText.nameOf(failure));
    }
  }

  private void pauseInTrouble(int troubles, ReceivedMessage message, Throwable failure)
      throws InterruptedException {
    if (troubles == 1) {
      LOG.warn(
          "consumer {}: the database does not answer ({}); {} is tried until it does, and not"
              + " acknowledged",
          consumer,
          FailureText.nameOf(failure),
          message);
    }
    pause(TROUBLE.delayAfter(troubles, sources.random()));
  }

  private void requireOpen() throws InterruptedException {
    pause(Duration.ZERO);
  }

  private void pause(Duration duration) throws InterruptedException {
    if (closing.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new InterruptedException("the consumer " + Check.printable(consumer) + " is closed");
    }
  }
}

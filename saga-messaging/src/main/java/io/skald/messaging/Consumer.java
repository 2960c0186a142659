package io.skald.messaging;

import io.skald.saga.Retry;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.internal.Check;
import io.skald.saga.participant.DeadLetter;
import io.skald.saga.participant.DeadLetters;
import io.skald.saga.participant.Inbox;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles the messages of some topics, each of them once: acknowledges a message when the
 * transaction of its handler has committed, tries again what fails, and keeps as a dead letter what
 * goes on failing. Any number of one name share the messages out. Safe for use by several threads.
 *
 * <pre>{@code
 * Consumer consumer =
 *     Consumer.named("billing", inbox, deadLetters)
 *         .on("orders.placed", (message, tx) -> invoices.insert(tx.connection(), message))
 *         .build();
 * consumer.open(KafkaSource.of(config));
 * }</pre>
 */
public final class Consumer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Consumer.class);

  /** How many dead letters are tried again before it is looked for more. */
  private static final int RETRIES_MAX = 20;

  private static final Duration CLOSE_MAX = Duration.ofSeconds(10);

  private final String name;
  private final DeadLetters deadLetters;
  private final Map<String, MessageHandler> handlers;
  private final Duration pollInterval;
  private final Handling handling;
  private final ScheduledExecutorService retries =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("skald-consumer-retries").factory());
  private State state = State.NEW;
  private Source.@Nullable Subscription subscription;

  private enum State {
    NEW,
    OPEN,
    CLOSED
  }

  private Consumer(Builder builder) {
    this.name = builder.name;
    this.deadLetters = builder.deadLetters;
    this.handlers = Map.copyOf(builder.handlers);
    this.pollInterval = builder.pollInterval;
    this.handling = new Handling(name, builder.inbox, deadLetters, handlers, builder.retry);
  }

  /**
   * A builder of consumers.
   *
   * @param name who handles: 1 to 100 characters of {@code [a-zA-Z0-9._-]}. Consumers of one name
   *     share the messages out, and each name handles each message for itself
   * @param inbox where handlers do their work
   * @param deadLetters what keeps the messages that cannot be handled, in the same database
   * @throws IllegalArgumentException if the name is another
   */
  public static Builder named(String name, Inbox inbox, DeadLetters deadLetters) {
    return new Builder(name, inbox, deadLetters);
  }

  /** Collects what a consumer is made of. Not safe for use by several threads. */
  public static final class Builder {
    private static final Duration POLL_MIN = Duration.ofMillis(10);
    private static final Duration POLL_MAX = Duration.ofMinutes(10);

    private final String name;
    private final Inbox inbox;
    private final DeadLetters deadLetters;
    private final Map<String, MessageHandler> handlers = new LinkedHashMap<>();
    private Retry retry = Retry.ACTION;
    private Duration pollInterval = Duration.ofSeconds(5);

    private Builder(String name, Inbox inbox, DeadLetters deadLetters) {
      this.name = Check.name("name", name);
      this.inbox = Objects.requireNonNull(inbox, "inbox");
      this.deadLetters = Objects.requireNonNull(deadLetters, "deadLetters");
    }

    /**
     * Handles the messages of a topic.
     *
     * @param topic 1 to 100 characters of {@code [a-zA-Z0-9._-]}
     * @throws IllegalArgumentException if the topic is another, or has a handler already
     */
    public Builder on(String topic, MessageHandler handler) {
      Check.name("topic", topic);
      Objects.requireNonNull(handler, "handler");
      if (handlers.putIfAbsent(topic, handler) != null) {
        throw Check.refused("topic", topic, "one that has no handler yet");
      }
      return this;
    }

    /**
     * When a handler that failed is tried again, and how often before its message is a dead letter:
     * in place of 5 attempts, 200 ms doubling to 30 s. What it leaves open is as before. A message
     * that is tried without end holds up those of its key as long.
     */
    public Builder retry(Retry policy) {
      this.retry = policy.orElse(Retry.ACTION);
      return this;
    }

    /**
     * How often it looks for dead letters an operator wants tried again, in place of 5 s.
     *
     * @param interval 10 ms to 10 min
     * @throws IllegalArgumentException if {@code interval} is out of bounds
     */
    public Builder pollInterval(Duration interval) {
      this.pollInterval = Check.within("pollInterval", interval, POLL_MIN, POLL_MAX);
      return this;
    }

    /**
     * Makes the consumer, which does nothing until it is opened.
     *
     * @throws IllegalArgumentException if there is no handler
     */
    public Consumer build() {
      Check.positive("topics", handlers.size());
      return new Consumer(this);
    }
  }

  /**
   * Begins to handle messages.
   *
   * @param source the broker; stays open when the consumer is closed
   * @throws IllegalStateException if it was opened before
   */
  public synchronized void open(Source source) {
    if (state != State.NEW) {
      throw new IllegalStateException("the consumer was opened before (expected: once)");
    }
    subscription = source.subscribe(name, handlers.keySet(), handling);
    state = State.OPEN;
    var unused =
        retries.scheduleWithFixedDelay(
            this::retryAll, 0, pollInterval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Several nodes may do so at once: the inbox sees to it that one of them handles the message. */
  private void retryAll() {
    try {
      for (DeadLetter letter : deadLetters.find(name, DeadLetter.Status.RETRYING, 0, RETRIES_MAX)) {
        handling.retry(letter);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SagaStoreException e) {
      LOG.warn("consumer {}: cannot retry dead letters; it looks again in {}", name, pollInterval);
    } catch (RuntimeException | Error e) {
      // one that gets out of here would be the last
      LOG.error(
          "consumer {}: a fault ({}); it looks for dead letters again in {}",
          name,
          FailureText.nameOf(e),
          pollInterval);
    }
  }

  /**
   * Handles no further message, waits for those that are being handled, and acknowledges them. One
   * that waits for its next attempt is left to be delivered again. Does nothing if it was never
   * opened.
   */
  @Override
  public synchronized void close() {
    handling.stop();
    retries.shutdown();
    Source.Subscription last = subscription;
    if (state == State.OPEN && last != null) {
      last.close();
      awaitRetries();
    }
    state = State.CLOSED;
  }

  private void awaitRetries() {
    try {
      if (!retries.awaitTermination(CLOSE_MAX.toNanos(), TimeUnit.NANOSECONDS)) {
        retries.shutdownNow();
      }
    } catch (InterruptedException e) {
      retries.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}

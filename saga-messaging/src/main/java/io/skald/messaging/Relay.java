package io.skald.messaging;

import io.skald.engine.runtime.Sources;
import io.skald.engine.spi.OutboxStore;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends published messages to a broker, beside any number of others on the same database: each
 * message at least once, those of a key in their order. Needs no engine. Safe for use by several
 * threads.
 *
 * <pre>{@code
 * Relay relay = Relay.builder(JooqOutboxStore.of(dataSource, "skald"), transport).build();
 * relay.open();
 * }</pre>
 */
public final class Relay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  /** How often it is looked for sent messages to be deleted: once a minute. */
  private static final Duration PURGE_INTERVAL = Duration.ofMinutes(1);

  private final RelayOptions options;
  private final SentPurge purge;
  private final RelayLoop loop;
  private final Thread thread;
  private final ScheduledExecutorService broom;
  private State state = State.NEW;

  private enum State {
    NEW,
    OPEN,
    CLOSED
  }

  private Relay(Builder builder) {
    this.options = builder.options;
    var sources = Sources.system();
    this.loop = new RelayLoop(builder.store, builder.transport, options, sources);
    this.purge = new SentPurge(builder.store, options.retention(), sources);
    this.thread = Thread.ofPlatform().daemon().name("skald-relay").unstarted(loop);
    this.broom =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("skald-relay-broom").factory());
  }

  /**
   * A builder of relays.
   *
   * @param store the outbox
   * @param transport the broker; stays open when the relay is closed
   */
  public static Builder builder(OutboxStore store, Transport transport) {
    return new Builder(store, transport);
  }

  /** Collects what a relay is made of. Not safe for use by several threads. */
  public static final class Builder {
    private final OutboxStore store;
    private final Transport transport;
    private RelayOptions options = RelayOptions.defaults();

    private Builder(OutboxStore store, Transport transport) {
      this.store = Objects.requireNonNull(store, "store");
      this.transport = Objects.requireNonNull(transport, "transport");
    }

    /** How it works, in place of {@link RelayOptions#defaults()}. */
    public Builder options(RelayOptions relayOptions) {
      this.options = Objects.requireNonNull(relayOptions, "options");
      return this;
    }

    /** Makes the relay, which does nothing until it is opened. */
    public Relay build() {
      return new Relay(this);
    }
  }

  /**
   * Begins to send.
   *
   * @throws IllegalStateException if it was opened before
   */
  public synchronized void open() {
    if (state != State.NEW) {
      throw new IllegalStateException("the relay was opened before (expected: once)");
    }
    state = State.OPEN;
    thread.start();
    var unused =
        broom.scheduleWithFixedDelay(
            this::purge, 0, PURGE_INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** A purge that throws would never be run again. */
  private void purge() {
    try {
      purge.run();
    } catch (SagaStoreException e) {
      LOG.warn("cannot delete sent messages; tried again in {}", PURGE_INTERVAL, e);
    } catch (RuntimeException | Error e) {
      LOG.error("a fault in the relay; sent messages are deleted at the next turn", e);
    }
  }

  /** Says that something was published, or is about to be: it is looked for sooner. */
  public void wake() {
    loop.wake();
  }

  /** What keeps it from sending just now; empty if nothing does. */
  public Optional<String> trouble() {
    return loop.trouble();
  }

  /**
   * Sends nothing more, waits for what is under way, and leaves the rest to others at once. Does
   * nothing if it was never opened.
   */
  @Override
  public synchronized void close() {
    if (state == State.OPEN) {
      loop.stop();
      try {
        if (!thread.join(options.shutdownTimeout().plusSeconds(5))) {
          thread.interrupt();
        }
      } catch (InterruptedException e) {
        thread.interrupt();
        Thread.currentThread().interrupt();
      }
    }
    state = State.CLOSED;
    broom.shutdownNow();
  }
}

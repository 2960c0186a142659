package io.skald.messaging.kafka;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer of a transport: one at a time, and a new one after one that will never work again.
 * Safe for use by several threads.
 */
final class Producers {
  private static final Logger LOG = LoggerFactory.getLogger(Producers.class);

  private final Supplier<Producer<byte[], byte[]>> maker;
  private final AtomicReference<@Nullable Producer<byte[], byte[]>> current =
      new AtomicReference<>();
  private volatile boolean isClosed;

  Producers(Supplier<Producer<byte[], byte[]>> maker) {
    this.maker = maker;
  }

  /**
   * The one in use, or a new one, which takes its time: the names of the brokers are resolved.
   *
   * @throws IllegalStateException if it is closed
   */
  synchronized Producer<byte[], byte[]> current() {
    Producer<byte[], byte[]> producer = current.get();
    if (producer == null && !isClosed) {
      producer = maker.get();
      current.set(producer);
    }
    // looked at once more: close waits for nobody who makes one
    if (producer == null || isClosed) {
      close(Duration.ZERO);
      throw new IllegalStateException("the transport is closed (expected: open)");
    }
    return producer;
  }

  /**
   * A call of a producer threw. What is wrong with a record, a topic or the broker is an {@link
   * ApiException}; everything else is said again at each call from then on: it is closed, its
   * thread has died, or what it knows of its own sequence is lost.
   */
  void threw(Producer<byte[], byte[]> producer, RuntimeException thrown) {
    boolean isBroken = !(thrown instanceof ApiException || thrown instanceof InterruptException);
    if (isBroken && current.compareAndSet(producer, null)) {
      if (!isClosed) {
        LOG.warn("Kafka: the producer is of no more use; the next message has a new one", thrown);
      }
      // it waits for its own thread, which may be waiting for a broker
      Thread.ofPlatform()
          .daemon()
          .name("skald-kafka-close")
          .start(() -> producer.close(Duration.ZERO));
    }
  }

  /** Ends what is under way, if that can be done in time; there is no other one after it. */
  void close(Duration timeout) {
    isClosed = true;
    Producer<byte[], byte[]> producer = current.getAndSet(null);
    if (producer != null) {
      producer.close(timeout);
    }
  }
}

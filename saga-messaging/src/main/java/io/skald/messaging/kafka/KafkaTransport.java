package io.skald.messaging.kafka;

import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.RefusedMessageException;
import io.skald.messaging.Transport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Apache Kafka, as the relay sends to it: an idempotent producer that waits for all replicas in
 * sync. A topic of the outbox is one of Kafka's, and the key decides which partition. Safe for use
 * by several threads.
 *
 * <pre>{@code
 * KafkaTransport.of(Map.of("bootstrap.servers", "kafka-1:9092,kafka-2:9092"))
 * }</pre>
 */
public final class KafkaTransport implements Transport {
  /** How long {@link #close} waits for what is under way at most: 5 s. */
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  private final Producers producers;
  private final MissingTopics missing;

  /** Each topic that is known, or being looked up, and the producer that knows it. */
  private final ConcurrentMap<String, CompletableFuture<Producer<byte[], byte[]>>> topics =
      new ConcurrentHashMap<>();

  /** Look-ups wait for the broker: one topic is not to wait for another's. */
  private final ExecutorService lookUps =
      Executors.newThreadPerTaskExecutor(
          Thread.ofPlatform().daemon().name("skald-kafka-look-up").factory());

  KafkaTransport(Supplier<Producer<byte[], byte[]>> maker, MissingTopics missing) {
    this.producers = new Producers(maker);
    this.missing = missing;
  }

  /**
   * A transport to a cluster, which need not be there yet.
   *
   * @param config the settings of Kafka's producer, {@code bootstrap.servers} at least. {@code
   *     acks} is {@code all}, {@code enable.idempotence} is true, and the serializers are of bytes.
   *     Where nothing is said {@code max.block.ms} is 2 s, {@code request.timeout.ms} 10 s, {@code
   *     delivery.timeout.ms} 25 s, {@code linger.ms} 0, {@code buffer.memory} 64 MiB, {@code
   *     metadata.max.idle.ms} 10 years, and everything else what Kafka has
   * @throws IllegalArgumentException if a setting contradicts one of the first four, is none Kafka
   *     takes, or there is a {@code transactional.id}
   */
  public static KafkaTransport of(Map<String, ?> config) {
    var settings = KafkaSettings.of(config);
    return new KafkaTransport(
        () -> new KafkaProducer<>(settings.producer()), new MissingTopics(settings.admin()));
  }

  /**
   * {@inheritDoc}
   *
   * <p>A producer that does not know a topic waits for the broker in {@code send}. So a topic is
   * looked up first, on another thread, and what goes to it meanwhile waits for that.
   */
  @Override
  public CompletionStage<Void> send(OutboxMessage message) {
    String topic = message.topic().name();
    CompletableFuture<Producer<byte[], byte[]>> known;
    try {
      known = topics.computeIfAbsent(topic, this::lookUp);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("the transport is closed (expected: open)", e));
    }
    return known
        .thenCompose(producer -> produce(producer, message))
        .whenComplete((kept, failure) -> forgetAfter(failure, topic, known));
  }

  /** Whatever failed, the topic may be the reason: deleted, or known to a producer that is gone. */
  private void forgetAfter(
      @Nullable Throwable failure,
      String topic,
      CompletableFuture<Producer<byte[], byte[]>> known) {
    if (failure != null) {
      var unused = topics.remove(topic, known);
    }
  }

  private CompletableFuture<Producer<byte[], byte[]>> lookUp(String topic) {
    var found = new CompletableFuture<Producer<byte[], byte[]>>();
    lookUps.execute(() -> lookUp(topic, found));
    return found;
  }

  private void lookUp(String topic, CompletableFuture<Producer<byte[], byte[]>> found) {
    try {
      found.complete(producerFor(topic));
    } catch (Throwable e) {
      // whoever waits for it hears of it, whatever it is
      found.completeExceptionally(e);
    }
  }

  private Producer<byte[], byte[]> producerFor(String topic) throws RefusedMessageException {
    Producer<byte[], byte[]> producer = producers.current();
    try {
      // a cluster that makes topics by itself does so when the producer asks
      var unused = producer.partitionsFor(topic);
      return producer;
    } catch (InvalidTopicException e) {
      throw refused(e);
    } catch (TimeoutException e) {
      missing.refuse(topic, e);
      throw e;
    } catch (RuntimeException e) {
      producers.threw(producer, e);
      throw e;
    }
  }

  private CompletableFuture<Void> produce(
      Producer<byte[], byte[]> producer, OutboxMessage message) {
    var answer = new CompletableFuture<Void>();
    try {
      var unused = producer.send(record(message), (kept, failure) -> tell(answer, failure));
    } catch (RuntimeException e) {
      producers.threw(producer, e);
      answer.completeExceptionally(e);
    }
    return answer;
  }

  private static void tell(CompletableFuture<Void> answer, @Nullable Exception failure) {
    if (failure == null) {
      answer.complete(null);
    } else {
      answer.completeExceptionally(judged(failure));
    }
  }

  private static ProducerRecord<byte[], byte[]> record(OutboxMessage message) {
    byte[] key = message.key().map(text -> text.getBytes(StandardCharsets.UTF_8)).orElse(null);
    var record =
        new ProducerRecord<>(
            message.topic().name(),
            null,
            message.publishedAt().toEpochMilli(),
            key,
            message.payload());
    message.headers().forEach((name, value) -> addHeader(record, name, value));
    addHeader(record, "skald-message-id", message.id().toString());
    addHeader(record, "skald-position", Long.toString(message.position()));
    return record;
  }

  private static void addHeader(ProducerRecord<byte[], byte[]> record, String name, String value) {
    var unused = record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Only what is wrong with the record itself is so for good. */
  private static Throwable judged(Exception failure) {
    boolean isRefusal =
        failure instanceof RecordTooLargeException
            || failure instanceof InvalidRecordException
            || failure instanceof InvalidTopicException;
    return isRefusal ? refused(failure) : failure;
  }

  private static RefusedMessageException refused(Exception failure) {
    return new RefusedMessageException(
        failure.getClass().getSimpleName() + ": " + failure.getMessage(), failure);
  }

  @Override
  public void close() {
    lookUps.shutdownNow();
    producers.close(CLOSE_MAX);
  }
}

package io.skald.messaging.kafka;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.messaging.Source;
import io.skald.messaging.SourceContract;
import io.skald.messaging.Transport;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract, and what is Kafka's alone, on a real broker. */
class KafkaSourceTest extends SourceContract {
  private static KafkaServer server;

  private final KafkaTransport transport =
      KafkaTransport.of(Map.of("bootstrap.servers", server.address()));

  @BeforeAll
  static void start() throws Exception {
    server = KafkaServer.start(Map.of("group.initial.rebalance.delay.ms", "0"));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @AfterEach
  void close() {
    transport.close();
  }

  private static Map<String, Object> config() {
    return Map.of("bootstrap.servers", server.address(), "heartbeat.interval.ms", 200);
  }

  @Override
  protected Transport transport() {
    return transport;
  }

  @Override
  protected Source source() {
    return KafkaSource.of(config());
  }

  @Override
  protected void create(String topic) throws Exception {
    server.create(topic, 3, Map.of());
  }

  @Override
  protected void sendWithoutId(String topic, String payload) throws Exception {
    var record =
        new ProducerRecord<>(
            topic, new byte[] {-1, 0, 0x25}, payload.getBytes(StandardCharsets.UTF_8));
    record.headers().add("odd", new byte[] {-1, 0, 0x25}).add("nothing", null);
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", server.address()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(record).get(30, SECONDS);
    }
  }

  @Override
  protected long unsettled(String consumer, String topic) throws Exception {
    return server.unsettled(consumer, topic);
  }

  @Override
  protected void stopBroker() {
    server.kill();
  }

  @Override
  protected void startBroker() throws Exception {
    server.restart();
  }

  // ---- settings

  @ParameterizedTest
  @CsvSource({
    "enable.auto.commit, true",
    "group.id, mine",
    "key.deserializer, org.apache.kafka.common.serialization.StringDeserializer",
    "value.deserializer, org.apache.kafka.common.serialization.StringDeserializer",
    "max.poll.records, none",
    "auto.offset.reset, sometimes"
  })
  void aSettingThatBreaksAPromiseOrIsNoneIsRefused(String name, String value) {
    var config = new HashMap<>(config());
    config.put(name, value);

    assertThatThrownBy(() -> KafkaSource.of(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(value);
  }

  @Test
  void whatIsNotSaidIsTheSafeOne() {
    Map<String, Object> settings = ConsumerSettings.of(config());

    assertThat(settings)
        .containsEntry("auto.offset.reset", "earliest")
        .containsEntry("isolation.level", "read_committed")
        .containsEntry("enable.auto.commit", "false");
    var latest = new HashMap<>(config());
    latest.put("auto.offset.reset", "latest");
    assertThat(Objects.requireNonNull(ConsumerSettings.of(latest).get("auto.offset.reset")))
        .isEqualTo("latest");
  }
}

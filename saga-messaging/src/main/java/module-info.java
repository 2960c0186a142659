/** Messages between services: the relay of the outbox, and its brokers. */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("requires-automatic") // Kafka's client has no module descriptor
module io.skald.messaging {
  requires transitive io.skald.engine;
  requires io.skald.saga;
  requires org.slf4j;
  requires static kafka.clients;
  requires static transitive org.jspecify;

  exports io.skald.messaging;
  exports io.skald.messaging.kafka;
}

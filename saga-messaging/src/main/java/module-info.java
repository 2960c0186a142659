/** Messages between services: the relay of the outbox, and its brokers. */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("requires-automatic") // the brokers' clients
module io.skald.messaging {
  requires transitive io.skald.engine;
  requires io.skald.saga;
  requires org.slf4j;
  requires static kafka.clients;
  requires static com.rabbitmq.client;
  requires static io.nats.jnats;
  requires static transitive org.jspecify;

  exports io.skald.messaging;
  exports io.skald.messaging.kafka;
  exports io.skald.messaging.nats;
  exports io.skald.messaging.rabbit;
}

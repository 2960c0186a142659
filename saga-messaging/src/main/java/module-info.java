/** Messages between services: the relay of the outbox, and its brokers. */
@org.jspecify.annotations.NullMarked
module io.skald.messaging {
  requires transitive io.skald.engine;
  requires io.skald.saga;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.skald.messaging;
}

/** An engine in a Spring Boot application. */
@org.jspecify.annotations.NullMarked
@SuppressWarnings({
  "requires-automatic", // Spring's modules have names and no descriptors
  "requires-transitive-automatic"
})
module io.skald.spring {
  requires transitive io.skald.engine;
  requires transitive io.skald.saga;
  requires transitive io.skald.store.jooq;
  requires transitive java.sql;
  requires transitive spring.beans;
  requires transitive spring.boot;
  requires transitive spring.context;
  requires transitive spring.tx;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires spring.boot.autoconfigure;
  requires spring.boot.jdbc;
  requires spring.boot.sql;
  requires spring.core;
  requires spring.jdbc;
  requires static io.github.resilience4j.bulkhead;
  requires static io.github.resilience4j.circuitbreaker;
  requires static io.github.resilience4j.ratelimiter;
  requires static io.skald.messaging;
  requires static transitive org.jspecify;

  exports io.skald.spring;

  // Spring makes the beans
  opens io.skald.spring;
}

/** The engine that runs sagas inside a service, and the seams behind which it finds its store. */
@org.jspecify.annotations.NullMarked
@SuppressWarnings({
  "module", // the modules named in qualified exports are built after this one
  "requires-automatic" // Resilience4j has no module descriptors
})
module io.skald.engine {
  requires transitive io.skald.saga;
  requires static transitive org.jspecify;
  requires org.slf4j;
  requires tools.jackson.core;
  requires tools.jackson.databind;
  requires com.github.f4b6a3.uuid;
  requires static io.github.resilience4j.bulkhead;
  requires static io.github.resilience4j.circuitbreaker;
  requires static io.github.resilience4j.core;
  requires static io.github.resilience4j.ratelimiter;

  exports io.skald.engine;
  exports io.skald.engine.codec;
  exports io.skald.engine.guard;
  exports io.skald.engine.spi;
  exports io.skald.engine.machine to
      io.skald.testkit;
  exports io.skald.engine.runtime to
      io.skald.messaging,
      io.skald.testkit;
  exports io.skald.engine.journal to
      io.skald.testkit;
}

/** What proves sagas: an in-memory store, the store's contract, step tests and assertions. */
@org.jspecify.annotations.NullMarked
module io.skald.testkit {
  requires transitive io.skald.engine;
  requires transitive io.skald.saga;
  requires transitive org.assertj.core;
  requires transitive org.junit.jupiter.api;
  requires static transitive org.jspecify;

  exports io.skald.testkit;
  exports io.skald.testkit.simulation;
}

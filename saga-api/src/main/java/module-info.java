/**
 * The vocabulary of Skald: how a saga is declared, started, awaited, looked at and moved.
 *
 * <p>Depends on nothing but the JDK; {@code org.jspecify} is needed at compile time only.
 */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("module") // the modules named in qualified exports are built after this one
module io.skald.saga {
  requires transitive java.sql;
  requires static transitive org.jspecify;

  exports io.skald.saga;
  exports io.skald.saga.definition;
  exports io.skald.saga.diagram;
  exports io.skald.saga.error;
  exports io.skald.saga.participant;
  exports io.skald.saga.step;
  exports io.skald.saga.view;
  exports io.skald.saga.internal to
      io.skald.engine,
      io.skald.messaging,
      io.skald.store.jooq,
      io.skald.testkit;
}

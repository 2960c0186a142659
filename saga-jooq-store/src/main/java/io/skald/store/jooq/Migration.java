package io.skald.store.jooq;

/** What happens to the schema when a store is built. */
public enum Migration {
  /** Creates the schema and applies what is missing. Needs a role that may. The default. */
  AUTO,
  /** Changes nothing; fails and prints the missing SQL if something is missing. */
  VALIDATE,
  /** Changes and checks nothing. */
  NONE
}

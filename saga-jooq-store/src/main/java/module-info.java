/** Sagas in PostgreSQL: the schema and the store. */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("requires-automatic") // the driver has no module descriptor
module io.skald.store.jooq {
  requires transitive io.skald.engine;
  requires transitive io.skald.saga;
  requires transitive java.sql;
  requires transitive org.jooq;
  requires com.github.f4b6a3.uuid;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  // the driver's annotations name its types; without them the compiler warns
  requires static org.checkerframework.checker.qual;
  // as do those of jOOQ's settings
  requires static jakarta.xml.bind;
  requires static transitive org.jspecify;

  exports io.skald.store.jooq;
}

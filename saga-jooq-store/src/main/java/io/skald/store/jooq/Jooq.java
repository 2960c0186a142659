package io.skald.store.jooq;

import java.sql.Connection;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DefaultDSLContext;

/** jOOQ as the store uses it: PostgreSQL, silent. */
final class Jooq {
  static {
    // read once, when jOOQ is first used; an application that wants the banner sets them to false
    silence("org.jooq.no-logo");
    silence("org.jooq.no-tips");
  }

  private Jooq() {}

  static DSLContext on(Connection connection) {
    return new DefaultDSLContext(connection, SQLDialect.POSTGRES);
  }

  private static void silence(String property) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, "true");
    }
  }
}

package io.skald.store.jooq;

import java.util.regex.Pattern;

/**
 * The schema's name, and the statements rendered for it. Statements are written for the schema
 * {@code skald} and rendered once, when the store is built.
 */
final class SqlText {
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  private final String schema;

  /**
   * The statements of a schema.
   *
   * @throws IllegalArgumentException if the name is not a plain lower-case identifier
   */
  SqlText(String schema) {
    if (!NAME.matcher(schema).matches() || schema.startsWith("pg_")) {
      throw new IllegalArgumentException(
          "schema: \"%s\" (expected: a lower-case letter or _, then at most 62 of [a-z0-9_], not pg_)"
              .formatted(schema.replaceAll("[^ -~]", "?")));
    }
    this.schema = schema;
  }

  String schema() {
    return schema;
  }

  /** The schema's name, quoted. */
  String quoted() {
    return '"' + schema + '"';
  }

  /** The statement, for this schema. */
  String render(String statement) {
    return statement.replace("skald.", quoted() + ".").strip();
  }

  /** The statement for this schema, with the COMMIT in the same round trip. */
  String renderWithCommit(String statement) {
    return render(statement) + "; commit";
  }
}

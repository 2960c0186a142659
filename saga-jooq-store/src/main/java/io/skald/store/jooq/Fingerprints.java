package io.skald.store.jooq;

/**
 * The digest of what failed where, in SQL, as {@link io.skald.engine.spi.ErrorFingerprint} makes it
 * in Java. The views have the same text: whoever changes one of the three gives the others another
 * name.
 */
final class Fingerprints {
  private static final String DIGEST =
      """
      pg_catalog.substr(
        pg_catalog.encode(
          pg_catalog.sha256(
            pg_catalog.convert_to(
              pg_catalog.regexp_replace(coalesce(%s, ''), '^.*/', '')
                || pg_catalog.chr(10) || pg_catalog.split_part(%s, ': ', 1),
              'UTF8')),
          'hex'),
        1, 12)\
      """;

  /** That of the error of a saga {@code s}; null if it has none, or an operator's words. */
  static final String OF_SAGA =
      "case when s.error_actor is null then "
          + DIGEST.formatted("s.error_step", "s.error")
          + " end";

  /** That of the error of a log row {@code l}; null if it has none. */
  static final String OF_STEP = DIGEST.formatted("l.step_name", "l.error");

  private Fingerprints() {}
}

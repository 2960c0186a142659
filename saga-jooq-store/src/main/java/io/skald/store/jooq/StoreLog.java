package io.skald.store.jooq;

import io.skald.saga.SagaId;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the store logs, all of it. Names no payload. */
final class StoreLog {
  private static final Logger LOG = LoggerFactory.getLogger(JooqSagaStore.class);

  private StoreLog() {}

  static void discardFailed(Exception error) {
    LOG.debug("A broken connection could not be aborted; the pool will find it broken", error);
  }

  static void closeFailed(Exception error) {
    LOG.debug("A connection could not be given back in order; it is dropped", error);
  }

  static void cancelFailed(Exception error) {
    LOG.warn(
        "A local step ran into its time limit and its query could not be cancelled;"
            + " its connection is aborted in a moment",
        error);
  }

  static void notWatched(SQLException error) {
    LOG.debug("The pool does not show the driver's connection; steps are not watched", error);
  }

  /** Of what the step threw, the class alone: its message may hold anything. */
  static void escaped(SagaId saga, Throwable escape) {
    Throwable thrown = escape.getCause();
    LOG.warn(
        "saga {}: a local step ended its own transaction and {}; what it wrote before may be"
            + " committed without its log row. The saga is left stuck",
        saga,
        thrown == null ? "returned" : "threw " + thrown.getClass().getName());
  }

  static void missingSettings(List<String> settings) {
    LOG.warn(
        "{}: not set, so the server never ends a transaction whose process hangs, nor frees what it"
            + " has locked. Set it for the service's role, longer than the longest time limit of a"
            + " local step: alter role .. set ..",
        String.join(", ", settings));
  }

  static void migrated(String schema, String version) {
    LOG.info("Schema {} is at {}", schema, version);
  }
}

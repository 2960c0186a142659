package io.skald.store.jooq;

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

  static void migrated(String schema, String version) {
    LOG.info("Schema {} is at {}", schema, version);
  }
}

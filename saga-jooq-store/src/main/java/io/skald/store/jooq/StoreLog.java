package io.skald.store.jooq;

import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Delivery;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

  static void unreadable(long position, String error) {
    LOG.error(
        "The message at position {} of the outbox has failed, and its key waits if its topic is"
            + " strict: retry it with a version that can read it, or discard it; {}",
        position,
        error);
  }

  static void conflict(Delivery delivery) {
    LOG.warn(
        "Message {} came again with another body than when it was handled; nothing was done. It"
            + " does not help to deliver it again: ask its sender, and look at saga_inbox",
        delivery);
  }

  /** Of the failure, the class and the SQLSTATE alone. */
  static void notPurged(String what, Throwable error) {
    LOG.warn(
        "Old rows were not deleted ({}): {}; it is tried again",
        what,
        error instanceof SagaStoreException ? error.getMessage() : error.getClass().getName());
  }

  static void violated(Invariant invariant, int confirmed) {
    LOG.warn(
        "invariant {}: {} violations are confirmed; saga_violation names the business keys of {}",
        invariant.name(),
        confirmed,
        invariant.definition());
  }

  static void holdsAgain(Invariant invariant) {
    LOG.info("invariant {}: no violation is confirmed any more", invariant.name());
  }

  static void notChecked(Invariant invariant, @Nullable String why) {
    LOG.warn(
        "invariant {}: could not be checked: {}; it is tried again when it is due, in {}",
        invariant.name(),
        why,
        invariant.interval());
  }

  static void answeredTooLate(Invariant invariant) {
    LOG.warn(
        "invariant {}: its check was over after its lease; another node has checked it, and the"
            + " answer is dropped",
        invariant.name());
  }

  static void notReconciled(SagaStoreException error) {
    LOG.warn("invariants cannot be checked; tried again every half minute", error);
  }

  static void reconciliationFault(Throwable error) {
    LOG.error("a fault in the reconciliation; it goes on in half a minute", error);
  }

  static void migrated(String schema, String version) {
    LOG.info("Schema {} is at {}", schema, version);
  }
}

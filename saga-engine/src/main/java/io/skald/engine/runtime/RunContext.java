package io.skald.engine.runtime;

import io.skald.engine.journal.Journal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.view.SagaListener;

/**
 * What a node lends to every saga it runs.
 *
 * @param store where sagas are kept
 * @param journal the writer in front of it
 * @param codec reads and writes payloads
 * @param fleet limits of the fleet on remote attempts
 * @param guard stands around remote attempts, behind the limit of its name
 * @param timeLimit runs remote attempts
 * @param crews run attempts beside each other
 * @param lease whether this node may still act
 * @param sources time, randomness, identities
 * @param listener hears what happened
 * @param limits bounds of what is stored
 * @param paces how long sagas take from their pivot on
 * @param due has the node look for due sagas: what a run started, or called back, nobody runs yet
 */
public record RunContext(
    SagaStore store,
    Journal journal,
    PayloadCodec codec,
    FleetLimits fleet,
    LanedGuard guard,
    TimeLimit timeLimit,
    Crew.Crews crews,
    Lease lease,
    Sources sources,
    SagaListener listener,
    Limits limits,
    RestPaces paces,
    Runnable due) {

  /** The right of a node to act, by its own monotonic clock. */
  public interface Lease {

    /** Whether {@code node} is this node's incarnation, and its last heartbeat still carries it. */
    boolean isHeld(NodeId node);
  }
}

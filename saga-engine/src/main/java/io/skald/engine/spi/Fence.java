package io.skald.engine.spi;

import io.skald.saga.SagaId;

/**
 * The proof of ownership every engine write carries: it takes effect only while the saga has this
 * owner and this epoch.
 *
 * @param saga the saga
 * @param owner the node that owns it
 * @param epoch the epoch in which the owner decided
 */
public record Fence(SagaId saga, NodeId owner, long epoch) {

  /** The fence after a change that raises the epoch. */
  public Fence next() {
    return new Fence(saga, owner, epoch + 1);
  }
}

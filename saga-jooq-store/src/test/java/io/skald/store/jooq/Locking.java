package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.saga.definition.LockKey;
import java.util.List;

/** Sagas with locks, as the store knows them. */
final class Locking {
  static final LockKey ACCOUNT = new LockKey("account", "1");

  private Locking() {}

  static NewSaga saga(NodeId owner, LockKey... locks) {
    NewSaga plain = Fixtures.saga(owner);
    return new NewSaga(
        plain.id(),
        plain.definition(),
        plain.businessKey(),
        plain.attributes(),
        plain.input(),
        plain.inputDigest(),
        plain.deadline(),
        plain.owner(),
        plain.parent(),
        List.of(locks));
  }

  /** A saga the node has just started, which wants these; or one account. */
  static Fence started(SagaStore store, NodeId owner, LockKey... locks) {
    NewSaga saga = saga(owner, locks.length == 0 ? new LockKey[] {ACCOUNT} : locks);
    store.start(List.of(saga));
    return new Fence(saga.id(), owner, 0);
  }

  /** Its end, with which it gives its locks back. */
  static Transition ended(Fence fence) {
    var links = new Links(List.of(), List.of(), null, Links.Locks.FREED);
    return new Transition(
        fence, List.of(Fixtures.succeeded("a", 1)), new SagaChange.Complete("1"), links);
  }
}

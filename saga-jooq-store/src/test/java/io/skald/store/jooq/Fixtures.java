package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values the tests of the store are made of. */
final class Fixtures {
  static final DefinitionRef ORDERS = new DefinitionRef("place-order", 1, "f1");
  static final Duration LIMIT = Duration.ofSeconds(20);

  private Fixtures() {}

  static NodeId joined(SagaStore store) {
    return joined(store, Duration.ofMinutes(10));
  }

  static NodeId joined(SagaStore store, Duration lease) {
    NodeId node = new NodeId(UUID.randomUUID());
    List<String> conflicts = store.join(new NodeRegistration(node, "test", lease, List.of(ORDERS)));
    if (!conflicts.isEmpty()) {
      throw new IllegalStateException(conflicts.toString());
    }
    return node;
  }

  static NewSaga saga(@Nullable NodeId owner) {
    return saga(UUID.randomUUID().toString(), owner);
  }

  static NewSaga saga(String key, @Nullable NodeId owner) {
    return saga(key, owner, null);
  }

  static NewSaga saga(String key, @Nullable NodeId owner, @Nullable Parent parent) {
    return new NewSaga(
        new SagaId(UUID.randomUUID()),
        ORDERS,
        key,
        Map.of(),
        "{}",
        "digest",
        null,
        owner,
        parent,
        Lane.ORDINARY);
  }

  /** A saga the node has just started. */
  static Fence started(SagaStore store, NodeId owner) {
    NewSaga saga = saga(owner);
    store.start(List.of(saga));
    return new Fence(saga.id(), owner, 0);
  }

  /** How many signals a poll has routed. */
  static int routed(SagaStore store, int limit) {
    return store.poll(List.of(), limit).routed();
  }

  /** Deletes what ended so long ago, whatever it is. */
  static int purged(SagaStore store, Duration age, int limit) {
    var all = new Expiry(age, EnumSet.allOf(SagaStatus.class), Map.of());
    return store.purge(all, Instant.EPOCH, limit, SagaArchive.NONE).deleted();
  }

  static LogWrite succeeded(String step, int seq) {
    return row(step, seq, LogStatus.SUCCEEDED, 1, null);
  }

  static LogWrite retrying(String step, int seq, int attempt) {
    return new LogWrite(
        step,
        Direction.ACTION,
        step,
        seq,
        LogStatus.RETRYING,
        attempt,
        0,
        null,
        null,
        "refused",
        Duration.ZERO,
        null);
  }

  static LogWrite row(
      String step, int seq, LogStatus status, int attempt, LogWrite.@Nullable Replaced replaces) {
    return new LogWrite(
        step,
        Direction.ACTION,
        step,
        seq,
        status,
        attempt,
        0,
        null,
        "{\"n\":1}",
        null,
        null,
        replaces);
  }

  static Transition recorded(Fence fence, LogWrite... rows) {
    return new Transition(fence, List.of(rows), null, Links.NONE);
  }

  static Transition ended(Fence fence, LogWrite... rows) {
    return new Transition(
        fence, List.of(rows), new SagaChange.Complete("{\"ok\":true}"), Links.NONE);
  }
}

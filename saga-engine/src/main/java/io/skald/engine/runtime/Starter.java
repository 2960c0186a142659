package io.skald.engine.runtime;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.StartResult;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.error.DuplicateSagaException;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.SagaEvent;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Starts sagas: checks and encodes first, inserts then, and runs here what was inserted here. */
final class Starter {
  private final Parts parts;
  private final NewSagas newSagas;

  Starter(Parts parts) {
    this.parts = parts;
    this.newSagas = new NewSagas(parts.context());
  }

  /**
   * A saga that was started, now or before.
   *
   * @param id the saga
   * @param run the end of its run here; null if it was not launched by this start
   */
  record Started(SagaId id, @Nullable CompletableFuture<RunEnd> run) {}

  /** Starts a saga in a transaction of its own. */
  <I> Started start(SagaDefinition<I, ?> definition, I input) {
    RegisteredSaga saga = parts.registry().require(RegisteredSaga.refOf(definition));
    NewSaga unowned = newSagas.of(definition, input);
    Optional<NodeId> node =
        parts.lease().node().filter(id -> parts.inFlight().reserve(Lane.ORDINARY));
    boolean launched = false;
    try {
      NewSaga inserted = NewSagas.ownedBy(unowned, node.orElse(null));
      StartResult result =
          Resending.send(
              parts.context().sources(), () -> parts.context().journal().start(inserted));
      Optional<SagaRun> run = node.flatMap(id -> runOf(saga, id, result));
      launched = run.isPresent();
      var end = run.flatMap(one -> parts.launcher().launchReserved(one, Lane.ORDINARY));
      return new Started(accepted(unowned, result), end.orElse(null));
    } finally {
      if (node.isPresent() && !launched) {
        parts.inFlight().unreserve(Lane.ORDINARY);
      }
      if (node.isEmpty()) {
        // there may be room by now
        parts.alarm().ring();
      }
    }
  }

  /** Starts a saga in a caller's transaction; it runs here once that is known to be committed. */
  <I> SagaId start(Connection connection, SagaDefinition<I, ?> definition, I input) {
    RegisteredSaga saga = parts.registry().require(RegisteredSaga.refOf(definition));
    NewSaga unowned = newSagas.of(definition, input);
    boolean hasRoom = parts.inFlight().free(Lane.ORDINARY) > 0 && !parts.joined().isFull();
    Optional<NodeId> node = parts.lease().node().filter(id -> hasRoom);
    StartResult result =
        parts.context().store().start(connection, NewSagas.ownedBy(unowned, node.orElse(null)));
    if (result instanceof StartResult.Started(SagaRow row) && row.owner() != null) {
      parts.joined().remember(saga, row);
    }
    return accepted(unowned, result);
  }

  /** Has a saga of a caller's transaction run that is committed now. */
  void committed(SagaId id) {
    parts.joined().committed(id);
    if (!parts.inFlight().holds(id)) {
      // nobody's: the loop claims it
      parts.alarm().ring();
    }
  }

  /** The run of a saga that was inserted as this node's. */
  private Optional<SagaRun> runOf(RegisteredSaga saga, NodeId node, StartResult result) {
    return switch (result) {
      case StartResult.Started(SagaRow row) when node.equals(row.owner()) -> {
        var found = new SagaSnapshot(row, List.of(), row.createdAt());
        yield Optional.of(SagaRun.started(saga, parts.context(), node, found));
      }
      case StartResult.Started taken -> Optional.empty();
      case StartResult.Existing existing -> Optional.empty();
    };
  }

  /** Whether the input was stored in another shape, and is the same in the one asked for now. */
  private boolean isSameBroughtUp(NewSaga asked, SagaRow there) {
    return parts
        .registry()
        .find(asked.definition())
        .map(RegisteredSaga::definition)
        .filter(definition -> isDigest(asked.inputDigest(), definition, there))
        .isPresent();
  }

  private boolean isDigest(String digest, SagaDefinition<?, ?> definition, SagaRow there) {
    try {
      return digestOf(definition, there).equals(digest);
    } catch (SagaDataException e) {
      // what cannot be read is not the same
      return false;
    }
  }

  private String digestOf(SagaDefinition<?, ?> definition, SagaRow there) {
    PayloadCodec codec = parts.context().codec();
    Object input = new PayloadReader(definition, codec).input(there.input());
    return NewSagas.digestOf(codec, definition, input);
  }

  /** A key that is taken stays so when nobody can tell any more what it was taken for. */
  private static DuplicateSagaException erased(SagaRow there) {
    return new DuplicateSagaException(
        "saga %s exists for this key and was erased: whether this is the same start cannot be told (expected: another key)"
            .formatted(there.definition().name()),
        there.definition().name(),
        there.id());
  }

  private SagaId accepted(NewSaga asked, StartResult result) {
    return switch (result) {
      case StartResult.Started(SagaRow row) -> {
        parts.context().listener().on(new SagaEvent.Started(row.definition().name(), row.id()));
        yield row.id();
      }
      case StartResult.Existing(SagaRow row) -> {
        if (row.erasedAt() != null) {
          throw erased(row);
        }
        if (!row.inputDigest().equals(asked.inputDigest()) && !isSameBroughtUp(asked, row)) {
          throw new DuplicateSagaException(
              "saga %s exists for this key and was started with another input (expected: the same"
                      .formatted(row.definition().name())
                  + " input, or another key)",
              row.definition().name(),
              row.id());
        }
        yield row.id();
      }
    };
  }
}

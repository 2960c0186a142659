package io.skald.engine.runtime;

import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Event;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A saga this node owns, and the way its commits are made certain. A commit whose answer is lost,
 * or whose fence failed, is settled: by a write that raises the epoch, and only then by a look.
 * Confined to one thread.
 */
final class OwnedSaga {
  private static final Logger LOG = LoggerFactory.getLogger(OwnedSaga.class);
  private static final int TRIES_MAX = 10;

  private final RunContext context;
  private final NodeId node;
  private final SagaDefinition<?, ?> definition;
  private final Insistence insistence;
  private final SagaWriter writer;
  private HeldSaga held;
  private @Nullable RunEnd end;
  private @Nullable String refusal;

  OwnedSaga(RunContext context, NodeId node, SagaDefinition<?, ?> definition, SagaSnapshot found) {
    this.context = context;
    this.node = node;
    this.definition = definition;
    this.held = HeldSaga.of(found, node, context.sources().nanoTime());
    this.insistence = new Insistence(context.sources(), found.saga().id(), this::mayAct);
    this.writer = new SagaWriter(context.journal(), found.saga().id());
    this.refusal = refusalOf(found);
  }

  private static @Nullable String refusalOf(SagaSnapshot found) {
    return found.unread() == null ? null : Histories.unknown(found.unread());
  }

  HeldSaga held() {
    return held;
  }

  NodeId node() {
    return node;
  }

  /** The database's time, as far as it can be told without asking. */
  Instant now() {
    return held.now(context.sources().nanoTime());
  }

  Optional<RunEnd> end() {
    return Optional.ofNullable(end);
  }

  void drop() {
    end = new RunEnd.Dropped();
  }

  /** Whether this node may still call out; a node whose lease has run out is silent. */
  boolean mayAct() {
    if (!context.lease().isHeld(node)) {
      drop();
    }
    return end == null;
  }

  /** Takes note of what this owner does, and nobody else has to know. */
  void tell(Event event) {
    held = held.evolved(event);
  }

  /** Whether the saga goes on, and that attempt is recorded with that status. */
  boolean isAt(Place place, LogStatus status) {
    return end == null
        && held.state().status() == SagaStatus.RUNNING
        && held.state()
            .entry(place.step().path(), place.direction())
            .filter(entry -> entry.status() == status && entry.attempt() == place.attempt())
            .isPresent();
  }

  /**
   * Commits what {@code drafting} makes of the saga, drafting anew whenever the fence turns out to
   * be lost and the saga is still this node's.
   *
   * @param drafting what to commit
   * @param done whether an earlier try, whose answer was lost, has been committed after all
   * @return what is known of it in the end
   */
  Written commit(Function<HeldSaga, TransitionDraft> drafting, Predicate<HeldSaga> done)
      throws InterruptedException {
    var pauses = new Pauses(context.sources());
    int failures = 0;
    for (int tries = 1; tries <= TRIES_MAX; tries++) {
      TransitionDraft draft = drafting.apply(held);
      if (draft.isEmpty()) {
        return Written.APPLIED;
      }
      Written written = writer.write(draft.transition());
      switch (written) {
        case APPLIED -> {
          advance(draft);
          countFromNow(draft.transition().rows());
          return Written.APPLIED;
        }
        case REFUSED -> {
          refusal = "the store refuses what was to be recorded";
          return Written.REFUSED;
        }
        case SIGNALLED -> tell(new Event.SignalsRead(null));
        case FAILED, IN_DOUBT, DUPLICATE -> {
          // the first one may pass at once; a full disk is full for a while
          if (written == Written.FAILED && ++failures > 1) {
            pauses.pause();
          }
          settle();
          if (end != null || done.test(held)) {
            return Written.APPLIED;
          }
          if (isRefused()) {
            return Written.REFUSED;
          }
          if (written == Written.DUPLICATE) {
            return Written.DUPLICATE;
          }
        }
      }
    }
    return giveUp();
  }

  private Written giveUp() {
    LOG.error(
        "saga {}: gave up a write after {} tries; it is tried again by this node's self-check",
        id(),
        TRIES_MAX);
    drop();
    return Written.IN_DOUBT;
  }

  /** The database counts a wait from its commit, so an owner that goes on beside it has to. */
  private void countFromNow(List<LogWrite> committed) {
    Instant now = now();
    for (LogWrite row : committed) {
      Optional<Entry> entry = held.state().entry(row.path(), row.direction());
      if (row.retryAfter() != null && entry.isPresent()) {
        tell(new Event.Recorded(entry.get().dueAt(now.plus(row.retryAfter()))));
      }
    }
  }

  /** Whether the store refuses what is asked of it, and always will: a human has to look. */
  boolean isRefused() {
    return refusal != null;
  }

  /** Leaves the saga stuck because the store refused what was asked of it. */
  void stickRefused() throws InterruptedException {
    settle();
    if (end != null) {
      return;
    }
    var error = new SagaError(null, Objects.requireNonNull(refusal, "refusal"), null);
    var stick = new SagaChange.Stick(error, Lanes.of(definition, held));
    var transition = new Transition(held.fence(), List.of(), stick, Links.NONE);
    if (writer.write(transition) == Written.APPLIED) {
      end = new RunEnd.Halted(SagaStatus.STUCK, null, error, null);
      context.listener().on(Events.halted(definition.name(), id(), SagaStatus.STUCK, error));
    } else {
      drop();
    }
  }

  /** Goes on from a commit that is made. */
  void advance(TransitionDraft draft) {
    held = draft.after();
    end = draft.end();
    if (!draft.transition().links().starts().isEmpty() || isGivingBack()) {
      context.due().run();
    }
    for (SagaEvent event : draft.events()) {
      context.listener().on(event);
    }
  }

  /** Whether others may have waited for the end that was just committed. */
  private boolean isGivingBack() {
    return end instanceof RunEnd.Halted
        && held.state().entry(LockPlan.NAME, Direction.ACTION).isPresent();
  }

  /**
   * Asks the store for what the saga needs to go on, insistently.
   *
   * @return empty if this node may not act any more, or the store refuses
   */
  <R> Optional<R> ask(Supplier<R> question) throws InterruptedException {
    try {
      return insistence.ask(question, e -> e.kind() == SagaStoreException.Kind.TRANSIENT);
    } catch (SagaStoreException e) {
      LOG.warn("saga {}: a read was refused by the store", id(), e);
      refusal = "the store refuses what was to be read";
      return Optional.empty();
    }
  }

  /** Makes certain what is recorded; drops the saga if it is not this node's any more. */
  void settle() throws InterruptedException {
    Optional<Settled> settled = insistence.ask(this::lookForCertain, e -> true);
    if (settled.isPresent()) {
      settled
          .get()
          .found()
          .ifPresentOrElse(found -> hold(found, settled.get().nanos()), this::drop);
    }
  }

  private void hold(SagaSnapshot found, long nanos) {
    held = HeldSaga.of(found, node, nanos).whileDoing(held);
    refusal = Optional.ofNullable(refusalOf(found)).orElse(refusal);
  }

  /**
   * What is certain.
   *
   * @param found the saga, if it is this node's
   * @param nanos when it was read
   */
  private record Settled(Optional<SagaSnapshot> found, long nanos) {}

  private Settled lookForCertain() {
    Optional<SagaSnapshot> found = context.store().settle(id(), node);
    // taken after the read: the node's idea of the database's time may lag, never run ahead
    return new Settled(found, context.sources().nanoTime());
  }

  private SagaId id() {
    return held.id();
  }
}

package io.skald.engine.runtime;

import io.skald.engine.machine.Event;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.error.SagaDataException;
import java.util.Optional;

/**
 * One saga, run by the node that owns it, until it ends, waits, or is no longer this node's.
 * Confined to one thread.
 */
public final class SagaRun {
  private final RegisteredSaga saga;
  private final RunContext context;
  private final SagaSnapshot found;
  private final Beginning beginning;
  private final OwnedSaga owned;
  private volatile boolean behind;

  /** From how many dead owners in a row on a saga is run alone: 2. */
  private static final int SUSPECT_CRASHES = 2;

  /** How a run begins. */
  enum Beginning {
    /** Nothing was under way before. */
    FRESH,
    /** Its owner died: what was under way then may have taken effect. */
    TAKEN_OVER,
    /** This node lost hold of it: what was under way then may have taken effect. */
    ADOPTED
  }

  private SagaRun(
      RegisteredSaga saga,
      RunContext context,
      NodeId node,
      SagaSnapshot found,
      Beginning beginning) {
    this.saga = saga;
    this.context = context;
    this.found = found;
    this.beginning = beginning;
    this.owned = new OwnedSaga(context, node, saga.definition(), found);
  }

  /** A saga this node has just started. */
  public static SagaRun started(
      RegisteredSaga saga, RunContext context, NodeId node, SagaSnapshot found) {
    return new SagaRun(saga, context, node, found, Beginning.FRESH);
  }

  /** A saga this node has just claimed. */
  public static SagaRun claimed(RegisteredSaga saga, RunContext context, NodeId node, Claim claim) {
    Beginning beginning = claim.deadOwner() == null ? Beginning.FRESH : Beginning.TAKEN_OVER;
    return new SagaRun(saga, context, node, claim.snapshot(), beginning);
  }

  /** A saga this node owns, but lost hold of. */
  public static SagaRun adopted(
      RegisteredSaga saga, RunContext context, NodeId node, SagaSnapshot found) {
    return new SagaRun(saga, context, node, found, Beginning.ADOPTED);
  }

  /** The saga. */
  public SagaId id() {
    return found.saga().id();
  }

  /**
   * Has the run settle before anything else: another run of this node held the saga when this one
   * was claimed, and what that did since is not in what was found.
   */
  void fallBehind() {
    behind = true;
  }

  /** Whether the saga may have killed its last owners. */
  boolean isSuspect() {
    return found.saga().crashCount() >= SUSPECT_CRASHES;
  }

  /**
   * In which lane it is to run, as long as it does not. That is the saga's, but for one that a node
   * died with and that has come somewhere: it was in somebody's room already, and whoever waits for
   * it has waited for the lease. Of those that have not a node may have had any number.
   */
  Lane lane() {
    return beginning == Beginning.TAKEN_OVER && !found.log().isEmpty()
        ? Lane.URGENT
        : Lanes.of(saga.definition(), owned.held());
  }

  /** The incarnation that owns the saga. */
  NodeId node() {
    return owned.node();
  }

  /**
   * Runs the saga as far as it goes.
   *
   * @return why it went no further
   * @throws InterruptedException if the thread was interrupted while it waited for the store
   */
  public RunEnd run() throws InterruptedException {
    if (behind) {
      owned.settle();
    }
    if (owned.isRefused()) {
      owned.stickRefused();
    }
    if (owned.end().isPresent()) {
      return owned.end().get();
    }
    var reader = new PayloadReader(saga.definition(), context.codec());
    // first: to read may be what its nodes died of
    Optional<SagaError> hindrance = tooManyCrashes();
    Object input = "";
    if (hindrance.isEmpty()) {
      try {
        input = reader.input(found.saga().input());
        hindrance = reader.hindrance(found).map(text -> new SagaError(null, text, null));
      } catch (SagaDataException e) {
        String text = "the input cannot be read: " + e.getMessage();
        hindrance = Optional.of(new SagaError(null, text, null));
      }
    }
    if (saga.definition().isPivotOnlyInTime()) {
      owned.tell(new Event.RestSeen(context.paces().restOf(saga.definition()).orElse(null)));
    }
    return driveWith(input).run(beginning, hindrance);
  }

  private Optional<SagaError> tooManyCrashes() {
    int crashes = found.saga().crashCount();
    return crashes < context.limits().crashesMax()
        ? Optional.empty()
        : Optional.of(
            new SagaError(
                standingAt(), "%d nodes in a row died while they ran it".formatted(crashes), null));
  }

  private String standingAt() {
    return SagaMachine.currentSteps(saga.definition(), owned.held().state()).stream()
        .map(PlacedStep::path)
        .findFirst()
        .orElse("");
  }

  private SagaDrive driveWith(Object input) {
    var inputs = new Inputs(saga.definition(), input, context.codec());
    return new SagaDrive(saga, context, owned, new UserCode(saga, inputs));
  }
}

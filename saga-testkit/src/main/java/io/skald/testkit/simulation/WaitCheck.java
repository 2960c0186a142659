package io.skald.testkit.simulation;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.PendingSignal;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.saga.SagaId;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** What must hold of every wait, and of the signals. */
final class WaitCheck {
  private final Simulation simulation;
  private final Invariants invariants;
  private final Map<UUID, Integer> received = new HashMap<>();

  WaitCheck(Simulation simulation, Invariants invariants) {
    this.simulation = simulation;
    this.invariants = invariants;
  }

  void onWritten(Transition transition, LogTree tree) {
    for (UUID signal : transition.links().consumes()) {
      int times = received.merge(signal, 1, Integer::sum);
      invariants.require(
          times == 1 || isNews(signal), Invariant.I15, "received %d times: %s", times, signal);
      checkReceiver(transition.rows().getFirst(), signal, tree);
    }
    if (transition.change() instanceof SagaChange.Park park && park.after().isPositive()) {
      checkPark(transition, tree);
    }
    for (LogWrite row : transition.rows()) {
      Optional<LogRow> there = LogTree.find(tree.found(), row.path(), row.direction());
      boolean ends =
          row.direction() == Direction.ACTION
              && there.filter(old -> old.status() == LogStatus.WAITING).isPresent()
              && isTimeUp(row, transition, tree);
      if (ends) {
        checkTimeUp(row, Objects.requireNonNull(there.orElseThrow().retryAt()), tree);
      }
    }
  }

  /** One that was heard is not kept, so the same one sent again is another one. */
  private boolean isNews(UUID signal) {
    return simulation.senders().stream()
        .map(Sender::signal)
        .flatMap(Optional::stream)
        .anyMatch(sent -> sent.id().equals(signal) && SignalName.isNews(sent.name()));
  }

  /** I15: a wait receives what it waits for; other sagas and completions speak of a path. */
  private void checkReceiver(LogWrite row, UUID signal, LogTree tree) {
    if (!(tree.stepAt(row.path()).plan() instanceof AwaitPlan)) {
      return;
    }
    String name =
        simulation.senders().stream()
            .map(Sender::signal)
            .flatMap(Optional::stream)
            .filter(sent -> sent.id().equals(signal))
            .map(NewSignal::name)
            .findFirst()
            .orElse("nothing that was sent");
    boolean isItsWait =
        row.status() == LogStatus.SUCCEEDED
            && tree.stepAt(row.path()).plan() instanceof AwaitPlan await
            && await.signal().name().equals(name);
    invariants.require(isItsWait, Invariant.I15, "%s received by %s", name, Words.of(row));
  }

  /** I15: a saga does not sleep over a signal; one not routed yet will wake it. */
  private void checkPark(Transition transition, LogTree tree) {
    Stream<String> begun =
        transition.rows().stream()
            .filter(row -> row.status() == LogStatus.WAITING)
            .map(LogWrite::path);
    Stream<String> before =
        tree.found().log().stream()
            .filter(row -> row.status() == LogStatus.WAITING)
            .map(LogRow::path)
            .filter(path -> transition.rows().stream().noneMatch(row -> row.path().equals(path)));
    List<String> awaited =
        Stream.concat(begun, before).map(tree::stepAt).map(WaitCheck::awaited).toList();
    invariants.require(
        simulation.truth().unrouted() > 0
            || pending(tree.found().saga().id()).stream()
                .noneMatch(signal -> awaited.contains(signal.name())),
        Invariant.I15,
        "parked over a signal that had come: %s",
        Words.of(simulation, transition));
  }

  private static String awaited(PlacedStep step) {
    return switch (step.plan()) {
      case AwaitPlan await -> await.signal().name();
      case ChildPlan child -> SignalName.newsOf(step.path());
      case TaskPlan task -> SignalName.completionOf(new WaitPoint(step.path(), 0));
      case StepPlan other -> "";
    };
  }

  /** Whether a wait ends because nothing came; it may be given up as well, or end by a signal. */
  private static boolean isTimeUp(LogWrite row, Transition transition, LogTree tree) {
    if (tree.stepAt(row.path()).plan() instanceof AwaitPlan await) {
      return switch (await.silence()) {
        case AwaitPlan.Silence.Yields yields ->
            row.status() == LogStatus.SUCCEEDED && transition.links().consumes().isEmpty();
        case AwaitPlan.Silence.Fails fails ->
            row.error() != null && row.error().startsWith("no signal ");
      };
    }
    return tree.stepAt(row.path()).plan() instanceof DelayPlan
        && row.status() == LogStatus.SUCCEEDED;
  }

  /** I16, and I15: what came in time is not passed over. */
  private void checkTimeUp(LogWrite row, Instant due, LogTree tree) {
    invariants.require(
        !simulation.now().isBefore(due), Invariant.I16, "due at %s: %s", due, Words.of(row));
    if (tree.stepAt(row.path()).plan() instanceof AwaitPlan await) {
      invariants.require(
          pending(tree.found().saga().id()).stream()
              .filter(signal -> signal.name().equals(await.signal().name()))
              .allMatch(signal -> signal.sentAt().isAfter(due)),
          Invariant.I15,
          "a signal came in time, and was passed over: %s",
          Words.of(row));
    }
  }

  private List<PendingSignal> pending(SagaId saga) {
    return simulation.truth().signals(saga).pending();
  }

  /** I15, of one signal, at rest. */
  void checkAtRest(Sender sender) {
    sender
        .signal()
        .filter(sent -> !SignalName.isNews(sent.name()))
        .ifPresent(sent -> checkAtRest(sender, sent));
  }

  private void checkAtRest(Sender sender, NewSignal sent) {
    UUID id = sent.id();
    int times = Objects.requireNonNullElse(received.get(id), 0);
    boolean isPending =
        sender.saga().map(this::pending).orElse(List.of()).stream()
            .anyMatch(signal -> signal.id().equals(id));
    boolean isUnclaimed =
        simulation
            .truth()
            .unclaimed(Duration.ZERO, SignalPosition.START, Integer.MAX_VALUE)
            .unclaimed()
            .stream()
            .map(UnclaimedSignal::id)
            .anyMatch(id::equals);
    boolean hasEnded =
        sender
            .saga()
            .flatMap(simulation.truth()::load)
            .filter(found -> found.saga().status().isEnd())
            .isPresent();
    invariants.require(
        times + (isPending ? 1 : 0) == (sender.isRefused() ? 0 : 1),
        Invariant.I15,
        "received %d times, pending %s, refused %s: %s",
        times,
        isPending,
        sender.isRefused(),
        sent.name());
    invariants.require(
        isUnclaimed == (isPending && hasEnded),
        Invariant.I15,
        "pending %s, its saga ended %s, unclaimed %s: %s",
        isPending,
        hasEnded,
        isUnclaimed,
        sent.name());
  }
}

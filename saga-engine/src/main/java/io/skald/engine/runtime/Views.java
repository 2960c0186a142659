package io.skald.engine.runtime;

import io.skald.engine.machine.Decision;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaDefinition;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.time.Instant;
import java.util.Optional;

/** Says of a saga what happened, what is next and when, in plain words. */
final class Views {
  private final Registry registry;

  Views(Registry registry) {
    this.registry = registry;
  }

  /** What is next, and when: empty for "now" and for "never by itself". */
  private record Next(String text, Optional<Instant> at) {
    static Next now(String text) {
      return new Next(text, Optional.empty());
    }
  }

  SagaView of(SagaSnapshot snapshot) {
    SagaRow saga = snapshot.saga();
    Next next = next(snapshot);
    return new SagaView(
        saga.id(),
        saga.definition().name(),
        saga.definition().version(),
        saga.businessKey(),
        saga.attributes(),
        saga.status(),
        Optional.ofNullable(saga.error()).map(SagaError::text),
        next.text(),
        next.at(),
        saga.createdAt(),
        Optional.ofNullable(saga.deadlineAt()),
        isOverdue(snapshot),
        Optional.ofNullable(saga.finishedAt()),
        snapshot.log().stream().map(Views::step).toList());
  }

  private boolean isOverdue(SagaSnapshot snapshot) {
    return registry
        .find(snapshot.saga().definition())
        .map(RegisteredSaga::definition)
        .filter(known -> isOverdue(known, snapshot))
        .isPresent();
  }

  private static boolean isOverdue(SagaDefinition<?, ?> definition, SagaSnapshot snapshot) {
    return SagaMachine.isOverdue(definition, Histories.stateOf(snapshot), snapshot.readAt());
  }

  private static SagaView.StepView step(LogRow row) {
    return new SagaView.StepView(
        row.path(),
        row.direction(),
        row.status(),
        row.attempt(),
        Optional.ofNullable(row.error()),
        row.createdAt(),
        Optional.ofNullable(row.finishedAt()));
  }

  private Next next(SagaSnapshot snapshot) {
    SagaRow saga = snapshot.saga();
    return switch (saga.status()) {
      case COMPLETED -> Next.now("nothing: every step succeeded");
      case COMPENSATED -> Next.now("nothing: everything that was done is compensated");
      case RESOLVED -> Next.now("nothing: an operator closed it");
      case STUCK -> Next.now("an operator has to retry, skip or resolve it");
      case RUNNING, COMPENSATING ->
          registry
              .find(saga.definition())
              .map(known -> decided(known.definition(), snapshot))
              .orElseGet(() -> Next.now("a node that knows this definition goes on with it"));
    };
  }

  private static Next decided(SagaDefinition<?, ?> definition, SagaSnapshot snapshot) {
    Decision decision =
        SagaMachine.decide(definition, Histories.stateOf(snapshot), snapshot.readAt());
    return switch (decision) {
      case Decision.Act act ->
          Next.now("step %s, attempt %d".formatted(act.step().name(), act.attempt()));
      case Decision.Compensate compensate ->
          Next.now(
              "compensation of step %s, attempt %d"
                  .formatted(compensate.step().name(), compensate.attempt()));
      case Decision.Wait wait -> new Next(waiting(definition, snapshot), Optional.of(wait.until()));
      case Decision.TurnAround turn -> Next.now("compensation of what was done");
      case Decision.Complete complete -> Next.now("the end: every step has succeeded");
      case Decision.EndCompensated end -> Next.now("the end: everything is compensated");
      case Decision.Stick stick -> Next.now("an operator, at step " + stick.step());
      case Decision.Rest rest -> Next.now("nothing");
    };
  }

  private static String waiting(SagaDefinition<?, ?> definition, SagaSnapshot snapshot) {
    String what =
        snapshot.saga().status() == SagaStatus.COMPENSATING
            ? "another attempt of a compensation"
            : SagaMachine.currentStep(definition, Histories.stateOf(snapshot))
                .map(step -> "another attempt of step " + step.name())
                .orElse("another attempt");
    return what + ", after a pause";
  }
}

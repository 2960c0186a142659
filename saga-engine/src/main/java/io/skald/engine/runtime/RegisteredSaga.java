package io.skald.engine.runtime;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.HandlerResolver;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.ConfirmationPlan;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** A definition this engine can run, with its beans looked up. Immutable. */
public final class RegisteredSaga {
  private final SagaDefinition<?, ?> definition;
  private final DefinitionRef ref;
  private final Map<Handler.Bean, Object> beans;

  private RegisteredSaga(SagaDefinition<?, ?> definition, Map<Handler.Bean, Object> beans) {
    this.definition = definition;
    this.ref = refOf(definition);
    this.beans = Map.copyOf(beans);
  }

  /**
   * A definition with every bean it names looked up.
   *
   * @throws io.skald.saga.error.SagaDefinitionException if one is missing or ambiguous
   */
  public static RegisteredSaga of(SagaDefinition<?, ?> definition, HandlerResolver resolver) {
    var beans = new HashMap<Handler.Bean, Object>();
    definition.allSteps().stream()
        .map(PlacedStep::plan)
        .filter(TaskPlan.class::isInstance)
        .map(TaskPlan.class::cast)
        .flatMap(RegisteredSaga::works)
        .map(Work::handler)
        .forEach(handler -> lookUp(handler, resolver, beans));
    return new RegisteredSaga(definition, beans);
  }

  /** How the store knows a definition. */
  public static DefinitionRef refOf(SagaDefinition<?, ?> definition) {
    return new DefinitionRef(definition.name(), definition.version(), definition.fingerprint());
  }

  private static void lookUp(
      Handler handler, HandlerResolver resolver, Map<Handler.Bean, Object> beans) {
    if (handler instanceof Handler.Bean bean) {
      beans.computeIfAbsent(bean, key -> resolver.resolve(key.type(), key.qualifier()));
    }
  }

  private static Stream<Work> works(TaskPlan plan) {
    Stream<Work> actions =
        switch (plan.action()) {
          case ActionPlan.Local local -> Stream.of(local.work());
          case ActionPlan.Remote remote ->
              Stream.of(remote.work(), remote.verification()).filter(Objects::nonNull);
          case ActionPlan.Async async -> Stream.of(async.work());
        };
    Stream<Work> compensations =
        switch (plan.compensation()) {
          case CompensationPlan.None none -> Stream.empty();
          case CompensationPlan.Local local -> Stream.of(local.work());
          case CompensationPlan.Remote remote -> Stream.of(remote.work());
        };
    Stream<Work> confirmations = Stream.ofNullable(plan.confirmation()).map(ConfirmationPlan::work);
    return Stream.of(actions, compensations, confirmations).flatMap(Function.identity());
  }

  /** The definition. */
  public SagaDefinition<?, ?> definition() {
    return definition;
  }

  /** How the store knows it. */
  public DefinitionRef ref() {
    return ref;
  }

  /** The object that implements a piece of its work. */
  Object handlerOf(Work work) {
    return switch (work.handler()) {
      case Handler.Inline inline -> inline.instance();
      case Handler.Bean bean -> Objects.requireNonNull(beans.get(bean), "bean");
    };
  }
}

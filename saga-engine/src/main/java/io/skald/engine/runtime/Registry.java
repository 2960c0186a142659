package io.skald.engine.runtime;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.HandlerResolver;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.error.UnknownSagaException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The definitions an engine can run. Immutable. */
public final class Registry {
  private final Map<DefinitionRef, RegisteredSaga> sagas;

  private Registry(Map<DefinitionRef, RegisteredSaga> sagas) {
    this.sagas = Map.copyOf(sagas);
  }

  /**
   * The definitions with every bean looked up.
   *
   * @throws SagaDefinitionException if a bean is missing, or a version is there twice
   */
  public static Registry of(
      Collection<SagaDefinition<?, ?>> definitions, HandlerResolver resolver) {
    var sagas = new LinkedHashMap<DefinitionRef, RegisteredSaga>();
    for (SagaDefinition<?, ?> definition : withChildren(definitions)) {
      boolean twice =
          sagas.keySet().stream()
              .anyMatch(
                  ref ->
                      ref.name().equals(definition.name())
                          && ref.version() == definition.version());
      if (twice) {
        throw new SagaDefinitionException(
            "saga %s is defined twice (expected: each version once)".formatted(definition),
            definition.name(),
            null);
      }
      sagas.put(RegisteredSaga.refOf(definition), RegisteredSaga.of(definition, resolver));
    }
    return new Registry(sagas);
  }

  /** The definitions and those that their steps start, each once. */
  static List<SagaDefinition<?, ?>> withChildren(Collection<SagaDefinition<?, ?>> definitions) {
    var all = new ArrayList<SagaDefinition<?, ?>>(definitions);
    var known = new HashSet<>(definitions.stream().map(RegisteredSaga::refOf).toList());
    for (int at = 0; at < all.size(); at++) {
      all.get(at).allSteps().stream()
          .map(PlacedStep::plan)
          .filter(ChildPlan.class::isInstance)
          .map(plan -> ((ChildPlan) plan).child())
          .filter(child -> known.add(RegisteredSaga.refOf(child)))
          .forEach(all::add);
    }
    return all;
  }

  /** The definitions, with those that their steps start. */
  public List<SagaDefinition<?, ?>> definitions() {
    return sagas.values().stream().<SagaDefinition<?, ?>>map(RegisteredSaga::definition).toList();
  }

  /** Whether a saga of any of them takes locks. */
  boolean usesLocks() {
    return sagas.values().stream().anyMatch(saga -> saga.definition().locks().isPresent());
  }

  /** How the store knows them. */
  public List<DefinitionRef> refs() {
    return List.copyOf(sagas.keySet());
  }

  /** The definition the store knows as {@code ref}, if it is registered. */
  public Optional<RegisteredSaga> find(DefinitionRef ref) {
    return Optional.ofNullable(sagas.get(ref));
  }

  /**
   * The definition the store knows as {@code ref}.
   *
   * @throws UnknownSagaException if it is not registered here
   */
  public RegisteredSaga require(DefinitionRef ref) {
    return find(ref)
        .orElseThrow(
            () ->
                new UnknownSagaException(
                    "saga %s version %d is not registered with this engine (expected: define(..)"
                            .formatted(ref.name(), ref.version())
                        + " before it is started)",
                    ref.name(),
                    null));
  }
}

package io.skald.engine.runtime;

import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Rate;
import io.skald.saga.SagaDefinition;
import io.skald.saga.view.Direction;
import java.util.ArrayList;
import java.util.List;

/**
 * The limits and rates of a node, and what they ask of an attempt. Immutable.
 *
 * @param limits how many attempts are made at a time
 * @param rates how many are begun in a while
 */
public record FlowControl(List<Limit> limits, List<Rate> rates) {
  /** No limit, and no rate. */
  public static final FlowControl NONE = new FlowControl(List.of(), List.of());

  /** Copies the lists; of two of the same the later one holds. */
  public FlowControl {
    var lastLimits = new ArrayList<Limit>();
    for (Limit limit : limits) {
      lastLimits.removeIf(limit::replaces);
      lastLimits.add(limit);
    }
    var lastRates = new ArrayList<Rate>();
    for (Rate rate : rates) {
      lastRates.removeIf(rate::replaces);
      lastRates.add(rate);
    }
    limits = List.copyOf(lastLimits);
    rates = List.copyOf(lastRates);
  }

  /** Whether sagas may wait for what others give back. */
  boolean usesPermits() {
    return !limits.isEmpty();
  }

  /** Whether any attempt of any saga of the definition is named. */
  boolean concerns(SagaDefinition<?, ?> definition) {
    return limits.stream().anyMatch(it -> concerns(definition, it.subject(), it.name()))
        || rates.stream().anyMatch(it -> concerns(definition, it.subject(), it.name()));
  }

  private static boolean concerns(
      SagaDefinition<?, ?> definition, Limit.Subject subject, String name) {
    return switch (subject) {
      case SAGA -> definition.name().equals(name);
      case STEP -> definition.step(name).isPresent();
    };
  }

  /**
   * What an attempt has to have before it is made.
   *
   * @param node who would make it
   */
  Demand of(SagaDefinition<?, ?> definition, SagaState state, Place place, NodeId node) {
    String step = place.step().name();
    return new Demand(
        nameOf(place.step().path(), place.direction()),
        SagaMachine.isOneWay(definition, state) ? Demand.URGENT : Demand.ORDINARY,
        limits.stream()
            .filter(it -> isOf(definition, step, it.subject(), it.name()))
            .map(it -> permit(it, node))
            .toList(),
        rates.stream()
            .filter(it -> isOf(definition, step, it.subject(), it.name()))
            .map(FlowControl::turn)
            .toList());
  }

  private static boolean isOf(
      SagaDefinition<?, ?> definition, String step, Limit.Subject subject, String name) {
    return switch (subject) {
      case SAGA -> definition.name().equals(name);
      case STEP -> step.equals(name);
    };
  }

  private static Demand.Permit permit(Limit limit, NodeId node) {
    String key =
        switch (limit.reach()) {
          case NODE -> node.value().toString();
          case FLEET -> "";
        };
    return new Demand.Permit(limit.subject().called(limit.name()), key, limit.atOnce());
  }

  private static Demand.Turn turn(Rate rate) {
    String name = "rate " + rate.subject().called(rate.name());
    return new Demand.Turn(name, rate.pace(), rate.attempts());
  }

  /** How the store knows a place: no path has a blank in it. */
  static String nameOf(String path, Direction direction) {
    return path + " " + direction;
  }
}

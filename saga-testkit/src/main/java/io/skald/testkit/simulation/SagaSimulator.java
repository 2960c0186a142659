package io.skald.testkit.simulation;

import io.skald.engine.runtime.Registry;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.testkit.InMemorySagaStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs sagas on several virtual nodes, with a virtual clock, while faults strike, and checks what
 * must hold whatever happens. The same seed gives the same run.
 *
 * <pre>{@code
 * SagaSimulator.of(placeOrder, order).nodes(3).seed(42).faults(FaultPlan.random()).run();
 * }</pre>
 *
 * <p>Local steps find their tables by {@code tx.unwrap(InMemoryTables.class)}; remote ones call
 * whatever stands for the participant, best a {@link RemoteLedger}. Handlers must not wait, start
 * threads or ask for the time. Immutable.
 */
public final class SagaSimulator {
  private final Scenario scenario;
  private final HandlerResolver handlers;
  private final long seed;
  private final FaultPlan faults;

  private SagaSimulator(Scenario scenario, HandlerResolver handlers, long seed, FaultPlan faults) {
    this.scenario = scenario;
    this.handlers = handlers;
    this.seed = seed;
    this.faults = faults;
  }

  /** A simulation of one saga on two nodes, with seed 0 and random faults. */
  public static <I> SagaSimulator of(SagaDefinition<I, ?> definition, I input) {
    return of(definition, input, new NoHandlers());
  }

  /** A simulation of one saga, with the beans its definition names. */
  public static <I> SagaSimulator of(
      SagaDefinition<I, ?> definition, I input, HandlerResolver handlers) {
    var start = new Scenario.Start<>(definition, input);
    Scenario one = Scenario.of(Registry.of(List.of(definition), handlers), start);
    return new SagaSimulator(one, handlers, 0, FaultPlan.random());
  }

  /** This simulation with another saga beside those that are there. */
  public <I> SagaSimulator and(SagaDefinition<I, ?> definition, I input) {
    var definitions = new ArrayList<>(scenario.definitions());
    if (!definitions.contains(definition)) {
      definitions.add(definition);
    }
    var start = new Scenario.Start<>(definition, input);
    return with(scenario.withStart(Registry.of(definitions, handlers), start));
  }

  /**
   * This simulation with a signal sent to the saga added last, through any node, and again until it
   * is known to have arrived.
   *
   * @param after how long after the run begins, on the virtual clock; may be before the saga starts
   */
  public <S> SagaSimulator signal(Signal<S> signal, S value, Duration after) {
    return with(scenario.withSignal(signal, value, after, Scenario.Route.NODE));
  }

  /**
   * This simulation with a signal to the saga added last, sent in a transaction of the sender's
   * that commits then: a node has to find it.
   *
   * @param after how long after the run begins, on the virtual clock; may be before the saga starts
   */
  public <S> SagaSimulator signalJoined(Signal<S> signal, S value, Duration after) {
    return with(scenario.withSignal(signal, value, after, Scenario.Route.SENDERS_TRANSACTION));
  }

  /**
   * This simulation with an asynchronous step of the saga added last completed from outside, and
   * again until the completion is known to have arrived. Once for each step.
   *
   * @param step a step that stands in no {@code forEach}
   * @param after how long after the run begins, on the virtual clock; may be before it is handed
   *     out
   */
  public <R> SagaSimulator completion(Step<?, R> step, R value, Duration after) {
    return with(scenario.withCompletion(step, value, after));
  }

  /**
   * Whoever has the work of a step says by its token, so long after they got it, that it is done.
   */
  <R> SagaSimulator completed(Step<?, R> step, R value, Duration after) {
    return with(
        scenario.withTelling(
            step, (said, lookup, token) -> said.completed(lookup, step, token, value), after));
  }

  /** Whoever has the work of a step says, so long after they got it, that it cannot be done. */
  SagaSimulator failed(Step<?, ?> step, String reason, Duration after) {
    return with(
        scenario.withTelling(
            step, (said, lookup, token) -> said.failed(lookup, token, reason), after));
  }

  /** Whoever has the work of a step says, so long after they got it, that they are at it. */
  SagaSimulator alive(Step<?, ?> step, Duration after) {
    return with(
        scenario.withTelling(step, (said, lookup, token) -> said.alive(lookup, token), after));
  }

  /** This simulation with so many nodes; at least 1. */
  public SagaSimulator nodes(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("nodes: " + count + " (expected: >= 1)");
    }
    return with(scenario.withNodes(count));
  }

  /** This simulation with another seed. */
  public SagaSimulator seed(long other) {
    return new SagaSimulator(scenario, handlers, other, faults);
  }

  /** This simulation with other faults. */
  public SagaSimulator faults(FaultPlan plan) {
    return new SagaSimulator(scenario, handlers, seed, plan);
  }

  /** This simulation with the participant its handlers call, so that it is checked as well. */
  public SagaSimulator remote(RemoteLedger ledger) {
    return with(scenario.withLedger(ledger));
  }

  /**
   * This simulation with another bound of the time from the last fault until everything is at rest,
   * on the virtual clock; 10 minutes where nothing is said.
   */
  public SagaSimulator restWithin(Duration bound) {
    return with(scenario.withRestWithin(bound));
  }

  /** This simulation with the first saga cancelled when the run comes to that point, from 1. */
  public SagaSimulator cancelAtPoint(int point) {
    return with(scenario.withCancelAtPoint(point));
  }

  /** This simulation with an operator who does that with every saga that is stuck. */
  SagaSimulator whenStuck(Console.Handling handling) {
    return with(scenario.withHandling(handling));
  }

  /** This simulation with something done before each run, as emptying what handlers write to. */
  public SagaSimulator beforeEach(Runnable action) {
    return with(scenario.withBeforeRun(store -> action.run()));
  }

  /** This simulation with a check of its own, made when everything is at rest. */
  public SagaSimulator check(Consumer<InMemorySagaStore> assertion) {
    return with(scenario.withAfterRun(assertion));
  }

  /** This simulation with something put in front of the store; to see that faults are found. */
  SagaSimulator store(UnaryOperator<SagaStore> decorator) {
    return with(scenario.withDecorator(decorator));
  }

  private SagaSimulator with(Scenario other) {
    return new SagaSimulator(other, handlers, seed, faults);
  }

  Scenario scenario() {
    return scenario;
  }

  long seed() {
    return seed;
  }

  /**
   * Runs the simulation, then once more with every node replaced.
   *
   * @throws SimulationFailure if something did not hold, or no fault struck that should have
   */
  public SimulationReport run() {
    Replay replay = replay();
    if (!replay.holds()) {
      throw replay.shortest().failure();
    }
    if (replay.faults().isEmpty() && !faults.isCalm()) {
      throw new SimulationFailure("seed " + seed + ": no fault struck, so nothing is proved");
    }
    return replay.report();
  }

  Replay replay() {
    return Replay.of(scenario, seed, faults);
  }

  /** What a simulation has that was given no beans. */
  private static final class NoHandlers implements HandlerResolver {
    @Override
    public <T> T resolve(Class<T> type, @Nullable String qualifier) {
      throw new SagaDefinitionException(
          "handler %s: no beans (expected: SagaSimulator.of(definition, input, handlers))"
              .formatted(type.getName()),
          null,
          null);
    }
  }
}

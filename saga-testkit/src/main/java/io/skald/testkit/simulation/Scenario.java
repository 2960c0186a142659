package io.skald.testkit.simulation;

import io.skald.engine.runtime.Registry;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.definition.SignalName;
import io.skald.testkit.InMemorySagaStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What is simulated. Immutable.
 *
 * @param registry the definitions
 * @param starts the sagas
 * @param sendings the signals that are sent to them
 * @param nodes how many nodes
 * @param ledger the participant
 * @param decorator what stands in front of the store
 * @param restWithin how long after the last fault everything has to be at rest
 * @param cancelAtPoint at which point the first saga is cancelled; 0 for never
 * @param beforeRun what is done before each run
 * @param afterRun what is checked after each run
 */
record Scenario(
    Registry registry,
    List<Start<?>> starts,
    List<Sending> sendings,
    int nodes,
    RemoteLedger ledger,
    UnaryOperator<SagaStore> decorator,
    Duration restWithin,
    int cancelAtPoint,
    Runnable beforeRun,
    Consumer<InMemorySagaStore> afterRun) {
  static final Duration REST_WITHIN = Duration.ofMinutes(10);

  /** A saga to be started. */
  record Start<I>(SagaDefinition<I, ?> definition, I input) {}

  /**
   * A signal to be sent.
   *
   * @param start which saga it is sent to, from 0
   * @param name the signal's name
   * @param payload what it carries, encoded
   * @param after how long after the run began
   * @param route how it gets into the store
   */
  record Sending(int start, String name, String payload, Duration after, Route route) {}

  /** How a signal gets into the store. */
  enum Route {
    /** Through a node, in a transaction of its own. */
    NODE,
    /** In a transaction of the sender's: some node finds it there. */
    SENDERS_TRANSACTION
  }

  Scenario {
    starts = List.copyOf(starts);
    sendings = List.copyOf(sendings);
  }

  static Scenario of(Registry registry, Start<?> start) {
    return new Scenario(
        registry,
        List.of(start),
        List.of(),
        2,
        new RemoteLedger(),
        UnaryOperator.identity(),
        REST_WITHIN,
        0,
        () -> {},
        store -> {});
  }

  Scenario withStart(Registry more, Start<?> start) {
    var all = new ArrayList<>(starts);
    all.add(start);
    return new Scenario(
        more,
        all,
        sendings,
        nodes,
        ledger,
        decorator,
        restWithin,
        cancelAtPoint,
        beforeRun,
        afterRun);
  }

  /** With a signal to the saga added last. */
  <S> Scenario withSignal(Signal<S> signal, S value, Duration after, Route route) {
    String payload = Simulation.CODEC.encode(value, signal.type());
    return withSending(new Sending(starts.size() - 1, signal.name(), payload, after, route));
  }

  /** With the completion of a step of the saga added last. */
  <R> Scenario withCompletion(Step<?, R> step, R value, Duration after) {
    String name = SignalName.completionOf(step.name());
    String payload = Simulation.CODEC.encode(value, step.plan().resultType());
    return withSending(new Sending(starts.size() - 1, name, payload, after, Route.NODE));
  }

  private Scenario withSending(Sending sending) {
    var all = new ArrayList<>(sendings);
    all.add(sending);
    return new Scenario(
        registry,
        starts,
        all,
        nodes,
        ledger,
        decorator,
        restWithin,
        cancelAtPoint,
        beforeRun,
        afterRun);
  }

  Scenario withNodes(int count) {
    return new Scenario(
        registry,
        starts,
        sendings,
        count,
        ledger,
        decorator,
        restWithin,
        cancelAtPoint,
        beforeRun,
        afterRun);
  }

  Scenario withLedger(RemoteLedger other) {
    return new Scenario(
        registry,
        starts,
        sendings,
        nodes,
        other,
        decorator,
        restWithin,
        cancelAtPoint,
        beforeRun,
        afterRun);
  }

  Scenario withDecorator(UnaryOperator<SagaStore> other) {
    return new Scenario(
        registry,
        starts,
        sendings,
        nodes,
        ledger,
        other,
        restWithin,
        cancelAtPoint,
        beforeRun,
        afterRun);
  }

  Scenario withRestWithin(Duration other) {
    return new Scenario(
        registry,
        starts,
        sendings,
        nodes,
        ledger,
        decorator,
        other,
        cancelAtPoint,
        beforeRun,
        afterRun);
  }

  Scenario withCancelAtPoint(int point) {
    return new Scenario(
        registry,
        starts,
        sendings,
        nodes,
        ledger,
        decorator,
        restWithin,
        point,
        beforeRun,
        afterRun);
  }

  Scenario withBeforeRun(Runnable action) {
    return new Scenario(
        registry,
        starts,
        sendings,
        nodes,
        ledger,
        decorator,
        restWithin,
        cancelAtPoint,
        action,
        afterRun);
  }

  Scenario withAfterRun(Consumer<InMemorySagaStore> check) {
    return new Scenario(
        registry,
        starts,
        sendings,
        nodes,
        ledger,
        decorator,
        restWithin,
        cancelAtPoint,
        beforeRun,
        check);
  }

  List<SagaDefinition<?, ?>> definitions() {
    return starts.stream().<SagaDefinition<?, ?>>map(Start::definition).distinct().toList();
  }
}

package io.skald.testkit.simulation;

import io.skald.engine.runtime.Completions;
import io.skald.engine.runtime.Registry;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.WaitPoint;
import io.skald.testkit.InMemorySagaStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is simulated. Immutable once it is made: each change is made to a copy. */
final class Scenario {
  static final Duration REST_WITHIN = Duration.ofMinutes(10);

  private Registry registry;
  private List<Start<?>> starts;
  private List<Sending> sendings = List.of();
  private List<Telling> tellings = List.of();
  private int nodes = 2;
  private RemoteLedger ledger = new RemoteLedger();
  private UnaryOperator<SagaStore> decorator = UnaryOperator.identity();
  private Duration restWithin = REST_WITHIN;
  private int cancelAtPoint;
  private Console.@Nullable Handling handling;
  private Consumer<InMemorySagaStore> beforeRun = store -> {};
  private Consumer<InMemorySagaStore> afterRun = store -> {};

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

  /**
   * Something to be said of work that is handed out, by whoever has it, through a node.
   *
   * @param start which saga hands it out, from 0
   * @param step the name of the step
   * @param word what is said
   * @param after how long after the work was handed out
   */
  record Telling(int start, String step, Word word, Duration after) {}

  /** What is said by token. */
  @FunctionalInterface
  interface Word {
    Optional<NewSignal> of(Completions said, Completions.Lookup lookup, String token);
  }

  /** How a signal gets into the store. */
  enum Route {
    /** Through a node, in a transaction of its own. */
    NODE,
    /** In a transaction of the sender's: some node finds it there. */
    SENDERS_TRANSACTION
  }

  private Scenario(Registry registry, List<Start<?>> starts) {
    this.registry = registry;
    this.starts = starts;
  }

  static Scenario of(Registry registry, Start<?> start) {
    return new Scenario(registry, List.of(start));
  }

  private Scenario changed(Consumer<Scenario> change) {
    var copy = new Scenario(registry, starts);
    copy.sendings = sendings;
    copy.tellings = tellings;
    copy.nodes = nodes;
    copy.ledger = ledger;
    copy.decorator = decorator;
    copy.restWithin = restWithin;
    copy.cancelAtPoint = cancelAtPoint;
    copy.handling = handling;
    copy.beforeRun = beforeRun;
    copy.afterRun = afterRun;
    change.accept(copy);
    return copy;
  }

  private static <T> List<T> added(List<T> list, T one) {
    var more = new ArrayList<>(list);
    more.add(one);
    return List.copyOf(more);
  }

  Scenario withStart(Registry more, Start<?> start) {
    return changed(
        copy -> {
          copy.registry = more;
          copy.starts = added(starts, start);
        });
  }

  /** With a signal to the saga added last. */
  <S> Scenario withSignal(Signal<S> signal, S value, Duration after, Route route) {
    String payload = Simulation.CODEC.encode(value, signal.type());
    return withSending(new Sending(starts.size() - 1, signal.name(), payload, after, route));
  }

  /** With the completion of a step of the saga added last. */
  <R> Scenario withCompletion(Step<?, R> step, R value, Duration after) {
    Integer renewal = step.plan() instanceof TaskPlan ? 0 : null;
    String name = SignalName.completionOf(new WaitPoint(step.name(), renewal));
    String payload = Simulation.CODEC.encode(value, step.plan().resultType());
    return withSending(new Sending(starts.size() - 1, name, payload, after, Route.NODE));
  }

  /** With something said of the work that a step of the saga added last hands out. */
  Scenario withTelling(Step<?, ?> step, Word word, Duration after) {
    var telling = new Telling(starts.size() - 1, step.name(), word, after);
    return changed(copy -> copy.tellings = added(tellings, telling));
  }

  private Scenario withSending(Sending sending) {
    return changed(copy -> copy.sendings = added(sendings, sending));
  }

  Scenario withNodes(int count) {
    return changed(copy -> copy.nodes = count);
  }

  Scenario withLedger(RemoteLedger other) {
    return changed(copy -> copy.ledger = other);
  }

  Scenario withDecorator(UnaryOperator<SagaStore> other) {
    return changed(copy -> copy.decorator = other);
  }

  Scenario withRestWithin(Duration other) {
    return changed(copy -> copy.restWithin = other);
  }

  Scenario withCancelAtPoint(int point) {
    return changed(copy -> copy.cancelAtPoint = point);
  }

  Scenario withHandling(Console.Handling other) {
    return changed(copy -> copy.handling = other);
  }

  Scenario withBeforeRun(Consumer<InMemorySagaStore> action) {
    return changed(copy -> copy.beforeRun = action);
  }

  Scenario withAfterRun(Consumer<InMemorySagaStore> check) {
    return changed(copy -> copy.afterRun = check);
  }

  /** The definitions. */
  Registry registry() {
    return registry;
  }

  /** The sagas. */
  List<Start<?>> starts() {
    return starts;
  }

  /** The signals that are sent to them. */
  List<Sending> sendings() {
    return sendings;
  }

  /** What is said of the work that they hand out. */
  List<Telling> tellings() {
    return tellings;
  }

  /** How many nodes. */
  int nodes() {
    return nodes;
  }

  /** The participant. */
  RemoteLedger ledger() {
    return ledger;
  }

  /** What stands in front of the store. */
  UnaryOperator<SagaStore> decorator() {
    return decorator;
  }

  /** How long after the last fault everything has to be at rest. */
  Duration restWithin() {
    return restWithin;
  }

  /** At which point the first saga is cancelled; 0 for never. */
  int cancelAtPoint() {
    return cancelAtPoint;
  }

  /** What an operator does with what is stuck; empty if nobody looks. */
  Optional<Console.Handling> handling() {
    return Optional.ofNullable(handling);
  }

  /** What is done before each run. */
  Consumer<InMemorySagaStore> beforeRun() {
    return beforeRun;
  }

  /** What is checked after each run. */
  Consumer<InMemorySagaStore> afterRun() {
    return afterRun;
  }

  List<SagaDefinition<?, ?>> definitions() {
    return starts.stream().<SagaDefinition<?, ?>>map(Start::definition).distinct().toList();
  }
}

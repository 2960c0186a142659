package io.skald.testkit.simulation;

import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.testkit.InMemorySagaStore;
import io.skald.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** One simulated run: the nodes, the store, the clock, and everything that happened. */
final class Simulation {
  static final Duration LEASE = Duration.ofSeconds(15);
  static final Duration HEARTBEAT = Duration.ofSeconds(5);
  static final Duration POLL = Duration.ofSeconds(1);
  static final PayloadCodec CODEC = new JacksonCodec();
  private static final Duration BREATH = Duration.ofMillis(20);

  private final Scenario scenario;
  private final ManualClock clock = ManualClock.standing();
  private final Instant begun = clock.instant();
  private final Random random;
  private final Scheduler scheduler;
  private final InMemorySagaStore truth = new InMemorySagaStore(clock, null, this::newSecret);
  private final SagaStore store;
  private final Faults faults;
  private final Invariants invariants;
  private final Console console = new Console(this);
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final Senders senders = new Senders(this);
  private int incarnations;
  private long ids;
  private long secrets;

  Simulation(Scenario scenario, long seed, FaultPlan plan) {
    this.scenario = scenario;
    this.random = new Random(seed);
    this.scheduler = new Scheduler(clock, new Random(seed * 17 + 3));
    this.store = scenario.decorator().apply(truth);
    this.faults = new Faults(this, plan, new Random(seed * 31 + 7));
    this.invariants = new Invariants(this);
  }

  // ---- what its parts ask for

  Scenario scenario() {
    return scenario;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Random random() {
    return random;
  }

  /** The store the nodes talk to. */
  SagaStore store() {
    return store;
  }

  /** The store as it is, whatever stands in front of it. */
  InMemorySagaStore truth() {
    return truth;
  }

  Faults faults() {
    return faults;
  }

  Invariants invariants() {
    return invariants;
  }

  Instant now() {
    return clock.instant();
  }

  long nanos() {
    return Duration.between(begun, clock.instant()).toNanos();
  }

  UUID newId() {
    return new UUID(0x7000L, ++ids);
  }

  private UUID newSecret() {
    return new UUID(0x7001L, ++secrets);
  }

  SagaId newSaga() {
    return new SagaId(newId());
  }

  List<Client> clients() {
    return List.copyOf(clients);
  }

  List<Sender> senders() {
    return senders.all();
  }

  /** The sagas that clients know of, and those that these have started. */
  List<SagaId> sagas() {
    var all = new ArrayList<SagaId>();
    clients.stream().map(Client::saga).flatMap(Optional::stream).distinct().forEach(all::add);
    for (int at = 0; at < all.size(); at++) {
      truth.children(all.get(at)).forEach(child -> all.add(child.id()));
    }
    return List.copyOf(all);
  }

  /** A short while, as a network takes it. */
  Duration latency() {
    return Duration.ofMillis(random.nextInt((int) BREATH.toMillis()));
  }

  Optional<SimulatedNode> anyNode() {
    List<SimulatedNode> open = nodes.stream().filter(node -> node.current().isPresent()).toList();
    return open.isEmpty() ? Optional.empty() : Optional.of(open.get(random.nextInt(open.size())));
  }

  /** A node has died: the process is started again, and is another node. */
  void died(SimulatedNode node) {
    nodes.remove(node);
    scheduler.at(faults.longWhile(), null, () -> open(node.name()));
  }

  private void open(String name) {
    var node = new SimulatedNode(this, name, ++incarnations);
    nodes.add(node);
    node.open();
  }

  /** Has the operator cancel the first saga. */
  void cancel() {
    sagas().stream().findFirst().ifPresent(console::cancel);
  }

  // ---- the run

  /** Runs until nothing is left to do. */
  void run() {
    scenario.beforeRun().accept(truth);
    scenario.ledger().reset(invariants::onRequest, senders::handedOut);
    for (int node = 1; node <= scenario.nodes(); node++) {
      open("node-" + node);
    }
    for (Scenario.Start<?> start : scenario.starts()) {
      var client = new Client(this, start);
      clients.add(client);
      scheduler.at(latency(), null, client::begin);
    }
    senders.begin();
    console.begin();
    while (!isAtRest() && invariants.violations().isEmpty()) {
      goOn();
    }
    if (invariants.violations().isEmpty()) {
      invariants.checkAtRest();
      scenario.afterRun().accept(truth);
    }
  }

  private void goOn() {
    if (Duration.between(faults.lastAt(), now()).compareTo(scenario.restWithin()) > 0) {
      invariants.violated(
          Invariant.I20, "not at rest %s after the last fault", scenario.restWithin());
    } else if (!scheduler.step()) {
      invariants.violated(Invariant.I20, "nothing left to do, and not at rest");
    }
  }

  private boolean isAtRest() {
    return !faults.isAnythingLate()
        && scheduler.isIdle()
        && clients.stream().allMatch(Client::isDone)
        && senders.areDone()
        && truth.unrouted() == 0
        && console.isDone()
        && sagas().stream().allMatch(this::isAtRest);
  }

  private boolean isAtRest(SagaId id) {
    var row = truth.rows(List.of(id)).getFirst();
    return row.owner() == null && row.wakeAt() == null;
  }

  /** Begins anew with every node replaced, and sees that nothing changes. */
  void resumeOnce() {
    List<SagaSnapshot> before = snapshots();
    var standing = scenario.ledger().standing();
    int requests = scenario.ledger().requests().size();
    List.copyOf(nodes).forEach(SimulatedNode::die);
    open("node-again");
    Instant until = now().plus(LEASE.multipliedBy(2));
    boolean goesOn = true;
    while (goesOn && now().isBefore(until)) {
      goesOn = scheduler.step();
    }
    boolean same =
        unread(before).equals(unread(snapshots()))
            && standing.equals(scenario.ledger().standing())
            && requests == scenario.ledger().requests().size();
    if (!same) {
      invariants.violated(Invariant.I20, "something changed when a node began anew");
    }
  }

  private static List<Object> unread(List<SagaSnapshot> snapshots) {
    return snapshots.stream().<Object>map(found -> List.of(found.saga(), found.log())).toList();
  }

  List<SagaSnapshot> snapshots() {
    return sagas().stream().map(truth::load).flatMap(Optional::stream).toList();
  }

  /** Ends every thread. */
  void close() {
    List.copyOf(nodes).forEach(SimulatedNode::die);
    scheduler.reap();
  }

  Duration elapsed() {
    return Duration.between(begun, now());
  }
}

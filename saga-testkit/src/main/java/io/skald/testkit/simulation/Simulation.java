package io.skald.testkit.simulation;

import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import io.skald.saga.internal.StepPath;
import io.skald.testkit.InMemorySagaStore;
import io.skald.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
  private final Random faultRandom;
  private final Random random;
  private final Scheduler scheduler;
  private final InMemorySagaStore truth = new InMemorySagaStore(clock, null, this::newSecret);
  private final SagaStore store;
  private final FaultPlan.Course plan;
  private final Invariants invariants;
  private final Console console = new Console(this);
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final List<Sender> senders = new ArrayList<>();
  private final Set<Told> told = new HashSet<>();
  private final List<Happening> happenings = new ArrayList<>();
  private Instant lastFaultAt = begun;
  private int points;
  private int underWay;
  private int incarnations;
  private long ids;
  private long secrets;

  /** What is said of the work at a path. */
  private record Told(Scenario.Telling telling, String path) {}

  /** Something that happened at a fault point. */
  record Happening(
      int number,
      Duration at,
      String node,
      FaultPoint point,
      Supplier<String> what,
      @Nullable Fault fault) {
    @Override
    public String toString() {
      return "#%d +%d ms %s %s %s%s"
          .formatted(
              number, at.toMillis(), node, point, what.get(), fault == null ? "" : " <- " + fault);
    }
  }

  Simulation(Scenario scenario, long seed, FaultPlan faults) {
    this.scenario = scenario;
    this.random = new Random(seed);
    this.faultRandom = new Random(seed * 31 + 7);
    this.scheduler = new Scheduler(clock, new Random(seed * 17 + 3));
    this.store = scenario.decorator().apply(truth);
    this.plan = faults.begin(faultRandom, scenario.starts().size());
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
    return List.copyOf(senders);
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

  /** Up to three leases. */
  Duration longWhile() {
    return Duration.ofMillis(faultRandom.nextInt(1, 3 * (int) LEASE.toMillis()));
  }

  Optional<SimulatedNode> anyNode() {
    List<SimulatedNode> open = nodes.stream().filter(node -> node.current().isPresent()).toList();
    return open.isEmpty() ? Optional.empty() : Optional.of(open.get(random.nextInt(open.size())));
  }

  /** What goes wrong here. */
  @Nullable Fault strike(FaultPoint point, SimulatedNode node, Supplier<String> what) {
    if (point.isNumbered()) {
      points++;
    }
    if (points == scenario.cancelAtPoint() && point.isNumbered()) {
      cancel();
    }
    Fault fault = plan.at(points, point).orElse(null);
    if (fault != null || point.isNumbered()) {
      Duration at = Duration.between(begun, now());
      happenings.add(new Happening(points, at, node.name(), point, what, fault));
    }
    if (fault != null) {
      lastFaultAt = now();
    }
    return fault;
  }

  /** Has a request arrive long after it was sent. */
  void later(Runnable request) {
    underWay++;
    scheduler.at(
        longWhile(),
        null,
        () -> {
          underWay--;
          request.run();
        });
  }

  /** A node has died: the process is started again, and is another node. */
  void died(SimulatedNode node) {
    nodes.remove(node);
    scheduler.at(longWhile(), null, () -> open(node.name()));
  }

  private void open(String name) {
    var node = new SimulatedNode(this, name, ++incarnations);
    nodes.add(node);
    node.open();
  }

  private void cancel() {
    sagas().stream().findFirst().ifPresent(console::cancel);
  }

  // ---- the run

  /** Runs until nothing is left to do. */
  void run() {
    scenario.beforeRun().accept(truth);
    scenario.ledger().reset(invariants::onRequest, this::handedOut);
    for (int node = 1; node <= scenario.nodes(); node++) {
      open("node-" + node);
    }
    for (Scenario.Start<?> start : scenario.starts()) {
      var client = new Client(this, start);
      clients.add(client);
      scheduler.at(latency(), null, client::begin);
    }
    for (Scenario.Sending sending : scenario.sendings()) {
      var sender = new Sender(this, clients.get(sending.start()), sending);
      senders.add(sender);
      scheduler.at(sending.after(), null, sender::begin);
    }
    console.begin();
    while (!isAtRest() && invariants.violations().isEmpty()) {
      goOn();
    }
    if (invariants.violations().isEmpty()) {
      invariants.checkAtRest();
      scenario.afterRun().accept(truth);
    }
  }

  /** Whoever has the work says what the scenario has them say, once of each piece of work. */
  private void handedOut(RemoteLedger.HandedOut work) {
    String step = StepPath.name(work.path());
    for (Scenario.Telling telling : scenario.tellings()) {
      if (telling.step().equals(step) && told.add(new Told(telling, work.path()))) {
        var sender = new Sender(this, clients.get(telling.start()), telling, work.token());
        senders.add(sender);
        scheduler.at(telling.after(), null, sender::begin);
      }
    }
  }

  private void goOn() {
    if (Duration.between(lastFaultAt, now()).compareTo(scenario.restWithin()) > 0) {
      invariants.violated(
          Invariant.I20, "not at rest %s after the last fault", scenario.restWithin());
    } else if (!scheduler.step()) {
      invariants.violated(Invariant.I20, "nothing left to do, and not at rest");
    }
  }

  private boolean isAtRest() {
    return underWay == 0
        && scheduler.isIdle()
        && clients.stream().allMatch(Client::isDone)
        && senders.stream().allMatch(Sender::isDone)
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
    while (now().isBefore(until) && scheduler.step()) {
      lastFaultAt = now();
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

  List<Happening> happenings() {
    return List.copyOf(happenings);
  }

  Duration elapsed() {
    return Duration.between(begun, now());
  }
}

package io.skald.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * The nodes: each is started again whenever it dies, under another name. Safe for use by several
 * threads.
 */
final class Cluster implements AutoCloseable {
  static final int SIZE = 3;

  private static final String ALIVE =
      """
      select count(*)
      from skald.saga_node
      where name = ?
        and expires_at > clock_timestamp()
      """;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /**
   * What docs/operations.md asks of the driver, and the name by which a node's sessions are found.
   */
  private static final String DRIVER =
      "&connectTimeout=2&socketTimeout=15&tcpKeepAlive=true&ApplicationName=";

  private final Setting setting;
  private final ChaosDatabase database;
  private final NodeLog log;
  private final Random random;
  private final List<WireProxy> wires = new ArrayList<>();
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final List<Death> deaths = new ArrayList<>();
  private final Map<String, Long> news = new ConcurrentHashMap<>();
  private final List<Standstill> standstills = new CopyOnWriteArrayList<>();
  private final List<Circumstances.Opening> openings = new CopyOnWriteArrayList<>();
  private int incarnations;
  private boolean closed;

  /** Where the nodes find what they need, and how many sagas all of them start in a second. */
  record Setting(DatabaseServer server, int remotePort, double startsPerSecond, long seed) {}

  /** Why a node died. */
  enum Cause {
    KILLED,
    POISONED,
    UNKNOWN
  }

  /** The end of an incarnation. */
  record Death(String node, Instant at, Cause cause, int status) {
    boolean isUnknown() {
      return cause == Cause.UNKNOWN;
    }
  }

  Cluster(Setting setting, ChaosDatabase database, NodeLog log) {
    this.setting = setting;
    this.database = database;
    this.log = log;
    this.random = new Random(setting.seed());
  }

  synchronized void open() throws IOException {
    for (int slot = 0; slot < SIZE; slot++) {
      wires.add(WireProxy.to(setting.server().port()));
      nodes.add(start(slot));
    }
  }

  private NodeProcess start(int slot) throws IOException {
    String name = "node%d-%d".formatted(slot, incarnations++);
    List<String> arguments =
        List.of(
            setting.server().urlBy(wires.get(slot).port()) + DRIVER + name,
            Integer.toString(setting.remotePort()),
            name,
            Long.toString(random.nextLong()),
            Double.toString(setting.startsPerSecond() / SIZE));
    NodeProcess node =
        NodeProcess.start(arguments, log, (what, number) -> hear(name, what, number));
    var unused = node.process().onExit().thenAccept(ended -> onDeath(slot, node));
    return node;
  }

  private void hear(String node, String what, long number) {
    news.merge(what, number, Long::sum);
    if (what.equals(Circumstances.Opening.NEWS)) {
      openings.add(new Circumstances.Opening(node, Instant.now()));
    }
    if (what.equals(Standstill.NEWS)) {
      standstills.add(Standstill.until(Instant.now(), number));
    }
  }

  private synchronized void onDeath(int slot, NodeProcess node) {
    if (closed || nodes.get(slot) != node) {
      return;
    }
    int status = node.process().exitValue();
    note(slot, node, status == Poison.STATUS ? Cause.POISONED : Cause.UNKNOWN);
  }

  /** Writes the death down, and starts the next incarnation. */
  private void note(int slot, NodeProcess node, Cause cause) {
    if (cause == Cause.UNKNOWN && deaths.stream().filter(Death::isUnknown).count() > 20) {
      throw new IllegalStateException("the nodes end by themselves; see " + log.file());
    }
    deaths.add(new Death(node.name(), Instant.now(), cause, node.process().exitValue()));
    try {
      nodes.set(slot, start(slot));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends a node with SIGKILL, and starts it again. */
  synchronized void kill(int slot) throws InterruptedException {
    NodeProcess node = nodes.get(slot);
    node.process().destroyForcibly().waitFor();
    note(slot, node, Cause.KILLED);
  }

  /** The wire between each node and the server; all incarnations of a node use the same one. */
  synchronized List<WireProxy> wires() {
    return List.copyOf(wires);
  }

  /** The process of a node now. */
  synchronized NodeProcess node(int slot) {
    return nodes.get(slot);
  }

  /** Waits until a node is one of those that run sagas; answers whether it is. */
  boolean awaitMember(int slot) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      if (isMember(node(slot).name())) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return false;
  }

  private boolean isMember(String name) {
    try {
      return database.rows(ALIVE, name).getFirst().getFirst().equals("1");
    } catch (IllegalStateException e) {
      // the server may be down
      return false;
    }
  }

  synchronized List<Death> deaths() {
    return List.copyOf(deaths);
  }

  /** How often what happened on the nodes. */
  Map<String, Long> news() {
    return news;
  }

  /** What else went on, beside these faults. */
  Circumstances circumstances(List<Incident> incidents) {
    return new Circumstances(deaths(), openings, incidents, standstills);
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    nodes.forEach(node -> node.process().destroyForcibly());
    for (WireProxy wire : wires) {
      wire.close();
    }
  }
}

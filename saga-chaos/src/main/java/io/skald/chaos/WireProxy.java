package io.skald.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A wire to a PostgreSQL server that can be broken: a proxy on loopback that reads what passes and
 * has faults strike where a test says, {@code proxy.onNext(commitOf("into effect")).cut(ANSWERED)},
 * or where chance does. Safe for use by several threads.
 */
final class WireProxy implements AutoCloseable {
  private static final Duration FOR_EVER = Duration.ofDays(1);
  private static final Duration DELAY_MAX = Duration.ofMillis(500);

  private final ServerSocket entrance;
  private final int serverPort;
  private final Set<WireLink> links = ConcurrentHashMap.newKeySet();
  private final List<Ambush> ambushes = new ArrayList<>();
  private final List<WireFault> faults = new ArrayList<>();
  private @Nullable Unrest unrest;
  private boolean dark;

  private WireProxy(ServerSocket entrance, int serverPort) {
    this.entrance = entrance;
    this.serverPort = serverPort;
  }

  /** A wire to the server at that port of loopback. */
  static WireProxy to(int serverPort) throws IOException {
    var entrance = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    var proxy = new WireProxy(entrance, serverPort);
    Thread.ofPlatform().daemon().name("wire").start(proxy::accept);
    return proxy;
  }

  int port() {
    return entrance.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = entrance.accept();
        var link = new WireLink(client, this::faultAt);
        enter(link);
        Thread.ofVirtual().name("wire-requests").start(() -> run(link));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private synchronized void enter(WireLink link) {
    links.add(link);
    if (dark) {
      link.darken();
    }
    if (entrance.isClosed()) {
      link.close();
    }
  }

  private void run(WireLink link) {
    try {
      link.run(serverPort);
    } finally {
      links.remove(link);
    }
  }

  /** A statement in wait, and how many of its like are left alone before it. */
  private static final class Ambush {
    private final Predicate<WireDialogue.Said> when;
    private final WireFault fault;
    private int left;

    Ambush(Predicate<WireDialogue.Said> when, int nth, WireFault fault) {
      this.when = when;
      this.left = nth;
      this.fault = fault;
    }

    boolean isMet(WireDialogue.Said said) {
      return when.test(said) && --left == 0;
    }
  }

  /** Faults that come by chance. */
  private record Unrest(Random random, int oneIn) {
    Optional<WireFault> next() {
      if (random.nextInt(oneIn) != 0) {
        return Optional.empty();
      }
      var delay = Duration.ofMillis(1 + random.nextInt((int) DELAY_MAX.toMillis()));
      WireFault.Kind kind = kind();
      List<WireFault.Moment> moments = kind.moments();
      return Optional.of(new WireFault(kind, moments.get(random.nextInt(moments.size())), delay));
    }

    /** A connection that is cut costs its owner little time, so there are many. */
    private WireFault.Kind kind() {
      return switch (random.nextInt(10)) {
        case 0 -> WireFault.Kind.BLACKHOLE;
        case 1 -> WireFault.Kind.TRUNCATE;
        case 2, 3, 4 -> WireFault.Kind.DELAY;
        default -> WireFault.Kind.CUT;
      };
    }
  }

  /** What a fault is to strike at; say next which. */
  final class Aim {
    private final Predicate<WireDialogue.Said> when;
    private final int nth;

    private Aim(Predicate<WireDialogue.Said> when, int nth) {
      this.when = when;
      this.nth = nth;
    }

    /** Both ends see the connection closed. */
    WireFault cut(WireFault.Moment moment) {
      return lay(WireFault.Kind.CUT, moment, Duration.ZERO);
    }

    /** Nothing passes any more, and both ends see the connection open. */
    WireFault blackhole(WireFault.Moment moment) {
      return lay(WireFault.Kind.BLACKHOLE, moment, Duration.ZERO);
    }

    /** What is under way waits until it is released. */
    WireFault hold(WireFault.Moment moment) {
      return delay(moment, FOR_EVER);
    }

    /** What is under way, the request or the whole answer, passes that much later. */
    WireFault delay(WireFault.Moment moment, Duration delay) {
      return lay(WireFault.Kind.DELAY, moment, delay);
    }

    /** Half of what is under way passes, the request or the whole answer, then nothing. */
    WireFault truncate(WireFault.Moment moment) {
      return lay(WireFault.Kind.TRUNCATE, moment, Duration.ZERO);
    }

    /** The server cancels it and does what was sent behind it: for BEGIN, which the driver asks. */
    WireFault cancel() {
      return lay(WireFault.Kind.CANCEL, WireFault.Moment.BEFORE, Duration.ZERO);
    }

    private WireFault lay(WireFault.Kind kind, WireFault.Moment moment, Duration delay) {
      var fault = new WireFault(kind, moment, delay);
      synchronized (WireProxy.this) {
        ambushes.add(new Ambush(when, nth, fault));
        faults.add(fault);
      }
      return fault;
    }
  }

  /** Strikes at the next such statement, on whichever connection. */
  Aim onNext(Predicate<WireDialogue.Said> statement) {
    return onNth(1, statement);
  }

  /** Strikes at the nth such statement from now on. */
  Aim onNth(int nth, Predicate<WireDialogue.Said> statement) {
    return new Aim(statement, nth);
  }

  private synchronized Optional<WireFault> faultAt(WireDialogue.Said said) {
    for (Ambush ambush : ambushes) {
      if (ambush.isMet(said)) {
        ambushes.remove(ambush);
        return Optional.of(ambush.fault);
      }
    }
    Optional<WireFault> chance = unrest == null ? Optional.empty() : unrest.next();
    chance.ifPresent(faults::add);
    return chance;
  }

  /** Has faults strike by chance, one in so many statements, until {@link #heal}. */
  synchronized void disturb(long seed, int oneIn) {
    unrest = new Unrest(new Random(seed), oneIn);
  }

  /** Cuts all connections there are. */
  void cut() {
    links.forEach(WireLink::close);
  }

  /** Has nothing pass any more, on connections there are and those to come, until {@link #heal}. */
  synchronized void darken() {
    dark = true;
    links.forEach(WireLink::darken);
  }

  /**
   * Ends all faults: what is delayed passes, what was in the dark is cut, what lies in wait is
   * forgotten.
   */
  synchronized void heal() {
    unrest = null;
    dark = false;
    ambushes.clear();
    faults.forEach(WireFault::release);
    links.stream().filter(WireLink::isDark).forEach(WireLink::close);
  }

  /** How many faults of each kind have struck. */
  synchronized Map<WireFault.Kind, Integer> struck() {
    var counts = new EnumMap<WireFault.Kind, Integer>(WireFault.Kind.class);
    faults.stream()
        .filter(WireFault::hasStruck)
        .forEach(fault -> counts.merge(fault.kind(), 1, Integer::sum));
    return counts;
  }

  /** Cuts all connections and takes no more. */
  @Override
  public void close() throws IOException {
    entrance.close();
    heal();
    cut();
  }
}

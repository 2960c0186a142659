package io.skald.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What goes wrong in a run, one episode after the other, drawn from the seed: a first deck of
 * episodes that holds every kind of fault, then further ones in which most nodes are killed alone,
 * so that their takeover can be measured. Confined to one thread.
 */
final class FaultPlan {
  private static final int PAUSE_MAX = (int) (3 * ChaosNode.LEASE.toMillis());

  private final Random random;
  private final List<List<Planned>> deck = new ArrayList<>();
  private int decks;

  /** A fault, so long after its episode begins. */
  record Planned(Duration after, Fault fault) {}

  FaultPlan(long seed) {
    this.random = new Random(seed);
  }

  /** The faults of the next episode. */
  List<Planned> next() {
    if (deck.isEmpty()) {
      deck.addAll(shuffled());
    }
    return deck.removeFirst();
  }

  /** Whether every kind of fault was planned. */
  boolean isFirstDeckOver() {
    return decks > 1 || (decks == 1 && deck.isEmpty());
  }

  private List<List<Planned>> shuffled() {
    var episodes = new ArrayList<List<Planned>>();
    Stream.generate(() -> episode(this::kill)).limit(decks == 0 ? 4 : 8).forEach(episodes::add);
    episodes.add(episode(this::pause));
    episodes.add(episode(this::endSessions, this::cancel));
    episodes.add(episode(this::kill, this::pause));
    episodes.add(episode(this::hold));
    episodes.add(episode(this::disturb));
    episodes.add(episode(this::darken));
    for (DatabaseServer.Shutdown shutdown : DatabaseServer.Shutdown.values()) {
      episodes.add(episode(() -> restart(shutdown)));
    }
    if (decks > 0) {
      episodes.add(episode(this::kill, this::hold));
      episodes.add(episode(this::kill, this::endSessions, this::cancel));
      episodes.add(episode(this::pause, () -> restart(DatabaseServer.Shutdown.IMMEDIATE)));
      episodes.add(episode(this::pause, this::hold));
      episodes.add(episode(this::kill, this::disturb));
      episodes.add(episode(this::darken, this::disturb, this::pause));
      episodes.add(episode(this::kill, this::kill));
    }
    decks++;
    Collections.shuffle(episodes, random);
    return episodes;
  }

  @SafeVarargs
  private List<Planned> episode(Supplier<Fault>... faults) {
    var planned = new ArrayList<Planned>();
    for (Supplier<Fault> fault : faults) {
      long after = planned.isEmpty() ? 0 : random.nextInt(1_500);
      planned.add(new Planned(Duration.ofMillis(after), fault.get()));
    }
    return planned;
  }

  private Fault kill() {
    return new Kill(random.nextInt(Cluster.SIZE));
  }

  private Fault pause() {
    return new Pause(random.nextInt(Cluster.SIZE), millis(200, PAUSE_MAX));
  }

  private Fault endSessions() {
    return new EndSessions(1 + random.nextInt(6), random.nextLong());
  }

  private Fault cancel() {
    return new CancelStatements(40 + random.nextInt(40));
  }

  private Fault restart(DatabaseServer.Shutdown shutdown) {
    return new RestartServer(shutdown, millis(0, 1_500));
  }

  private Fault hold() {
    return new HoldCommits(millis(400, 2_500), random.nextLong());
  }

  private Fault disturb() {
    return new DisturbWires(millis(1_000, 4_000), 20 + random.nextInt(60), random.nextLong());
  }

  private Fault darken() {
    return new DarkenWire(random.nextInt(Cluster.SIZE), millis(500, PAUSE_MAX));
  }

  private Duration millis(int min, int max) {
    return Duration.ofMillis(min + random.nextInt(max - min));
  }
}

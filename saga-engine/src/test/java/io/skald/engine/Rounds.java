package io.skald.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Threads that share something, round after round: in each they set out together, each after a
 * delay drawn from a seed, and once all have ended somebody looks whether all is as it must be. How
 * they meet is the scheduler's doing, so a seed repeats the delays and not always the fault.
 *
 * <p>{@code -Dskald.threads.seed} draws others, {@code -Dskald.threads.seconds} plays on for longer
 * than the 2 seconds a build takes for each test.
 */
public final class Rounds {
  private static final long SEED = Long.getLong("skald.threads.seed", 1);
  private static final Duration ALL = Duration.ofSeconds(Long.getLong("skald.threads.seconds", 2));

  /** Whoever has not ended by then waits for ever. */
  private static final Duration WAIT_MAX = Duration.ofMinutes(1);

  /** How many rounds follow each other before they are looked at. */
  private static final int SET = 100;

  /** A delay has that many bits at most, and short ones are as likely as long ones. */
  private static final int DELAY_BITS = 10;

  private final List<List<Runnable>> actors = new ArrayList<>();
  private final int players;
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final CountDownLatch ended;

  /** What several threads do at the same time. */
  public interface Round {

    /** What is done, by a thread each. */
    List<Runnable> actors();

    /** Throws if something is not as it must be once all have ended. */
    void check();
  }

  private Rounds(List<Round> rounds, Random random) {
    for (Round round : rounds) {
      actors.add(round.actors().stream().map(actor -> delayed(actor, random)).toList());
    }
    this.players = actors.stream().mapToInt(List::size).max().orElse(0);
    this.ended = new CountDownLatch(players);
  }

  /** Plays rounds, each of them made anew, until time is up. */
  public static void play(Function<Random, Round> made) {
    var random = new Random(SEED);
    long begin = System.nanoTime();
    try {
      while (System.nanoTime() - begin < ALL.toNanos()) {
        List<Round> rounds = Stream.generate(() -> made.apply(random)).limit(SET).toList();
        new Rounds(rounds, random).play();
        rounds.forEach(Round::check);
      }
    } catch (AssertionError e) {
      throw new AssertionError("-Dskald.threads.seed=" + SEED + ": " + e.getMessage(), e);
    }
  }

  private static Runnable delayed(Runnable actor, Random random) {
    int delay = random.nextInt(1 << random.nextInt(DELAY_BITS));
    return () -> {
      for (int i = 0; i < delay; i++) {
        Thread.onSpinWait();
      }
      actor.run();
    };
  }

  private void play() {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < players; i++) {
      int player = i;
      threads.add(Thread.ofPlatform().daemon().start(() -> playAll(player)));
    }
    try {
      if (!ended.await(WAIT_MAX.toNanos(), TimeUnit.NANOSECONDS)) {
        String stacks = stacks(threads);
        end();
        throw new AssertionError("somebody waits for ever:\n" + stacks);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (failure.get() != null) {
      throw new AssertionError("one of those who shared it failed", failure.get());
    }
  }

  private void playAll(int player) {
    try {
      for (int round = 0; round < actors.size(); round++) {
        meet(players * (round + 1));
        if (player < actors.get(round).size()) {
          actors.get(round).get(player).run();
        }
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
      end();
    } finally {
      ended.countDown();
    }
  }

  /** Nobody is to wait for one who does not come. */
  private void end() {
    arrived.set(players * (actors.size() + 1));
  }

  /** Goes on when as many have arrived, without the time it takes to be woken. */
  private void meet(int expected) {
    arrived.incrementAndGet();
    for (int spins = 1; arrived.get() < expected; spins++) {
      if (spins % 1_000 == 0) {
        Thread.yield();
      }
    }
  }

  private static String stacks(List<Thread> threads) {
    return threads.stream()
        .flatMap(thread -> Stream.concat(Stream.of(thread), Arrays.stream(thread.getStackTrace())))
        .map(Object::toString)
        .collect(Collectors.joining("\n  "));
  }
}

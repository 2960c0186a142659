package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Migration;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHead;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.InFlightReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A service of two nodes is deployed with the next version of a definition, node by node, while
 * customers start sagas and send them on; what waits is moved; and then all of it back again.
 */
class RollingDeployTest {
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final int CUSTOMERS = 4;

  private final Bench bench = Bench.open();
  private final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
  private final CompensatableStep<Integer, Done> first = local("local-first");
  private final CompensatableStep<Integer, String> check =
      Step.named("check", Integer.class)
          .remote(
              String.class,
              (number, call) -> {
                calls.add(call.idempotencyKey());
                return "checked";
              })
          .needsNoCompensation();
  private final CompensatablePart<Object, String> wait =
      Step.await("wait", GO).within(Duration.ofDays(1)).orCompensate();
  private final CompensatableStep<Integer, Done> call =
      Step.named("call", Integer.class)
          .remote((number, call) -> calls.add(call.idempotencyKey()))
          .needsNoCompensation();
  private final CompensatableStep<Integer, Done> last =
      Step.named("local-last", Integer.class)
          .local(
              (number, tx) -> {
                if (number % 5 == 0) {
                  throw new PermanentFailure("every fifth is refused");
                }
                bench.effect(tx, "local-last", "ACTION");
              })
          .needsNoCompensation();
  private final SagaDefinition<Integer, Done> one =
      head(1).step(first).step(wait).step(call).step(last).build();
  private final SagaDefinition<Integer, Done> two =
      head(2).step(first).step(check).step(wait).step(call).step(last).build();
  private final ReadWriteLock switching = new ReentrantReadWriteLock();
  private final AtomicInteger started = new AtomicInteger();
  private final Queue<Integer> left = new ConcurrentLinkedQueue<>();
  private volatile Deployed deployed = new Deployed(List.of(), one);
  private volatile boolean isOver;

  /** Where customers go, and which version it starts. */
  private record Deployed(List<SagaEngine> nodes, SagaDefinition<Integer, Done> version) {}

  @AfterEach
  void close() {
    isOver = true;
    bench.close();
  }

  private static SagaHead<Integer> head(int version) {
    return Saga.define("order", Integer.class).version(version).key(number -> "o" + number);
  }

  private CompensatableStep<Integer, Done> local(String name) {
    return Step.named(name, Integer.class)
        .local((number, tx) -> bench.effect(tx, name, "ACTION"))
        .compensation((number, done, tx) -> bench.effect(tx, name, "COMPENSATION"));
  }

  @Test
  void nothingIsLostOrDoneTwiceFromVersionOneToTwoAndBack() throws Exception {
    List<SagaEngine> old = List.of(node(one), node(one));
    goTo(old, one);
    try (ExecutorService customers = Executors.newFixedThreadPool(CUSTOMERS)) {
      IntStream.range(0, CUSTOMERS).forEach(seed -> customers.execute(() -> order(seed)));
      try {
        awaitStarted(100);

        List<SagaEngine> both = deploy(old, one, two);
        goTo(both, two);
        move(both.getFirst(), Migration.from(one).to(two).skipped(check, "older").build());
        awaitStarted(100);

        goTo(both, one);
        move(both.getLast(), Migration.from(two).to(one).dropped(check).build());
        goTo(deploy(both, one), one);
        awaitStarted(100);
      } finally {
        isOver = true;
      }
    }
    left.forEach(number -> signal(new Random(number), number));
    bench.awaitRest();

    assertThat(bench.count("select count(*) from %s.saga")).isEqualTo(started.get());
    assertThat(bench.completed() + compensated()).isEqualTo(started.get());
    assertThat(compensated()).as("every fifth").isEqualTo(started.get() / 5);
    assertThat(bench.differences()).isEmpty();
    assertThat(calls).doesNotHaveDuplicates();
    assertThat(bench.count("select count(distinct version) from %s.saga")).isEqualTo(2);
    assertThat(moves("1 to 2")).isPositive();
    assertThat(moves("2 to 1")).isGreaterThan(moves("1 to 2"));
  }

  private long compensated() {
    return bench.count("select count(*) from %s.saga where status = 'COMPENSATED'");
  }

  private long moves(String reason) {
    return bench.count(
        "select count(*) from %s.saga_audit where action = 'migrate' and reason = '"
            + reason
            + "'");
  }

  /** A node that nobody takes over from, however slow the machine. */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once
  private SagaEngine node(SagaDefinition<Integer, Done>... versions) {
    SagaEngine engine =
        bench.built(
            bench.pool(config -> config.setConnectionTimeout(60_000)),
            builder ->
                builder.options(
                    Bench.impatient().withLease(Duration.ofMinutes(2), Duration.ofSeconds(5))),
            versions);
    engine.open();
    return engine;
  }

  /** New nodes, one after another, each in place of one of the nodes before. */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once
  private List<SagaEngine> deploy(
      List<SagaEngine> before, SagaDefinition<Integer, Done>... versions) {
    SagaEngine next = node(versions);
    goTo(List.of(next, before.getLast()), versions[0]);
    before.getFirst().close();
    SagaEngine other = node(versions);
    goTo(List.of(next, other), versions[0]);
    before.getLast().close();
    return List.of(next, other);
  }

  /** From now on; no call to another place is under way any more. */
  private void goTo(List<SagaEngine> nodes, SagaDefinition<Integer, Done> version) {
    switching.writeLock().lock();
    try {
      deployed = new Deployed(nodes, version);
    } finally {
      switching.writeLock().unlock();
    }
  }

  /** Until none is left; one that a node runs just then is moved by a later call. */
  private void move(SagaEngine node, Migration migration) {
    int from = migration.source().version();
    String reason = from + " to " + migration.target().version();
    List<InFlightReport> reports = new ArrayList<>();
    Bench.await("all sagas of version " + from + " are moved")
        .until(
            () -> {
              reports.add(node.versions().migrate(migration, "ada", reason));
              return unfinished(from) == 0;
            });
    assertThat(reports).allMatch(report -> report.staying().isEmpty());
    assertThat(reports).allMatch(report -> report.unreadable().isEmpty());
  }

  private long unfinished(int version) {
    return bench.count(
        "select count(*) from %s.saga where finished_at is null and version = " + version);
  }

  private void awaitStarted(int more) {
    int before = started.get();
    Bench.await(more + " more").until(() -> started.get() >= before + more);
  }

  // ---- customers

  private void order(int seed) {
    var random = new Random(seed);
    while (!isOver) {
      int number = started.incrementAndGet();
      ask(random, (node, version) -> node.start(version, number));
      if (random.nextInt(5) == 0) {
        ask(random, (node, version) -> node.start(version, number));
      }
      LockSupport.parkNanos(Duration.ofMillis(random.nextInt(30)).toNanos());
      if (number % 4 == 0) {
        left.add(number);
      } else {
        signal(random, number);
      }
    }
  }

  private void signal(Random random, int number) {
    ask(
        random,
        (node, version) -> {
          node.signal(version, "o" + number, GO, "go");
          return number;
        });
  }

  /** What a customer asks of a node. */
  @FunctionalInterface
  private interface Wish {
    Object of(SagaEngine node, SagaDefinition<Integer, Done> version);
  }

  private void ask(Random random, Wish wish) {
    switching.readLock().lock();
    try {
      Deployed now = deployed;
      SagaEngine node = now.nodes().get(random.nextInt(now.nodes().size()));
      var unused = wish.of(node, now.version());
    } finally {
      switching.readLock().unlock();
    }
  }
}

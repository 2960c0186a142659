package io.skald.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.store.jooq.JooqSagaStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node in a process of its own: starts sagas and runs what it can get, until it is killed. Lines
 * of its output that begin with {@link #TELLS} are news for whoever started it, who has to keep its
 * input open.
 */
public final class ChaosNode {
  private static final Logger LOG = LoggerFactory.getLogger(ChaosNode.class);
  static final Duration LEASE = Duration.ofSeconds(2);
  static final Duration HEARTBEAT = Duration.ofMillis(400);
  static final Duration POLL = Duration.ofMillis(100);

  /** So that a saga that crashes its nodes is stuck within a run of a minute. */
  static final int CRASHES_MAX = 6;

  static final String TELLS = "@";
  private static final Duration PAUSE = Duration.ofMillis(200);

  /** Far longer than any fault lasts. */
  private static final Duration OPENING_MAX = Duration.ofMinutes(1);

  /** With what status a node ends that cannot open. */
  private static final int NOT_OPENED = 67;

  private ChaosNode() {}

  /**
   * Runs a node; arguments: JDBC URL, port of the participant, name, seed, starts per second.
   *
   * @throws InterruptedException never: nobody interrupts this thread
   */
  public static void main(String[] arguments) throws InterruptedException {
    Thread.ofPlatform().daemon().start(ChaosNode::endWithParent);
    Thread.ofPlatform().daemon().start(() -> Standstill.watch(late -> tell(Standstill.NEWS, late)));
    var definitions = new Definitions(new RemoteClient(Integer.parseInt(arguments[1])));
    HikariDataSource pool = pool(arguments[0]);
    SagaEngine engine = open(pool, definitions, arguments[2]);
    var random = new Random(Long.parseLong(arguments[3]));
    var desk = new Desk(engine, definitions, pool);
    var errands = new Errands(desk, pool, new Random(random.nextLong()));
    Thread.ofPlatform().start(errands::run);
    new Customers(desk, errands, arguments[2], random, Double.parseDouble(arguments[4])).run();
  }

  /** Or it would outlive a run that was interrupted. */
  private static void endWithParent() {
    try {
      int heard = System.in.read();
      while (heard >= 0) {
        heard = System.in.read();
      }
    } catch (IOException e) {
      LOG.warn("the parent cannot be heard: {}", e.toString());
    }
    Runtime.getRuntime().halt(0);
  }

  /** The server may be down when a node is started; one that cannot open for long ends itself. */
  private static SagaEngine open(HikariDataSource pool, Definitions definitions, String name) {
    var options =
        EngineOptions.defaults()
            .withNodeName(name)
            .withPollInterval(POLL)
            .withLease(LEASE, HEARTBEAT)
            .withCrashesMax(CRASHES_MAX);
    long end = System.nanoTime() + OPENING_MAX.toNanos();
    while (true) {
      try {
        var store = StoreWatch.of(JooqSagaStore.builder(pool).build(), ChaosNode::tell);
        var builder = SagaEngine.builder(store).options(options);
        definitions.all().forEach(builder::define);
        SagaEngine engine = builder.build();
        engine.open();
        tell(Circumstances.Opening.NEWS, 1);
        return engine;
      } catch (RuntimeException e) {
        // whatever it is: nodes that never open end the run
        LOG.warn("not open yet: {}", e.toString());
        if (System.nanoTime() > end) {
          Runtime.getRuntime().halt(NOT_OPENED);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private static void tell(String what, long times) {
    System.out.println(TELLS + what + " " + times);
  }

  private static HikariDataSource pool(String url) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(12);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(3_000);
    // a pool whose first connection breaks while it is asked for this never works again
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    // it is asked later, and again
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }
}

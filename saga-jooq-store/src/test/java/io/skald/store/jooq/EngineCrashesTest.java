package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import io.skald.store.jooq.LosableStore.Loss;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One saga of each construct, on real PostgreSQL, whose node loses in turn every call it makes to
 * the store, the answer of every call, and itself before and after every call: the saga ends as it
 * should, every effect is there once, and none is that was compensated.
 */
@Timeout(180)
// one test after another; other classes beside them
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("EngineCrashesTest")
class EngineCrashesTest {
  private static final int CALLS_MIN = 4;

  /** What only some of the sagas ask of the store: that it is lost, too. */
  private static final Map<Construct, List<String>> CALLS =
      Map.ofEntries(
          Map.entry(Construct.LOCKED, List.of("acquireLocks")),
          Map.entry(Construct.LOCKED_BEHIND_ANOTHER, List.of("acquireLocks", "claim")),
          Map.entry(Construct.DELAY, List.of("poll", "claim")),
          Map.entry(Construct.AWAIT, List.of("signals", "signal", "pendingSignal")),
          Map.entry(Construct.CALLBACK, List.of("signals", "signal", "addressee")),
          Map.entry(Construct.HANDED_OUT, List.of("signals", "signal", "addressee")),
          Map.entry(Construct.HANDED_OUT_IN_VAIN, List.of("signals", "signal", "addressee")),
          Map.entry(Construct.CANCELLED_BY_AN_OPERATOR, List.of("amend", "claim")),
          Map.entry(Construct.ASKS_AN_OPERATOR, List.of("amend", "claim")),
          Map.entry(Construct.CHILD_BEFORE_THE_PIVOT, List.of("signals", "poll")),
          Map.entry(Construct.CHILD_CALLED_BACK, List.of("signals", "poll", "amend")));

  /** What somebody outside does for a saga, asked again until it is done. */
  @FunctionalInterface
  private interface Help {
    boolean isDone(Lane lane, SagaEngine engine, String key);
  }

  /** A saga, and what is left of it: its status, its output, its rows, its effects elsewhere. */
  enum Construct {
    SEQUENCE_IN_A_BRANCH(CrashScene::sequenceInABranch, "COMPENSATED null a, una | "),
    ONE_BY_ONE(CrashScene::oneByOne, "COMPENSATED null a, c, una, unc | "),
    TOGETHER(CrashScene::together, "COMPENSATED null a, c, una, unc | "),
    CHOICE(CrashScene::choice, "COMPLETED \"b\" a | b"),
    REFUSAL(CrashScene::refusal, "COMPENSATED null a, una | "),
    FOR_EACH(CrashScene::each, "COMPENSATED null a, una | "),
    FOR_EACH_AFTER_THE_PIVOT(CrashScene::eachAfterThePivot, "COMPLETED 2 pivot | ship/1, ship/2"),
    LOCKED(CrashScene::locked, "COMPLETED \"DONE\" a | b"),
    LOCKED_BEHIND_ANOTHER(CrashScene::locked, "COMPLETED \"DONE\" a | b", Lane::letPass),
    DELAY(CrashScene::delay, "COMPLETED \"DONE\" a | b"),
    DEADLINE(CrashScene::deadline, "COMPENSATED null  | "),
    AWAIT(CrashScene::await, "COMPLETED \"ada\" a | b", Lane::signal),
    AWAIT_IN_VAIN(CrashScene::awaitInVain, "COMPENSATED null a, b, una, unb | "),
    CALLBACK(CrashScene::calledBackByToken, "COMPLETED \"ada\" a | ", Lane::callBack),
    HANDED_OUT(CrashScene::handedOut, "COMPLETED \"seat 7\" a | b, book", Lane::complete),
    HANDED_OUT_IN_VAIN(CrashScene::handedOutInVain, "COMPENSATED null a, una | ", Lane::fail),
    CANCELLED_BY_AN_OPERATOR(
        CrashScene::cancelledWhileItWaits, "COMPENSATED null a, una | ", Lane::cancel),
    GOES_ON(scene -> new CrashPolicies(scene).goingOn(), "COMPLETED \"fallback\" a | b, flaky"),
    SKIPS_A_COMPENSATION(
        scene -> new CrashPolicies(scene).compensationSkipped(), "COMPENSATED null a, una | b"),
    ASKS_AN_OPERATOR(
        scene -> new CrashPolicies(scene).askingAnOperator(),
        "COMPLETED \"DONE\" a | b, flaky",
        Lane::retry),
    NESTED(CrashScene::nested, "COMPENSATED null a, b/1, e/2, una, unb/1, une/2 | "),
    CONFIRMED(
        CrashScene::confirmed,
        "COMPLETED \"DONE\" a, pivot | confirmed stock, confirmed wallet, tail, tried stock, tried"
            + " wallet"),
    CANCELLED(CrashScene::cancelled, "COMPENSATED null a, una | "),
    CHILD_BEFORE_THE_PIVOT(
        CrashScene::childBeforeThePivot, "COMPLETED \"insure\" a, pivot, policy | insure"),
    CHILD_CALLED_BACK(CrashScene::childCalledBack, "COMPENSATED null a, policy, una, unpolicy | "),
    CHILD_THAT_FAILS(CrashScene::childThatFails, "COMPENSATED null policy, unpolicy | "),
    CHILD_AFTER_THE_PIVOT(
        CrashScene::childAfterThePivot, "COMPLETED \"insure\" pivot, policy | insure");

    private final Function<CrashScene, SagaDefinition<String, ?>> saga;
    private final String left;
    private final Help help;

    Construct(Function<CrashScene, SagaDefinition<String, ?>> saga, String left) {
      this(saga, left, (lane, engine, key) -> true);
    }

    Construct(Function<CrashScene, SagaDefinition<String, ?>> saga, String left, Help help) {
      this.saga = saga;
      this.left = left;
      this.help = help;
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsAsItShouldWhateverIsLost(Construct construct) throws Exception {
    List<Callable<List<String>>> lanes = new ArrayList<>();
    for (Loss loss : Loss.values()) {
      lanes.add(
          () -> {
            try (var lane = new Lane(construct, loss)) {
              return lane.loseEach();
            }
          });
    }
    var calls = new HashSet<String>();
    try (ExecutorService threads = Executors.newFixedThreadPool(lanes.size())) {
      for (Future<List<String>> lost : threads.invokeAll(lanes)) {
        // or nothing was tried
        assertThat(lost.get()).hasSizeGreaterThanOrEqualTo(CALLS_MIN);
        calls.addAll(lost.get());
      }
    }
    assertThat(calls).containsAll(CALLS.getOrDefault(construct, List.of()));
  }

  @Test
  void knowsEveryCallOfAStore() {
    List<String> known = new ArrayList<>();
    for (Set<String> calls :
        List.of(LosableStore.FOR_A_SAGA, LosableStore.LOOKING, LosableStore.OF_THE_NODE)) {
      known.addAll(calls);
    }
    List<String> calls =
        Arrays.stream(SagaStore.class.getMethods()).map(Method::getName).distinct().toList();
    assertThat(known).containsExactlyInAnyOrderElementsOf(calls);
  }

  /** All points of one construct and one loss, one after another. */
  private static final class Lane implements AutoCloseable {
    private final TestDatabase database = TestDatabase.migrated();
    private final CrashScene scene = new CrashScene(database);
    private final ExecutorService closing = Executors.newVirtualThreadPerTaskExecutor();
    private final Construct construct;
    private final Loss loss;
    private final SagaDefinition<String, ?> saga;
    private final SagaEngine survivor;
    private volatile boolean takesOver;
    private @Nullable NodeId others;
    private @Nullable Fence rival;

    Lane(Construct construct, Loss loss) {
      this.construct = construct;
      this.loss = loss;
      this.saga = construct.saga.apply(scene);
      this.survivor = open("survivor", lookingOnRequest(database.store()));
    }

    /** The store of a node that leaves the other one's sagas alone as long as that is there. */
    private SagaStore lookingOnRequest(SagaStore store) {
      return (SagaStore)
          Proxy.newProxyInstance(
              SagaStore.class.getClassLoader(),
              new Class<?>[] {SagaStore.class},
              (proxy, method, args) -> {
                if (LosableStore.LOOKING.contains(method.getName()) && !takesOver) {
                  return method.getName().equals("poll") ? new Poll(0, false, false) : List.of();
                }
                try {
                  return method.invoke(store, args);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    private SagaEngine open(String name, SagaStore store) {
      SagaEngine engine =
          SagaEngine.builder(store)
              .options(
                  EngineOptions.defaults()
                      .withNodeName(name)
                      .withPollInterval(Duration.ofMillis(20))
                      .withLease(Duration.ofSeconds(5), Duration.ofMillis(100))
                      .withShutdownTimeout(Duration.ofSeconds(1)))
              .define(saga)
              .build();
      engine.open();
      return engine;
    }

    /** Loses, run after run, each call that a run without a loss makes; answers which it lost. */
    List<String> loseEach() {
      List<String> lost = new ArrayList<>();
      lose("none", 0)
          .calls()
          .forEach(
              (call, times) -> {
                for (int nth = 1; nth <= times; nth++) {
                  if (lose(call, nth).isMet()) {
                    lost.add(call);
                  }
                }
              });
      return lost;
    }

    private LosableStore lose(String call, int nth) {
      var store = new LosableStore(database.store(), loss, call, nth);
      String key = call + nth;
      takesOver = false;
      if (construct == Construct.LOCKED_BEHIND_ANOTHER) {
        rival = rivalOf(key);
      }
      SagaEngine doomed = open("doomed", store.asStore());
      try {
        run(doomed, store, key);
      } finally {
        var unused = closing.submit(doomed::close);
      }
      assertThat(left(key)).as("%s, %s of %s", construct, loss, key).isEqualTo(construct.left);
      return store;
    }

    private void run(SagaEngine doomed, LosableStore store, String key) {
      start(doomed, key);
      boolean[] helped = {false};
      TestDatabase.await(
          () -> {
            if (store.isNodeLost() && !takesOver) {
              takeOver(key);
            } else if (statusOf(key).equals("nothing")) {
              start(doomed, key);
            }
            helped[0] = helped[0] || isHelped(store.isNodeLost() ? survivor : doomed, key);
            return isOver(key);
          });
    }

    private void start(SagaEngine engine, String key) {
      try {
        var unused = engine.start(saga, key);
      } catch (SagaStoreException e) {
        // tried again, by whoever is there; a lost node interrupts its callers, too
        boolean unused = Thread.interrupted();
      }
    }

    private void takeOver(String key) {
      database.execute(
          """
          update %s.saga_node
          set expires_at = clock_timestamp() - interval '1 second'
          where name = 'doomed'
          """);
      takesOver = true;
      start(survivor, key);
    }

    private boolean isOver(String key) {
      List<String> open =
          construct == Construct.ASKS_AN_OPERATOR
              ? List.of("nothing", "RUNNING", "COMPENSATING", "STUCK")
              : List.of("nothing", "RUNNING", "COMPENSATING");
      return !open.contains(statusOf(key));
    }

    private boolean isHelped(SagaEngine engine, String key) {
      try {
        return !statusOf(key).equals("nothing") && construct.help.isDone(this, engine, key);
      } catch (SagaStoreException e) {
        // as a start is, it is tried again
        boolean unused = Thread.interrupted();
        return false;
      } catch (IllegalSagaStateException e) {
        // it was done before, and its answer lost; or whatever it was for has passed
        return false;
      }
    }

    private boolean signal(SagaEngine engine, String key) {
      engine.signal(saga, key, CrashScene.APPROVED, "ada");
      return true;
    }

    private boolean callBack(SagaEngine engine, String key) {
      String token = scene.tokens.get(key);
      return token != null && engine.complete(scene.callback(), token, "ada");
    }

    private boolean complete(SagaEngine engine, String key) {
      String token = scene.tokens.get(key);
      return token != null && engine.complete(scene.book(), token, "seat 7");
    }

    private boolean fail(SagaEngine engine, String key) {
      String token = scene.tokens.get(key);
      return token != null && engine.heartbeat(token) && engine.fail(token, "no seat");
    }

    private boolean cancel(SagaEngine engine, String key) {
      boolean isWaiting = isWaiting(key);
      if (isWaiting) {
        engine.operator().cancel(idOf(key), "ada", "nobody wants it");
      }
      return isWaiting;
    }

    private boolean isWaiting(String key) {
      String waiting =
          """
          select path
          from %%s.saga_log
          where status = 'WAITING' and saga_id = (select id %s)
          """;
      return !database.value(waiting.formatted(ofKey(key))).equals("nothing");
    }

    /** One that has the lock already, of a definition that neither engine runs. */
    private Fence rivalOf(String key) {
      SagaStore store = database.store();
      NodeId node = Objects.requireNonNullElseGet(others, () -> Fixtures.joined(store));
      others = node;
      return Locking.holding(store, node, new LockKey("account", key));
    }

    private boolean letPass(SagaEngine engine, String key) {
      boolean isWaiting = isWaiting(key);
      if (isWaiting) {
        var unused = database.store().write(List.of(Locking.ended(Objects.requireNonNull(rival))));
      }
      return isWaiting;
    }

    /** It may be stuck again: attempts that were lost are some of the budget. */
    private boolean retry(SagaEngine engine, String key) {
      if (statusOf(key).equals("STUCK")) {
        engine.operator().retry(idOf(key), "ada", "it is up again");
      }
      return false;
    }

    private SagaId idOf(String key) {
      return SagaId.parse(database.value("select id " + ofKey(key)));
    }

    private String statusOf(String key) {
      return database.value("select status " + ofKey(key));
    }

    private String left(String key) {
      return "%s %s %s"
          .formatted(
              statusOf(key), database.value("select output " + ofKey(key)), scene.leftBy(key));
    }

    private String ofKey(String key) {
      return "from %%s.saga where definition = '%s' and business_key = '%s'"
          .formatted(saga.name(), key);
    }

    @Override
    public void close() {
      survivor.close();
      closing.close();
      database.close();
    }
  }
}

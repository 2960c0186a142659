package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.EngineHealth;
import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The faults: steps that take the thread, the heap or the whole JVM with them. */
class RudeStepsTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Retry QUICK = Retry.exponential(Duration.ofMillis(10)).attemptsMax(3);

  private final Bench bench = Bench.open();

  @AfterEach
  void close() {
    bench.close();
  }

  /** What a step does at its first attempt. */
  private enum Rudeness {
    OVERFLOWS_THE_STACK {
      @Override
      int happen() {
        return deeper(1);
      }
    },
    ASKS_FOR_MORE_THAN_THE_HEAP {
      @Override
      int happen() {
        return new long[Integer.MAX_VALUE].length;
      }
    },
    NEEDS_A_CLASS_THAT_CANNOT_BE_LOADED {
      @Override
      int happen() {
        return Unloadable.NUMBER;
      }
    },
    LEAVES_THE_INTERRUPT_FLAG_SET {
      @Override
      int happen() {
        Thread.currentThread().interrupt();
        return 0;
      }
    };

    abstract int happen();

    private static int deeper(int depth) {
      return depth == 0 ? 0 : 1 + deeper(depth + 1);
    }

    void at(int attempt) {
      if (attempt == 1 && happen() > 0) {
        throw new IllegalStateException(this + " did no harm");
      }
    }
  }

  /** The first use says ExceptionInInitializerError, each later one NoClassDefFoundError. */
  private static final class Unloadable {
    static final int NUMBER = Integer.parseInt("none");
  }

  private SagaDefinition<String, Done> saga(Rudeness rudeness) {
    var local =
        Step.named("local", String.class)
            .local(
                (key, tx) -> {
                  bench.effect(tx, "local", "ACTION");
                  rudeness.at(tx.attempt());
                })
            .retry(QUICK)
            .compensation(
                (key, done, tx) -> {
                  bench.effect(tx, "local", "COMPENSATION");
                  rudeness.at(tx.attempt());
                })
            .compensationRetry(QUICK);
    var remote =
        Step.named("remote", String.class)
            .remote((key, call) -> rudeness.at(call.attempt()))
            .retry(QUICK)
            .compensation((key, done, call) -> rudeness.at(call.attempt()))
            .compensationRetry(QUICK);
    var refused =
        Step.named("refused", String.class)
            .local(
                (key, tx) -> {
                  throw new PermanentFailure("so that all is compensated");
                })
            .needsNoCompensation();
    return Saga.define("rude", String.class)
        .key(key -> key)
        .step(local)
        .step(remote)
        .step(refused)
        .build();
  }

  @ParameterizedTest
  @EnumSource
  void aStepThatIsRudeInEitherDirectionIsTriedAgain(Rudeness rudeness) throws Exception {
    SagaDefinition<String, Done> saga = saga(rudeness);
    SagaEngine engine = bench.open(saga);

    assertThat(engine.start(saga, "one").await(SOON)).isInstanceOf(SagaEnd.Compensated.class);

    assertThat(bench.differences()).isEmpty();
    int attempts = rudeness == Rudeness.LEAVES_THE_INTERRUPT_FLAG_SET ? 1 : 2;
    assertThat(
            bench.rows(
                "select path, direction, status, attempt from %s.saga_log"
                    + " where path <> 'refused' order by seq"))
        .extracting(Object::toString)
        .containsExactlyInAnyOrder(
            "[local, ACTION, SUCCEEDED, %d]".formatted(attempts),
            "[remote, ACTION, SUCCEEDED, %d]".formatted(attempts),
            "[remote, COMPENSATION, SUCCEEDED, %d]".formatted(attempts),
            "[local, COMPENSATION, SUCCEEDED, %d]".formatted(attempts));
    assertThat(engine.health()).isEqualTo(new EngineHealth.Up());
  }

  @Test
  void aSagaThatHaltsEachOfItsNodesIsStuckAndTheOthersGoOn(@TempDir Path directory)
      throws Exception {
    SagaDefinition<String, Done> saga = HaltingNode.saga();
    SagaEngine starter =
        bench.built(builder -> builder.options(Bench.impatient().withConcurrency(0)), saga);
    starter.open();
    var poison = starter.start(saga, HaltingNode.POISON).id();
    int deaths = 0;
    while (bench.count("select count(*) from %s.saga where status = 'STUCK'") == 0) {
      for (int i = 0; i < 5; i++) {
        var unused = starter.start(saga, "good-" + deaths + "-" + i);
      }
      deaths += runUntilItDiesOrSagaIsStuck(directory.resolve("node-" + deaths).toFile());
      assertThat(deaths).isLessThanOrEqualTo(HaltingNode.CRASHES_MAX + 1);
    }

    assertThat(deaths).isGreaterThanOrEqualTo(HaltingNode.CRASHES_MAX);
    assertThat(bench.rows("select id, error from %s.saga where status = 'STUCK'"))
        .singleElement()
        .asString()
        .contains(poison.toString())
        .contains("nodes in a row died while they ran it");
    assertThat(bench.completed()).isGreaterThanOrEqualTo(5L * deaths);
    assertThat(bench.differences()).isEmpty();
  }

  @Test
  void twoCrashesAreNoReasonToGiveASagaUp() {
    EngineOptions options = EngineOptions.defaults();

    assertThatThrownBy(() -> options.withCrashesMax(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("crashesMax: 2 (expected: >= 3)");
  }

  /** Answers 1 if the node died of itself, 0 if it had to be killed. */
  private int runUntilItDiesOrSagaIsStuck(File output) throws Exception {
    Process node =
        ChildJvm.start(HaltingNode.class, "-Xmx128m", output, bench.url(), bench.schema());
    try {
      Bench.await("the node dies, or everything is at rest")
          .until(() -> !node.isAlive() || bench.unfinished() == 0);
      return node.isAlive() ? 0 : 1;
    } finally {
      node.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }
}

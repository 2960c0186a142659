package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.RetriablePart;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What is seen of elements and choices: from within them, and if an operator put a result there.
 */
class SeenResultsTest {
  private static final Signal<String> ANSWER = Signal.named("answer", String.class);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SOON = Duration.ofSeconds(10);

  private final Map<String, CompletableFuture<String>> tokens = new ConcurrentHashMap<>();

  private final CompensatablePart<Object, String> answer =
      Step.await("answer", ANSWER).within(DAY).orCompensate();
  private final CompensatablePart<String, List<String>> asked =
      Step.forEach("each", String.class, String.class, (in, results) -> List.of("a", "b"))
          .concurrency(2)
          .step(
              Step.sequence("one", String.class)
                  .step(ask(answer).needsNoCompensation())
                  .step(answer)
                  .end());
  private final SagaDefinition<String, String> asking =
      Saga.define("asking", String.class)
          .step(asked)
          .returning(String.class, (in, results) -> String.join(", ", results.resultOf(asked)));

  private final CompensatablePart<Object, String> verdict =
      Step.await("verdict", ANSWER).within(DAY).orCompensate();
  private final SagaDefinition<String, String> judging =
      Saga.define("judging", String.class)
          .step(
              Step.forEach("each", String.class, String.class, (in, results) -> List.of("a"))
                  .step(ask(verdict).needsNoCompensation()))
          .step(verdict)
          .returning(String.class, (in, results) -> results.resultOf(verdict));

  private final RetriablePart<String, String> rate =
      Step.choice("rate", String.class, String.class)
          .on((in, results) -> fail(), named("dear"))
          .otherwise(named("cheap"));
  private final SagaDefinition<String, String> choosing =
      Saga.define("choosing", String.class)
          .pivot(pivot())
          .step(rate)
          .returning(String.class, (in, results) -> results.resultOf(rate));

  private final RetriablePart<String, List<String>> parcels =
      Step.forEach("parcels", String.class, String.class, (in, results) -> listOf(in))
          .step(named("ship"));
  private final SagaDefinition<String, String> shipping =
      Saga.define("shipping", String.class)
          .pivot(pivot())
          .step(parcels)
          .returning(String.class, (in, results) -> results.resultOf(parcels).toString());

  @RegisterExtension
  final SagaEngineExtension sagas = SagaEngineExtension.of(asking, judging, choosing, shipping);

  /** A step that gives a token for a wait away. */
  private RemoteStep<String, Done> ask(Step<?, String> wait) {
    return Step.named("ask", String.class)
        .remote(
            (in, call) -> {
              boolean unused = token(in).complete(call.callbackToken(wait));
            });
  }

  private CompletableFuture<String> token(String element) {
    return tokens.computeIfAbsent(element, any -> new CompletableFuture<>());
  }

  private boolean complete(Step<?, String> wait, String element) throws Exception {
    String token = token(element).get(10, TimeUnit.SECONDS);
    return sagas.engine().complete(wait, token, "yes " + element);
  }

  private static LocalStep<String, Done> pivot() {
    return Step.named("pivot", String.class).local((in, tx) -> {});
  }

  private static RemoteStep<String, String> named(String name) {
    return Step.named(name, String.class).remote(String.class, (in, call) -> name);
  }

  private static boolean fail() {
    throw new IllegalStateException("no rate is known");
  }

  private static List<String> listOf(String in) {
    if (in.isEmpty()) {
      return List.of();
    }
    throw new IllegalStateException("no parcels are known");
  }

  @Test
  void aTokenNamesTheWaitOfTheElementThatGaveItAway() throws Exception {
    SagaHandle<String> saga = sagas.engine().start(asking, "in");

    assertThat(complete(answer, "b")).isTrue();
    assertThat(complete(answer, "a")).isTrue();
    assertThat(saga.await(SOON)).isEqualTo(new SagaEnd.Completed<>("yes a, yes b"));
  }

  @Test
  void anElementMayNameAWaitOfTheSagaAsAWhole() throws Exception {
    SagaHandle<String> saga = sagas.engine().start(judging, "in");

    assertThat(complete(verdict, "a")).isTrue();
    assertThat(saga.await(SOON)).isEqualTo(new SagaEnd.Completed<>("yes a"));
  }

  @Test
  void aChoiceThatIsSkippedHasTheResultThatTheOperatorPutThere() throws Exception {
    assertThat(skipped(choosing, rate, "7 cents")).isEqualTo(new SagaEnd.Completed<>("7 cents"));
  }

  @Test
  void aListThatIsSkippedHasTheResultsThatTheOperatorPutThere() throws Exception {
    assertThat(skipped(shipping, parcels, List.of("x", "y")))
        .isEqualTo(new SagaEnd.Completed<>("[x, y]"));
  }

  /** How a saga ends whose step an operator skips. */
  private <R> SagaEnd<String> skipped(
      SagaDefinition<String, String> definition, Step<?, R> step, R result) throws Exception {
    SagaEngine engine = sagas.engine();
    SagaHandle<String> saga = engine.start(definition, "in");
    assertThat(sagas.awaitEnd(saga)).isStuckAt(step.name());

    engine.operator().skip(saga.id(), step, result, "ada", "done by hand");

    return saga.await(SOON);
  }

  @Test
  void anEmptyListHasAnEmptyListOfResults() throws Exception {
    assertThat(sagas.engine().start(shipping, "").await(SOON))
        .isEqualTo(new SagaEnd.Completed<>("[]"));
  }
}

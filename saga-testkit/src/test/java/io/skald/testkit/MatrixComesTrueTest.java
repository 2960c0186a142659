package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.FailureMatrix;
import io.skald.engine.FailureMatrix.Failure;
import io.skald.engine.FailureMatrix.Row;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.SagaView;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a failure matrix says happens to a saga that runs. */
class MatrixComesTrueTest {
  private final CompletableFuture<String> token = new CompletableFuture<>();

  private final SagaDefinition<String, Done> before =
      Saga.define("before", String.class)
          .step(quick())
          .step(work().compensation((in, done, call) -> {}))
          .build();
  private final SagaDefinition<String, Done> after =
      Saga.define("after", String.class)
          .pivot(Step.named("pivot", String.class).local((in, tx) -> {}))
          .step(work())
          .build();
  private final SagaDefinition<String, String> without =
      Saga.define("without", String.class).step(quick()).returning(String.class, (in, r) -> fail());

  @RegisterExtension
  final SagaEngineExtension sagas = SagaEngineExtension.of(before, after, without);

  private static CompensatableStep<String, Done> quick() {
    return Step.named("quick", String.class)
        .remote((in, call) -> {})
        .compensation((in, done, call) -> {});
  }

  private AsyncStep<String, Done> work() {
    return Step.named("work", String.class)
        .async(
            Done.class,
            (in, call) -> {
              boolean unused = token.complete(call.completionToken());
            });
  }

  private static String fail() {
    throw new IllegalStateException("no receipt");
  }

  private static Row row(SagaDefinition<?, ?> saga, String step, Failure failure) {
    return FailureMatrix.of(saga).rows().stream()
        .filter(row -> row.step().equals(step) && row.failure() == failure)
        .findFirst()
        .orElseThrow();
  }

  /** What has become of a saga whose work was failed by its token. */
  private SagaView failed(SagaDefinition<String, Done> definition) throws Exception {
    var saga = sagas.engine().start(definition, "in");
    assertThat(sagas.engine().fail(token.get(), "no van")).isTrue();
    return sagas.awaitEnd(saga);
  }

  @Test
  void ofWorkThatFailsByTokenBeforeThePivot() throws Exception {
    Row row = row(before, "work", Failure.FAILED_BY_TOKEN);

    assertThat(failed(before)).hasStatus(row.end()).ranCompensationsInOrder("quick");
    assertThat(row.compensated()).containsExactly(List.of("quick"));
  }

  @Test
  void ofWorkThatFailsByTokenAfterThePivot() throws Exception {
    Row row = row(after, "work", Failure.FAILED_BY_TOKEN);

    SagaView saga = failed(after);
    assertThat(saga).hasStatus(row.end());
    assertThat(saga.reason()).hasValue(row.reason() + "; no van");
  }

  @Test
  void ofASagaWhoseResultCannotBeMade() throws Exception {
    Row row = row(without, "", Failure.THROWN);

    SagaView saga = sagas.run(without, "in");
    assertThat(saga).hasStatus(row.end()).ranCompensationsInOrder();
    assertThat(saga.reason()).hasValue(row.reason() + "; IllegalStateException: no receipt");
  }
}

package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CompletionTypeTest {
  private final CompletableFuture<String> token = new CompletableFuture<>();
  private final AsyncStep<String, String> count =
      Step.named("count", String.class)
          .async(
              String.class,
              (in, call) -> {
                boolean unused = token.complete(call.completionToken());
              });

  private final SagaDefinition<String, Done> counting =
      Saga.define("counting", String.class).step(count.needsNoCompensation()).build();

  @RegisterExtension final SagaEngineExtension sagas = SagaEngineExtension.of(counting);

  @Test
  void aResultOfAnotherTypeIsRefusedAndTheStepWaitsOn() throws Exception {
    var saga = sagas.engine().start(counting, "in");
    var other = Step.named("count", String.class).async(Integer.class, (in, call) -> {});
    String given = token.get();

    assertThatThrownBy(() -> sagas.engine().complete(other, given, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "step count: results of type java.lang.Integer (expected: java.lang.String, as saga"
                + " counting has it)");
    assertThat(sagas.engine().complete(count, given, "seven")).isTrue();
    assertThat(sagas.awaitEnd(saga)).isCompleted();
  }
}

package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Work whose last hand-out was never answered may be in somebody's hands. */
class LostHandOutTest {
  private final AsyncStep<String, String> book =
      Step.named("book", String.class)
          .async(String.class, (order, call) -> handOut(order, call.completionToken()))
          .retry(Retry.never())
          .within(Duration.ofMillis(500));

  private final SagaDefinition<String, String> booking =
      Saga.define("booking", String.class)
          .step(book.compensation((order, van, call) -> {}))
          .returning(String.class, (order, results) -> results.resultOf(book));

  @RegisterExtension final SagaEngineExtension sagas = SagaEngineExtension.of(booking);

  private void handOut(String order, String token) throws IOException {
    SagaEngine engine = sagas.engine();
    if (order.equals("done at once") && !engine.complete(book, token, "van 7")) {
      throw new IllegalStateException("the first completion counts");
    }
    throw new IOException("connection reset");
  }

  @Test
  void isCompletedByWhoeverGotIt() throws Exception {
    assertThat(sagas.run(booking, "done at once")).isCompleted().ranActionsInOrder("book");
  }

  @Test
  void isUnknownOnceItsTimeIsUp() throws Exception {
    assertThat(sagas.run(booking, "never done")).isCompensated().ranCompensationsInOrder("book");
  }
}

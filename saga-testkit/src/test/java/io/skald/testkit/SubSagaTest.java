package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.RemoteStep;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SubSagaTest {
  private static final String LONG = "a".repeat(100);

  private final SagaDefinition<String, Done> child = childOf(work().needsNoCompensation());

  /** Its path has more characters than a business key may have. */
  private final SagaDefinition<String, Done> deep =
      Saga.define("deep", String.class).step(eachOf("b", eachOf("c", startOf(child)))).build();

  @RegisterExtension final SagaEngineExtension sagas = SagaEngineExtension.of(deep);

  private static RemoteStep<String, Done> work() {
    return Step.named("work", String.class).remote((in, call) -> {});
  }

  private static SagaDefinition<String, Done> childOf(CompensatableStep<String, Done> step) {
    return Saga.define("child", String.class).step(step).build();
  }

  private static Compensatable<String, Done> startOf(SagaDefinition<String, Done> child) {
    return Step.saga(LONG, String.class, child, (in, results) -> in);
  }

  private static <R> Compensatable<String, List<R>> eachOf(
      String prefix, Compensatable<String, R> step) {
    return Step.forEach(
            prefix + LONG.substring(1), String.class, String.class, (in, results) -> List.of(in))
        .step(step);
  }

  @Test
  void startsHoweverLongItsPathIs() throws Exception {
    assertThat(sagas.run(deep, "in")).isCompleted();
  }

  @Test
  void isRefusedWithItsParentIfItNamesAGuardThatIsNotThere() {
    var guarded = childOf(work().guard("payments").needsNoCompensation());
    var parent = Saga.define("parent", String.class).step(startOf(guarded)).build();
    var builder = SagaEngine.builder(new InMemorySagaStore()).define(parent);

    assertThatThrownBy(builder::build)
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessageStartingWith("saga child: step work names guard payments, and there is none");
  }
}

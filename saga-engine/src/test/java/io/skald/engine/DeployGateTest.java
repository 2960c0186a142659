package io.skald.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.Census;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Definitions against sagas in flight, without a database. */
class DeployGateTest {
  private static final String KEEP =
      ": keep defining it until they have ended, or move them to another version before";

  private final SagaDefinition<String, Done> third = version(3, "reserve", "charge-card");
  private final SagaDefinition<String, Done> fourth = version(4, "reserve", "bill");

  private static SagaDefinition<String, Done> version(int number, String first, String second) {
    return Saga.define("place-order", String.class)
        .version(number)
        .step(step(first))
        .step(step(second))
        .build();
  }

  private static CompensatableStep<String, Done> step(String name) {
    return Step.named(name, String.class).local((order, tx) -> {}).needsNoCompensation();
  }

  private static Census of(SagaDefinition<?, ?> definition, long sagas, String step) {
    return new Census(
        Instant.EPOCH,
        List.of(
            new Census.Group(
                definition.name(),
                definition.version(),
                definition.fingerprint(),
                SagaStatus.RUNNING,
                Optional.of(step),
                Census.Stand.AT,
                sagas,
                Instant.EPOCH)));
  }

  @Test
  void isOpenWhereEveryVersionInFlightIsDefined() {
    var report = DeployGate.check(List.of(third, fourth), of(third, 37, "charge-card"));
    assertThat(report.isOpen()).isTrue();
    assertThat(report).hasToString("every saga in flight can go on");
  }

  @Test
  void aVersionInFlightThatIsNotDefinedIsNamedWithWhereItsSagasStand() {
    assertThat(DeployGate.check(List.of(fourth), of(third, 37, "charge-card")).findings())
        .containsExactly(
            "37 sagas stand at charge-card of place-order version 3, which is not defined here, at"
                + " a step that version 4 removed"
                + KEEP);
    assertThat(DeployGate.check(List.of(fourth), of(third, 1, "reserve")).findings())
        .containsExactly(
            "1 saga stands at reserve of place-order version 3, which is not defined here" + KEEP);
    assertThat(DeployGate.check(List.of(), of(third, 2, "reserve")).findings())
        .containsExactly(
            "2 sagas stand at reserve of place-order version 3, which is not defined here" + KEEP);
  }

  @Test
  void aStructureThatChangedUnderItsVersionIsNamed() {
    var changed = version(3, "reserve", "bill");
    assertThat(DeployGate.check(List.of(changed), of(third, 37, "reserve")).findings())
        .containsExactly(
            "37 sagas stand at reserve of place-order version 3, whose structure is another one"
                + " here (fingerprint %s, in flight %s): give the new structure a version of its own, and keep the old one"
                    .formatted(changed.fingerprint(), third.fingerprint()));
  }

  @Test
  void definitionsThatStepsStartComeAlong() {
    var parent =
        Saga.define("parent", String.class)
            .step(Step.saga("child", String.class, third, (order, results) -> order))
            .build();
    assertThat(DeployGate.check(List.of(parent), of(third, 1, "reserve")).isOpen()).isTrue();
  }
}

package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.local;
import static io.skald.saga.Fixtures.remote;
import static io.skald.saga.Fixtures.saga;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.RemoteStep;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Structure changes the fingerprint; tuning and code do not. */
class FingerprintTest {

  /** One definition per shape, all different from each other. */
  private static Map<String, SagaDefinition<?, ?>> shapes() {
    var free = remote("a").needsNoCompensation();
    var shapes = new LinkedHashMap<String, SagaDefinition<?, ?>>();
    shapes.put("local", saga().step(compensated("a")).build());
    shapes.put("another name", saga().step(compensated("b")).build());
    shapes.put("two steps", saga().step(compensated("a")).step(compensated("b")).build());
    shapes.put("other order", saga().step(compensated("b")).step(compensated("a")).build());
    shapes.put("uncompensated", saga().step(local("a").needsNoCompensation()).build());
    shapes.put("remote", saga().step(compensatedRemote()).build());
    shapes.put("remote uncompensated", saga().step(free).build());
    shapes.put("at most once", saga().step(remote("a").atMostOnce().needsNoCompensation()).build());
    shapes.put("pivot", saga().pivot(local("a")).build());
    shapes.put("remote pivot", saga().pivot(verified()).build());
    shapes.put(
        "compensated if unknown",
        saga().pivot(remote("a").compensationIfUnknown((in, done, call) -> {})).build());
    shapes.put("pivot second", saga().step(compensated("b")).pivot(local("a")).build());
    shapes.put("pivot first", saga().pivot(local("b")).step(local("a")).build());
    return shapes;
  }

  @Test
  void changesWithNameKindOrderPositionAndCompensation() {
    Map<String, SagaDefinition<?, ?>> shapes = shapes();

    assertThat(shapes.values().stream().map(SagaDefinition::fingerprint))
        .doesNotHaveDuplicates()
        .allMatch(fingerprint -> fingerprint.matches("[0-9a-f]{32}"));
  }

  static Stream<SagaDefinition<?, ?>> sameStructure() {
    Retry twice = Retry.exponential(Duration.ofSeconds(1)).attemptsMax(2);
    var other =
        Step.named("a", String.class)
            .local(String.class, (in, tx) -> "another result")
            .compensation((in, result, tx) -> tx.connection());
    return Stream.of(
        saga().step(local("a").timeout(Duration.ofDays(1)).compensation((i, d, t) -> {})).build(),
        saga().step(local("a").retry(twice).compensation((i, d, t) -> {})).build(),
        saga().step(local("a").permanent(Error.class).compensation((i, d, t) -> {})).build(),
        saga().step(compensated("a").compensationRetry(twice)).build(),
        saga().step(compensated("a").compensationTimeout(Duration.ofDays(1))).build(),
        saga().step(compensated("b").as("a")).build(),
        saga().step(compensated("a").from(String.class, (in, results) -> in + "!")).build(),
        saga().step(other).build(),
        saga().key(in -> in).deadline(Duration.ofDays(1)).step(compensated("a")).build(),
        saga()
            .deadline(Duration.ofDays(1))
            .keptForCompensation(Duration.ofHours(1))
            .step(compensated("a"))
            .build(),
        saga().attribute("x", in -> in).step(compensated("a")).build(),
        saga().version(9).step(compensated("a")).build(),
        Saga.define("another-saga", String.class).step(compensated("a")).build(),
        saga().step(compensated("a")).returning(String.class, (in, results) -> in));
  }

  @ParameterizedTest
  @MethodSource("sameStructure")
  void ignoresTuningCodeAndWhatHoldsForTheWhole(SagaDefinition<?, ?> definition) {
    assertThat(definition.fingerprint())
        .isEqualTo(saga().step(compensated("a")).build().fingerprint());
  }

  @Test
  void changesNeitherWithAGuardNorWithAVerification() {
    var bare = saga().step(compensatedRemote()).build();
    var dressed =
        remote("a")
            .guard("inventory")
            .verify((in, call) -> Outcome.unknown())
            .compensation((in, done, call) -> {});

    assertThat(saga().step(dressed).build().fingerprint()).isEqualTo(bare.fingerprint());
  }

  /** Stored beside every saga: were it to change, no node would know its sagas any more. */
  @Test
  void staysWhatItIs() {
    var definition =
        saga()
            .step(compensated("create-order"))
            .step(remote("reserve-stock").compensation((in, done, call) -> {}))
            .step(remote("plan").atMostOnce().needsNoCompensation())
            .pivot(remote("charge").compensationIfUnknown((in, done, call) -> {}))
            .step(remote("ship"))
            .step(local("close"))
            .build();

    assertThat(definition.fingerprint()).isEqualTo("21b74ad8ef9756a1c118adfa9d049761");
  }

  @Test
  void isTheSameForStepsThatAreBuiltAnew() {
    assertThat(List.copyOf(shapes().values()).stream().map(SagaDefinition::fingerprint))
        .containsExactlyElementsOf(
            shapes().values().stream().map(SagaDefinition::fingerprint).toList());
  }

  private static CompensatableStep<String, Done> compensatedRemote() {
    return remote("a").compensation((in, done, call) -> {});
  }

  private static RemoteStep<String, Done> verified() {
    return remote("a").verify((in, call) -> Outcome.unknown());
  }
}

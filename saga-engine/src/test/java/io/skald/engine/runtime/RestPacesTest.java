package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What is known of how long sagas take from their pivot on. */
class RestPacesTest {
  private static final SagaDefinition<String, Done> ORDER =
      Saga.define("order", String.class)
          .deadline(Duration.ofHours(1))
          .pivotOnlyInTime()
          .step(
              Step.parallel(
                  "group",
                  Step.named("a", String.class).local((in, tx) -> {}).needsNoCompensation(),
                  Step.named("b", String.class).local((in, tx) -> {}).needsNoCompensation()))
          .pivot(Step.named("pay", String.class).local((in, tx) -> {}))
          .step(Step.named("ship", String.class).local((in, tx) -> {}))
          .build();

  private final ManualSources sources = new ManualSources();
  private final Times store = new Times();
  private final RestPaces paces = new RestPaces(store, sources);

  private static final class Times extends EmptyStore {
    private final List<Duration> times = new ArrayList<>();
    private final List<List<String>> looks = new ArrayList<>();
    private boolean isDown;

    void take(long sagas) {
      LongStream.rangeClosed(1, sagas).mapToObj(Duration::ofSeconds).forEach(times::add);
      Collections.reverse(times);
    }

    @Override
    public List<Duration> restTimes(
        DefinitionRef definition, Collection<String> before, int limit) {
      looks.add(List.copyOf(before));
      if (isDown) {
        throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
      }
      return times.stream().limit(limit).toList();
    }
  }

  @Test
  void ofFewerThanAHundredSagasNothingIsConcluded() {
    store.take(99);
    assertThat(paces.restOf(ORDER)).isEmpty();
  }

  @Test
  void itIsWhatNinetyNineOfAHundredHaveNotExceeded() {
    store.take(100);
    assertThat(paces.restOf(ORDER)).contains(Duration.ofSeconds(99));
  }

  @Test
  void stepsBeforeThePivotAreAskedForByName() {
    var unused = paces.restOf(ORDER);
    assertThat(store.looks).containsExactly(List.of("a", "b", "group"));
  }

  @Test
  void itIsReadOnceAMinute() {
    store.take(100);
    var unused = paces.restOf(ORDER);
    store.take(200);
    sources.pass(RestPaces.FRESH.minusNanos(1));
    assertThat(paces.restOf(ORDER)).contains(Duration.ofSeconds(99));
    sources.pass(Duration.ofNanos(1));
    assertThat(paces.restOf(ORDER)).contains(Duration.ofSeconds(197));
    assertThat(store.looks).hasSize(2);
  }

  @Test
  void whatWasReadHoldsWhileTheStoreIsDown() {
    store.take(100);
    var unused = paces.restOf(ORDER);
    store.isDown = true;
    sources.pass(RestPaces.FRESH);

    List<String> said =
        Logged.linesOf(
            () -> {
              assertThat(paces.restOf(ORDER)).contains(Duration.ofSeconds(99));
              assertThat(new RestPaces(store, sources).restOf(ORDER)).isEmpty();
            });
    assertThat(said).anyMatch(line -> line.contains("what was read before holds"));
  }
}
